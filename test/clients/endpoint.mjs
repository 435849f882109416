// Where the chain under test is, what its genesis is known to hold, and the development accounts. RPC_URL names the
// chain with consensus, AUTOMINE_URL the one whose clock tests may move.
import { readFileSync } from 'node:fs'

export const url = process.env.RPC_URL || 'http://127.0.0.1:8545'
export const automineUrl = process.env.AUTOMINE_URL || 'http://127.0.0.1:8546'
export const socketOf = (http) => http.replace(/^http/, 'ws')

export const mnemonic = 'test test test test test test test test test test test junk'

/** Contracts every chain of ours has from its first block. */
export const predeployed = {
  multicall3: '0xcA11bde05977b3631167028862bE2a173976CA11',
  create2: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
  permit2: '0x000000000022D473030F116dDEE9F6B43aC78BA3',
  wcmt: '0x0000000000000000000000000000000057434d54',
}

/** A compiled contract of solidity/. */
export function artifact(name) {
  return JSON.parse(readFileSync(new URL(`../../solidity/artifacts/${name}.json`, import.meta.url), 'utf8'))
}

/** Sends one HTTP body as it is and returns the parsed answer. */
export async function post(body, to = url) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(to, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text,
  })
  return answer.json()
}
