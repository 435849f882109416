// The holders' list: the accounts of the CMT token on Ethereum that a genesis file can hold.
import { readFileSync } from 'node:fs'

const row = /^(0x[0-9a-f]{40}),(0|[1-9][0-9]*)$/

/** Reads `address,balance_wei` lines. A malformed or repeated line is an error that names it. */
export function parseHolders(text) {
  const [header, ...lines] = text.trimEnd().split(/\r?\n/)
  if (header !== 'address,balance_wei')
    throw new Error(`line 1: expected "address,balance_wei", found "${header}"`)
  const balances = new Map()
  for (const [index, line] of lines.entries()) {
    const match = row.exec(line.toLowerCase())
    if (!match)
      throw new Error(`line ${index + 2}: expected an address and a balance in wei, found "${line}"`)
    if (balances.has(match[1])) throw new Error(`line ${index + 2}: ${match[1]} is listed twice`)
    balances.set(match[1], BigInt(match[2]))
  }
  return balances
}

/** Reads the list from a file. */
export function readHolders(path) {
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error(`cannot read the holders' list ${path}; set CMT_SNAPSHOT to its path, or to "none"`, {
      cause,
    })
  }
  try {
    return parseHolders(text)
  } catch (fault) {
    throw new Error(`${path}: ${fault.message}`, { cause: fault })
  }
}
