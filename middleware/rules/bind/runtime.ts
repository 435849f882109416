
// The wire form of values: a tag and a payload, big-endian.

/** Null where a value is needed: no rule matched, or an input was out of its type. */
export class NoResult extends Error {
  constructor(what: string) {
    super(`the model answers null for "${what}"`)
  }
}

function fail(what: string): never {
  throw new Error(`${what}: a value of another type than the model declares`)
}

class Writer {
  private readonly parts: string[] = []

  uint(bytes: number, value: number | bigint): this {
    this.parts.push(BigInt.asUintN(8 * bytes, BigInt(value)).toString(16).padStart(2 * bytes, '0'))
    return this
  }

  raw(hex: Hex): this {
    this.parts.push(hex.slice(2))
    return this
  }

  text(tag: number, value: string): this {
    const bytes = new TextEncoder().encode(value)
    this.uint(1, tag).uint(4, bytes.length)
    for (const byte of bytes) this.uint(1, byte)
    return this
  }

  key(name: string): this {
    const bytes = new TextEncoder().encode(name)
    this.uint(2, bytes.length)
    for (const byte of bytes) this.uint(1, byte)
    return this
  }

  number(value: NumberLike): this {
    const match = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(String(value))
    if (!match || (match[2] ?? '') + (match[3] ?? '') === '') throw new Error(`"${value}" is no number`)
    const digits = (match[2] ?? '') + (match[3] ?? '')
    const exponent = Number(match[4] ?? 0) - (match[3] ?? '').length
    let coefficient = BigInt(digits)
    let reduced = exponent
    while (coefficient !== 0n && coefficient % 10n === 0n) (coefficient /= 10n), reduced++
    if (coefficient === 0n) reduced = 0
    if (coefficient >= 10n ** 34n || reduced < -6176 || reduced > 6144) throw new Error(`"${value}" has more digits than a number may have`)
    return this.uint(1, 0x01).uint(2, reduced).uint(16, match[1] === '-' ? -coefficient : coefficient)
  }

  boolean(value: boolean): this {
    return this.uint(1, value ? 0x04 : 0x03)
  }

  date(value: string): this {
    const at = Date.parse(`${value}T00:00:00Z`)
    if (!/^\d{4}-\d\d-\d\d$/.test(value) || Number.isNaN(at)) throw new Error(`"${value}" is no date such as 2026-01-31`)
    return this.uint(1, 0x05).uint(8, at / 86_400_000)
  }

  duration(value: Duration): this {
    return this.uint(1, 0x09).uint(8, value.seconds).uint(4, value.nanos)
  }

  months(value: number): this {
    return this.uint(1, 0x0a).uint(8, value)
  }

  list<T>(values: readonly T[], item: (value: T) => unknown): this {
    this.uint(1, 0x0b).uint(4, values.length)
    values.forEach((value) => item(value))
    return this
  }

  toHex(): Hex {
    return `0x${this.parts.join('')}`
  }
}

class Reader {
  private at = 2

  constructor(private readonly hex: Hex) {}

  uint(bytes: number): bigint {
    const part = this.hex.slice(this.at, this.at + 2 * bytes)
    if (part.length < 2 * bytes) throw new Error('the value ends too early')
    this.at += 2 * bytes
    return bytes === 0 ? 0n : BigInt(`0x${part}`)
  }

  int(bytes: number): bigint {
    return BigInt.asIntN(8 * bytes, this.uint(bytes))
  }

  end(): void {
    if (this.at !== this.hex.length) throw new Error('there is more after the value')
  }

  private expect(tag: number, what: string): void {
    const found = Number(this.uint(1))
    if (found === 0) throw new NoResult(what)
    if (found !== tag) fail(what)
  }

  private chars(length: number): string {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = Number(this.uint(1))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  }

  number(what: string): string {
    this.expect(0x01, what)
    const exponent = Number(this.int(2))
    const value = this.int(16)
    const digits = (value < 0n ? -value : value).toString()
    const sign = value < 0n ? '-' : ''
    if (exponent >= 0) return sign + (digits === '0' ? '0' : digits + '0'.repeat(exponent))
    const padded = digits.padStart(1 - exponent, '0')
    return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`
  }

  text(tag: number, what: string): string {
    this.expect(tag, what)
    return this.chars(Number(this.uint(4)))
  }

  boolean(what: string): boolean {
    const tag = Number(this.uint(1))
    if (tag === 0) throw new NoResult(what)
    return tag === 0x04 ? true : tag === 0x03 ? false : fail(what)
  }

  date(what: string): string {
    this.expect(0x05, what)
    return new Date(Number(this.int(8)) * 86_400_000).toISOString().slice(0, 10)
  }

  dateTime(what: string): string {
    const tag = Number(this.uint(1))
    if (tag === 0) throw new NoResult(what)
    if (tag === 0x08) return new Date(Number(this.int(8)) * 1000).toISOString().replace('.000', '')
    return tag === 0x07 ? this.chars(Number(this.uint(4))) : fail(what)
  }

  duration(what: string): Duration {
    this.expect(0x09, what)
    return { seconds: this.int(8), nanos: Number(this.uint(4)) }
  }

  months(what: string): number {
    this.expect(0x0a, what)
    return Number(this.int(8))
  }

  list<T>(what: string, item: () => T): T[] {
    this.expect(0x0b, what)
    return Array.from({ length: Number(this.uint(4)) }, item)
  }

  any(): Hex {
    const from = this.at
    this.skip()
    return `0x${this.hex.slice(from, this.at)}`
  }

  private skip(): void {
    const tag = Number(this.uint(1))
    const width: Record<number, number> = { 0x00: 0, 0x01: 18, 0x03: 0, 0x04: 0, 0x05: 8, 0x08: 8, 0x09: 12, 0x0a: 8 }
    if (tag in width) this.uint(width[tag] ?? 0)
    else if (tag === 0x02 || tag === 0x06 || tag === 0x07) this.uint(Number(this.uint(4)))
    else if (tag === 0x0b) for (let n = this.uint(4); n > 0n; n--) this.skip()
    else if (tag === 0x0c) this.entries(() => this.skip())
    else if (tag === 0x0d) this.uint(2), this.skip(), this.skip()
    else throw new Error(`the value has an unknown tag ${tag}`)
  }

  private entries(entry: (key: string) => void): void {
    for (let n = this.uint(2); n > 0n; n--) entry(this.chars(Number(this.uint(2))))
  }

  /** Reads a context by the readers of its keys, all of which it must have. */
  context<T extends object>(what: string, keys: Record<string, [keyof T, () => unknown]>): T {
    this.expect(0x0c, what)
    const found: Partial<T> = {}
    this.entries((key) => {
      const known = Object.hasOwn(keys, key) ? keys[key] : undefined
      if (known) found[known[0]] = known[1]() as T[keyof T]
      else this.skip()
    })
    for (const [key, [name]] of Object.entries(keys)) if (!(name in found)) throw new NoResult(key)
    return found as T
  }
}
