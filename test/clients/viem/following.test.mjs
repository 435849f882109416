// Following the chain over WebSocket.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { artifact, predeployed } from '../endpoint.mjs'
import { chain, follower, reader, receiptOf, wallet } from './chain.mjs'

const sender = wallet(6)
const wcmt = { address: predeployed.wcmt, abi: artifact('WCMT').abi }
let client

before(() => {
  client = follower()
})
after(async () => (await client.transport.getRpcClient()).close())

const deposit = async (value) =>
  receiptOf(await sender.writeContract({ ...wcmt, functionName: 'deposit', value }))

/** Collects what a subscription reports until `enough` says so, at most 20 seconds. */
function collect(subscribe, enough, act) {
  return new Promise((resolve, reject) => {
    const seen = []
    const timer = setTimeout(() => finish(new Error(`only ${seen.length} reports within 20 s`)), 20_000)
    const finish = (fault) => {
      clearTimeout(timer)
      stop()
      if (fault) reject(fault)
      else resolve(seen)
    }
    const check = () => enough(seen) && finish()
    const report = (items) => {
      seen.push(...[items].flat())
      check()
    }
    const stop = subscribe(report, finish)
    setTimeout(() => act().then(check).catch(finish), 300)
  })
}

test('requests work over the socket as over HTTP', async () => {
  assert.equal(await client.getChainId(), chain.id)
  assert.ok((await client.getBlockNumber()) > 0n)
})

test('newHeads reports every block, in order', async () => {
  let receipt
  const blocks = await collect(
    (onBlock, onError) => client.watchBlocks({ onBlock, onError, emitMissed: false }),
    (seen) => receipt && seen.some(({ number }) => number >= receipt.blockNumber) && seen.length >= 2,
    async () => {
      await deposit(1n)
      receipt = await deposit(2n)
    },
  )
  for (const [index, block] of blocks.entries()) {
    if (index > 0) assert.equal(block.parentHash, blocks[index - 1].hash)
    assert.equal((await reader.getBlock({ blockNumber: block.number })).hash, block.hash)
  }
})

test('logs reports the events asked for and no others', async () => {
  const logs = await collect(
    (onLogs, onError) =>
      client.watchContractEvent({
        ...wcmt,
        eventName: 'Deposit',
        args: { account: sender.account.address },
        onLogs,
        onError,
      }),
    (seen) => seen.length >= 2,
    async () => {
      await deposit(31n)
      await receiptOf(await sender.writeContract({ ...wcmt, functionName: 'withdraw', args: [1n] }))
      await deposit(32n)
    },
  )
  assert.deepEqual(
    logs.map(({ args }) => args.value),
    [31n, 32n],
  )
})

test('newPendingTransactions reports a transaction before or as it is included', async () => {
  let hash
  const hashes = await collect(
    (onTransactions, onError) => client.watchPendingTransactions({ onTransactions, onError }),
    (seen) => hash && seen.includes(hash),
    async () => {
      hash = await sender.sendTransaction({ to: sender.account.address, value: 1n })
    },
  )
  assert.ok(hashes.includes(hash))
  await receiptOf(hash)
})
