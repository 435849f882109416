// Every kind of transaction, and what the pool says to those it must refuse.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  encodeFunctionData,
  InsufficientFundsError,
  IntrinsicGasTooLowError,
  keccak256,
  NonceTooLowError,
  numberToHex,
  parseGwei,
  TransactionReceiptNotFoundError,
  zeroAddress,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { artifact, post, predeployed } from '../endpoint.mjs'
import { chain, reader, receiptOf, wallet } from './chain.mjs'

const sender = wallet(4)
const me = sender.account.address
const wcmt = artifact('WCMT').abi
const stranger = () => privateKeyToAccount(generatePrivateKey())

async function sent(transaction) {
  const hash = await sender.sendTransaction(transaction)
  const receipt = await receiptOf(hash)
  assert.equal(receipt.status, 'success')
  const found = await reader.getTransaction({ hash })
  assert.equal(found.blockHash, receipt.blockHash)
  return { receipt, found }
}

async function refusal(promise, kind) {
  const fault = await promise.then(
    () => assert.fail('the transaction was taken'),
    (reason) => reason,
  )
  assert.ok(fault.walk((inner) => inner instanceof kind) instanceof kind, fault.message)
}

const signed = async (changes) => {
  const request = {
    to: me,
    gas: 21_000n,
    chainId: chain.id,
    type: 'eip1559',
    ...(await reader.estimateFeesPerGas()),
    ...changes,
  }
  return sender.account.signTransaction({
    nonce: await reader.getTransactionCount({ address: me, blockTag: 'pending' }),
    ...request,
  })
}

const raw = async (changes) => {
  const { result, error } = await post({
    jsonrpc: '2.0',
    id: 1,
    method: 'eth_sendRawTransaction',
    params: [await signed(changes)],
  })
  return error ?? result
}

test('a legacy transaction pays its gas price', async () => {
  const gasPrice = (await reader.getGasPrice()) * 2n
  const { found, receipt } = await sent({ to: me, value: 1n, gasPrice })
  assert.deepEqual([found.type, receipt.type, receipt.effectiveGasPrice], ['legacy', 'legacy', gasPrice])
  assert.equal(receipt.gasUsed, 21_000n)
})

test('an access list made by the node is carried by an EIP-2930 transaction', async () => {
  const data = encodeFunctionData({ abi: wcmt, functionName: 'balanceOf', args: [me] })
  const { accessList, gasUsed } = await reader.createAccessList({ account: me, to: predeployed.wcmt, data })
  assert.equal(accessList.length, 1)
  assert.equal(accessList[0].address.toLowerCase(), predeployed.wcmt)
  assert.equal(accessList[0].storageKeys.length, 1)
  const { found, receipt } = await sent({ type: 'eip2930', to: predeployed.wcmt, data, accessList })
  assert.equal(found.type, 'eip2930')
  assert.deepEqual(found.accessList, accessList)
  assert.equal(receipt.gasUsed, gasUsed)
})

test('an EIP-1559 transaction pays base fee and tip', async () => {
  const maxPriorityFeePerGas = parseGwei('3')
  const { found, receipt } = await sent({
    to: me,
    value: 1n,
    maxPriorityFeePerGas,
    maxFeePerGas: parseGwei('500'),
  })
  const { baseFeePerGas } = await reader.getBlock({ blockHash: receipt.blockHash })
  assert.equal(found.type, 'eip1559')
  assert.equal(receipt.effectiveGasPrice, baseFeePerGas + maxPriorityFeePerGas)
  assert.equal(found.gasPrice, receipt.effectiveGasPrice)
})

test('an EIP-7702 authorization gives an account code, and zero takes it away', async () => {
  const account = stranger()
  const delegate = async (contractAddress, nonce) => {
    const authorization = await account.signAuthorization({ contractAddress, chainId: chain.id, nonce })
    const { found } = await sent({
      to: account.address,
      authorizationList: [authorization],
      value: 7n,
      gas: 150_000n,
    })
    assert.equal(found.type, 'eip7702')
    assert.equal(found.authorizationList.length, 1)
  }
  await delegate(predeployed.wcmt, 0)
  assert.equal(await reader.getCode(account), `0xef0100${predeployed.wcmt.slice(2)}`)
  const symbol = await reader.readContract({ address: account.address, abi: wcmt, functionName: 'symbol' })
  assert.equal(symbol, 'WCMT')
  const mine = await reader.readContract({
    address: account.address,
    abi: wcmt,
    functionName: 'balanceOf',
    args: [me],
  })
  assert.equal(mine, 7n, 'the code of WCMT runs on the storage of the account')
  await delegate(zeroAddress, 1)
  assert.equal(await reader.getCode(account), undefined)
  assert.equal(await reader.getTransactionCount(account), 2)
})

test('many transactions of one account need no waiting in between', async () => {
  const first = await reader.getTransactionCount({ address: me, blockTag: 'pending' })
  const hashes = []
  for (let index = 0; index < 25; index++)
    hashes.push(await raw({ nonce: first + index, value: BigInt(index) }))
  assert.equal(await reader.getTransactionCount({ address: me, blockTag: 'pending' }), first + 25)
  const receipts = await Promise.all(hashes.map(receiptOf))
  assert.ok(receipts.every(({ status }) => status === 'success'))
  assert.equal(await reader.getTransactionCount({ address: me }), first + 25)
})

test('a transaction with a gap before it waits for the gap to be filled', async () => {
  const nonce = await reader.getTransactionCount({ address: me, blockTag: 'pending' })
  const later = await raw({ nonce: nonce + 1 })
  assert.equal(await reader.getTransactionCount({ address: me, blockTag: 'pending' }), nonce)
  const waiting = await reader.getTransaction({ hash: later })
  assert.equal(waiting.blockNumber, null)
  await assert.rejects(reader.getTransactionReceipt({ hash: later }), TransactionReceiptNotFoundError)
  await receiptOf(await raw({ nonce }))
  assert.equal((await receiptOf(later)).status, 'success')
})

test('a waiting transaction is replaced by a better paid one only', async () => {
  const nonce = (await reader.getTransactionCount({ address: me, blockTag: 'pending' })) + 1
  const fees = await reader.estimateFeesPerGas()
  await raw({ nonce, ...fees })
  assert.equal((await raw({ nonce, ...fees })).message, 'already known')
  const poor = await raw({ nonce, value: 1n, ...fees })
  assert.deepEqual([poor.code, poor.message], [-32000, 'replacement transaction underpriced'])
  const double = {
    maxFeePerGas: fees.maxFeePerGas * 2n,
    maxPriorityFeePerGas: fees.maxPriorityFeePerGas * 2n,
  }
  const better = await raw({ nonce, value: 2n, ...double })
  await receiptOf(await raw({ nonce: nonce - 1 }))
  assert.equal((await receiptOf(better)).status, 'success')
})

test('what can never be included is refused with the standard errors', async () => {
  const request = (changes) => sender.sendTransaction({ to: me, gas: 21_000n, ...changes })
  await refusal(request({ nonce: 0 }), NonceTooLowError)
  await refusal(request({ value: 10n ** 30n }), InsufficientFundsError)
  await refusal(request({ gas: 20_999n }), IntrinsicGasTooLowError)
  const foreign = await raw({ chainId: chain.id + 1 })
  assert.equal(foreign.code, -32000)
  assert.match(foreign.message, /invalid chain id|invalid sender/)
  const huge = await raw({ gas: 10n ** 12n })
  assert.equal(huge.code, -32000)
  assert.match(huge.message, /gas limit/)
})

test('a sender without the money has its transaction refused', async () => {
  const poor = stranger()
  const signature = await poor.signTransaction({
    to: me,
    value: 1n,
    gas: 21_000n,
    nonce: 0,
    chainId: chain.id,
    ...(await reader.estimateFeesPerGas()),
  })
  const { error } = await post({
    jsonrpc: '2.0',
    id: 1,
    method: 'eth_sendRawTransaction',
    params: [signature],
  })
  assert.equal(error.code, -32000)
  assert.match(error.message, /^insufficient funds for gas \* price \+ value/)
})

test('the hash of a transaction is known before it is sent, and its bytes can be read back', async () => {
  const serialized = await signed({ value: 11n })
  const { result } = await post({
    jsonrpc: '2.0',
    id: 1,
    method: 'eth_sendRawTransaction',
    params: [serialized],
  })
  assert.equal(result, keccak256(serialized))
  await receiptOf(result)
  const back = await reader.request({ method: 'eth_getRawTransactionByHash', params: [result] })
  assert.equal(back, serialized)
})

test('eth_sendRawTransactionSync answers with the receipt', async () => {
  const receipt = await sender.sendRawTransactionSync({ serializedTransaction: await signed({ value: 12n }) })
  assert.equal(receipt.status, 'success')
  assert.deepEqual(await reader.getTransactionReceipt({ hash: receipt.transactionHash }), receipt)
})

test('the pool shows what waits in it', async () => {
  const nonce = (await reader.getTransactionCount({ address: me, blockTag: 'pending' })) + 1
  const hash = await raw({ nonce, value: 3n })
  const content = await reader.request({ method: 'txpool_contentFrom', params: [me] })
  assert.equal(content.queued[nonce].hash, hash)
  const { queued } = await reader.request({ method: 'txpool_status', params: [] })
  assert.ok(Number(queued) >= 1)
  await receiptOf(await raw({ nonce: nonce - 1 }))
  assert.equal((await receiptOf(hash)).blockNumber > 0n, true)
  assert.equal(
    (await reader.request({ method: 'eth_getTransactionByHash', params: [hash] })).nonce,
    numberToHex(nonce),
  )
})
