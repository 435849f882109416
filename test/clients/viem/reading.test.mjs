// Reading: blocks, fees, proofs, past states, logs and filters, traces, simulation, batches.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { encodeFunctionData, keccak256, numberToHex, parseAbi, parseEther, toHex, zeroAddress } from 'viem'
import { artifact, post, predeployed } from '../endpoint.mjs'
import { batching, chain, reader, receiptOf, wallet } from './chain.mjs'

const sender = wallet(5)
const me = sender.account.address
const wcmt = { address: predeployed.wcmt, abi: artifact('WCMT').abi }
const unknown = keccak256(toHex('no such thing'))
const ask = (method, params) => reader.request({ method, params })
let deposit

before(async () => {
  deposit = await receiptOf(await sender.writeContract({ ...wcmt, functionName: 'deposit', value: 1234n }))
})

test('the chain is what it says it is', async () => {
  assert.equal(await reader.getChainId(), chain.id)
  assert.equal(await ask('net_version', []), String(chain.id))
  assert.match(await ask('web3_clientVersion', []), /^[a-z]+\/\S+\/\S+/i)
  assert.equal(await ask('web3_sha3', ['0x68656c6c6f']), keccak256('0x68656c6c6f'))
  assert.equal(await ask('eth_syncing', []), false)
  assert.deepEqual(await ask('eth_accounts', []), [])
})

test('a block is the same by number, by hash and by tag, and links to its parent', async () => {
  const block = await reader.getBlock({ blockNumber: deposit.blockNumber })
  assert.deepEqual(await reader.getBlock({ blockHash: deposit.blockHash }), block)
  assert.ok(block.transactions.includes(deposit.transactionHash))
  const parent = await reader.getBlock({ blockNumber: block.number - 1n })
  assert.equal(block.parentHash, parent.hash)
  assert.ok(block.timestamp >= parent.timestamp)
  const full = await reader.getBlock({ blockNumber: block.number, includeTransactions: true })
  assert.deepEqual(
    full.transactions.map(({ hash }) => hash),
    block.transactions,
  )
  assert.equal(await reader.getBlockTransactionCount({ blockHash: block.hash }), block.transactions.length)
  for (const blockTag of ['latest', 'safe', 'finalized', 'earliest', 'pending']) {
    assert.equal(typeof (await reader.getBlock({ blockTag })).gasLimit, 'bigint', blockTag)
  }
  assert.equal((await reader.getBlock({ blockTag: 'earliest' })).number, 0n)
})

test('a transaction is found by hash and by its place', async () => {
  const index = deposit.transactionIndex
  const found = await reader.getTransaction({ hash: deposit.transactionHash })
  assert.deepEqual(await reader.getTransaction({ blockHash: deposit.blockHash, index }), found)
  assert.deepEqual(await reader.getTransaction({ blockNumber: deposit.blockNumber, index }), found)
  const receipts = await reader.getBlockReceipts({ blockHash: deposit.blockHash })
  assert.deepEqual(
    receipts.find(({ transactionHash }) => transactionHash === deposit.transactionHash),
    deposit,
  )
})

test('what does not exist is null, not an error', async () => {
  assert.equal(await ask('eth_getTransactionByHash', [unknown]), null)
  assert.equal(await ask('eth_getTransactionReceipt', [unknown]), null)
  assert.equal(await ask('eth_getBlockByHash', [unknown, false]), null)
  assert.equal(await ask('eth_getBlockByNumber', ['0xffffffffff', false]), null)
})

test('old states answer', async () => {
  const at = (blockNumber) =>
    reader.readContract({ ...wcmt, functionName: 'balanceOf', args: [me], blockNumber })
  assert.equal(await at(deposit.blockNumber), (await at(deposit.blockNumber - 1n)) + 1234n)
  const spent = deposit.gasUsed * deposit.effectiveGasPrice + 1234n
  const balance = (blockNumber) => reader.getBalance({ address: me, blockNumber })
  assert.equal(await balance(deposit.blockNumber - 1n), (await balance(deposit.blockNumber)) + spent)
  const byHash = await ask('eth_getBalance', [me, { blockHash: deposit.blockHash, requireCanonical: true }])
  assert.equal(BigInt(byHash), await balance(deposit.blockNumber))
  assert.equal(await reader.getCode({ ...wcmt, blockTag: 'earliest' }), artifact('WCMT').deployedBytecode)
})

test('fees can be foreseen', async () => {
  const history = await reader.getFeeHistory({
    blockCount: 4,
    rewardPercentiles: [10, 90],
    blockNumber: deposit.blockNumber,
  })
  const count = history.gasUsedRatio.length
  assert.ok(count >= 1 && count <= 4)
  assert.equal(history.baseFeePerGas.length, count + 1)
  assert.equal(history.reward.length, count)
  assert.equal(history.oldestBlock, deposit.blockNumber - BigInt(count) + 1n)
  const { baseFeePerGas } = await reader.getBlock({ blockNumber: deposit.blockNumber })
  assert.equal(history.baseFeePerGas[count - 1], baseFeePerGas)
  assert.ok(history.gasUsedRatio[count - 1] > 0)
  const fees = await reader.estimateFeesPerGas()
  assert.ok(fees.maxFeePerGas >= baseFeePerGas)
  assert.ok((await reader.getGasPrice()) >= (await reader.estimateMaxPriorityFeePerGas()))
  assert.ok((await reader.getBlobBaseFee()) >= 1n)
})

test('a proof leads from the state root to a storage slot', async () => {
  const block = await reader.getBlock({ blockNumber: deposit.blockNumber })
  const slot = numberToHex(0, { size: 32 })
  const proof = await reader.getProof({ ...wcmt, storageKeys: [slot], blockNumber: block.number })
  assert.equal(keccak256(proof.accountProof[0]), block.stateRoot)
  assert.equal(proof.codeHash, keccak256(artifact('WCMT').deployedBytecode))
  assert.equal(keccak256(proof.storageProof[0].proof[0]), proof.storageHash)
  const stored = await reader.getStorageAt({ ...wcmt, slot, blockNumber: block.number })
  assert.equal(BigInt(stored), proof.storageProof[0].value)
  assert.ok(proof.balance >= 1234n)
})

test('logs are found by address and topic lists, by range and by block', async () => {
  const range = { fromBlock: deposit.blockNumber, toBlock: deposit.blockNumber }
  const ours = ({ transactionHash }) => transactionHash === deposit.transactionHash
  const event = wcmt.abi.find(({ name, type }) => type === 'event' && name === 'Deposit')
  const [log] = (
    await reader.getLogs({
      ...range,
      address: [wcmt.address, me],
      event,
      args: { account: [zeroAddress, me] },
    })
  ).filter(ours)
  assert.deepEqual(log.args, { account: me, value: 1234n })
  assert.deepEqual(deposit.logs[0].topics, log.topics)
  assert.equal(
    (await reader.getLogs({ blockHash: deposit.blockHash, address: wcmt.address })).filter(ours).length,
    1,
  )
  assert.equal(
    (await reader.getLogs({ ...range, address: wcmt.address, event, args: { account: zeroAddress } })).length,
    0,
  )
  const { error } = await post({
    jsonrpc: '2.0',
    id: 1,
    method: 'eth_getLogs',
    params: [{ fromBlock: '0x2', toBlock: '0x1' }],
  })
  assert.ok(error.code < 0 && error.message.length > 0)
})

test('filters report what is new since the last question', async () => {
  const logs = await reader.createContractEventFilter({
    ...wcmt,
    eventName: 'Deposit',
    args: { account: me },
  })
  const blocks = await reader.createBlockFilter()
  assert.deepEqual(await reader.getFilterChanges({ filter: logs }), [])
  const receipt = await receiptOf(await sender.writeContract({ ...wcmt, functionName: 'deposit', value: 5n }))
  const [change] = await reader.getFilterChanges({ filter: logs })
  assert.deepEqual([change.transactionHash, change.args.value], [receipt.transactionHash, 5n])
  assert.ok((await reader.getFilterChanges({ filter: blocks })).includes(receipt.blockHash))
  assert.equal(await reader.uninstallFilter({ filter: logs }), true)
  assert.equal(await reader.uninstallFilter({ filter: blocks }), true)
  await assert.rejects(reader.getFilterChanges({ filter: logs }), /filter not found/)
})

test('a transaction can be traced with every usual tracer', async () => {
  const hash = deposit.transactionHash
  const trace = (tracer, tracerConfig) => ask('debug_traceTransaction', [hash, { tracer, tracerConfig }])
  const call = await trace('callTracer', { withLog: true })
  assert.deepEqual(
    [call.type, call.from, call.to, BigInt(call.value)],
    ['CALL', me.toLowerCase(), wcmt.address, 1234n],
  )
  assert.equal(BigInt(call.gasUsed), deposit.gasUsed)
  assert.equal(call.logs.length, 1)
  const state = await trace('prestateTracer', { diffMode: true })
  const paid = deposit.gasUsed * deposit.effectiveGasPrice + 1234n
  assert.equal(
    BigInt(state.pre[me.toLowerCase()].balance) - BigInt(state.post[me.toLowerCase()].balance),
    paid,
  )
  assert.equal(BigInt(state.post[wcmt.address].balance) - BigInt(state.pre[wcmt.address].balance ?? 0), 1234n)
  const selectors = await trace('4byteTracer')
  assert.deepEqual(selectors, { '0xd0e30db0-0': 1 })
  const steps = await ask('debug_traceTransaction', [hash, {}])
  assert.deepEqual([steps.failed, BigInt(steps.gas)], [false, deposit.gasUsed])
  assert.ok(steps.structLogs.some(({ op }) => op === 'LOG2'))
  const block = await ask('debug_traceBlockByNumber', [
    numberToHex(deposit.blockNumber),
    { tracer: 'callTracer' },
  ])
  assert.deepEqual(block.find(({ txHash }) => txHash === hash).result.gasUsed, call.gasUsed)
})

test('a call can be traced without being sent', async () => {
  const data = encodeFunctionData({ abi: wcmt.abi, functionName: 'withdraw', args: [10n ** 30n] })
  const call = await ask('debug_traceCall', [
    { from: me, to: wcmt.address, data },
    'latest',
    { tracer: 'callTracer' },
  ])
  assert.equal(call.error, 'execution reverted')
  assert.equal(
    call.output.slice(0, 10),
    keccak256(toHex('InsufficientBalance(address,uint256,uint256)')).slice(0, 10),
  )
})

test('calls run on altered states', async () => {
  const address = '0x00000000000000000000000000000000c0ffee00'
  const code = artifact('WCMT').deployedBytecode
  const symbol = await reader.readContract({
    address,
    abi: wcmt.abi,
    functionName: 'symbol',
    stateOverride: [{ address, code }],
  })
  assert.equal(symbol, 'WCMT')
  const abi = parseAbi([
    'function getEthBalance(address) view returns (uint256)',
    'function getBlockNumber() view returns (uint256)',
  ])
  const balance = await reader.readContract({
    address: predeployed.multicall3,
    abi,
    functionName: 'getEthBalance',
    args: [address],
    stateOverride: [{ address, balance: 77n }],
  })
  assert.equal(balance, 77n)
  const data = encodeFunctionData({ abi, functionName: 'getBlockNumber' })
  const answer = await reader.call({
    to: predeployed.multicall3,
    data,
    blockOverrides: { number: 1_000_000n },
  })
  assert.equal(BigInt(answer.data), 1_000_000n)
})

test('blocks that never were can be simulated', async () => {
  const rich = '0x00000000000000000000000000000000c0ffee01'
  const [first, second] = await reader.simulateBlocks({
    blocks: [
      {
        stateOverrides: [{ address: rich, balance: parseEther('10') }],
        calls: [{ account: rich, to: wcmt.address, data: '0xd0e30db0', value: parseEther('1') }],
      },
      { calls: [{ account: rich, ...wcmt, to: wcmt.address, functionName: 'balanceOf', args: [rich] }] },
    ],
  })
  assert.equal(first.calls[0].status, 'success')
  assert.equal(first.calls[0].logs.length, 1)
  assert.equal(second.calls[0].result, parseEther('1'))
  assert.equal(second.number, first.number + 1n)
  assert.equal(await reader.getBalance({ address: rich }), 0n)
})

test('a batch is answered in order, each part for itself', async () => {
  const part = (id, method, params) => ({ jsonrpc: '2.0', id, method, params })
  const answers = await post([
    part(7, 'eth_chainId', []),
    part('seven', 'eth_noSuchMethod', []),
    part(8, 'eth_getBalance', ['0x1', 'latest']),
    part(9, 'net_version', []),
  ])
  assert.deepEqual(
    answers.map(({ id }) => id),
    [7, 'seven', 8, 9],
  )
  assert.equal(Number(answers[0].result), chain.id)
  assert.deepEqual(
    answers.map(({ error }) => error?.code),
    [undefined, -32601, -32602, undefined],
  )
  const numbers = await Promise.all(
    Array.from({ length: 100 }, () => batching.getBlockNumber({ cacheTime: 0 })),
  )
  assert.equal(numbers.length, 100)
})

test('what is not JSON-RPC is refused, and the next request works', async () => {
  assert.equal((await post('{"jsonrpc":')).error.code, -32700)
  assert.equal((await post('{}')).error.code, -32600)
  assert.equal(await reader.getChainId(), chain.id)
})

test('the node holds no keys', async () => {
  for (const [method, params] of [
    ['eth_sendTransaction', [{ from: zeroAddress, to: me }]],
    ['eth_sign', [zeroAddress, '0x00']],
  ]) {
    const { error } = await post({ jsonrpc: '2.0', id: 1, method, params })
    assert.ok(error.code < 0 && error.message.length > 0, method)
  }
})
