/** Bytes in hex. */
export type Hex = `0x${string}`

function int(v: bigint, bytes: number): string {
  const bits = BigInt(8 * bytes)
  if (v < -(1n << (bits - 1n)) || v >= 1n << (bits - 1n)) throw new RangeError(`${v} does not fit ${bytes} bytes`)
  return BigInt.asUintN(Number(bits), v).toString(16).padStart(2 * bytes, '0')
}

function text(tag: string, v: string): string {
  const bytes = new TextEncoder().encode(v)
  return tag + int(BigInt(bytes.length), 4) + Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
}
