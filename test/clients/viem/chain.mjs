// viem clients for the chain under test.
import { createPublicClient, createWalletClient, defineChain, http, webSocket } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { artifact, mnemonic, post, predeployed, socketOf, url } from '../endpoint.mjs'

const { result } = await post({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })

export const chain = defineChain({
  id: Number(result),
  name: 'CyberMiles',
  nativeCurrency: { name: 'CMT', symbol: 'CMT', decimals: 18 },
  rpcUrls: { default: { http: [url], webSocket: [socketOf(url)] } },
  contracts: { multicall3: { address: predeployed.multicall3 } },
})

const options = { chain, pollingInterval: 100 }

/** Reads over HTTP. */
export const reader = createPublicClient({ ...options, transport: http() })
/** Reads over HTTP, all calls of one tick in one JSON-RPC batch. */
export const batching = createPublicClient({ ...options, transport: http(undefined, { batch: true }) })
/** Follows over WebSocket. */
export const follower = () =>
  createPublicClient({ ...options, transport: webSocket(undefined, { reconnect: false }) })

/** The wallet of one development account. */
export const wallet = (addressIndex) =>
  createWalletClient({
    ...options,
    transport: http(),
    account: mnemonicToAccount(mnemonic, { addressIndex }),
  })

/** Waits for a transaction and returns its receipt. */
export const receiptOf = (hash) => reader.waitForTransactionReceipt({ hash, timeout: 20_000 })

/** Deploys a contract of solidity/ and returns { address, abi }, as viem's contract calls take it. */
export async function deploy(from, name, args = []) {
  const { abi, bytecode } = artifact(name)
  const receipt = await receiptOf(await from.deployContract({ abi, bytecode, args }))
  return { address: receipt.contractAddress, abi, receipt }
}
