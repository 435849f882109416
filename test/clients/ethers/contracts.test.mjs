// The same chain through ethers 6: providers over HTTP and WebSocket, contracts, events, errors, transaction kinds.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  Contract,
  ContractFactory,
  encodeBytes32String,
  getCreate2Address,
  HDNodeWallet,
  Interface,
  isError,
  JsonRpcProvider,
  keccak256,
  NonceManager,
  parseEther,
  toUtf8Bytes,
  Wallet,
  WebSocketProvider,
  ZeroAddress,
  ZeroHash,
} from 'ethers'
import { artifact, mnemonic, predeployed, socketOf, url } from '../endpoint.mjs'

const options = { pollingInterval: 100, cacheTimeout: -1 }
const provider = new JsonRpcProvider(url, undefined, options)
const development = (index) =>
  HDNodeWallet.fromPhrase(mnemonic, undefined, `m/44'/60'/0'/0/${index}`).connect(provider)
const seller = new NonceManager(development(7))
const buyer = new NonceManager(development(8))
const price = parseEther('0.75')
const wcmt = new Contract(predeployed.wcmt, artifact('WCMT').abi, seller)
const errors = new Interface(artifact('EscrowSale').abi)
let escrow
let birth

before(async () => {
  const { abi, bytecode } = artifact('EscrowSale')
  escrow = await new ContractFactory(abi, bytecode, seller).deploy()
  birth = await escrow.deploymentTransaction().wait()
})
after(() => provider.destroy())

const mined = async (sending) => (await sending).wait()

async function list() {
  const receipt = await mined(
    escrow.list(ZeroAddress, price, 3600, 3600, ZeroAddress, encodeBytes32String('lamp')),
  )
  return receipt.logs[0].args.id
}

test('a contract is deployed where its transaction says', async () => {
  assert.equal(await escrow.getAddress(), birth.contractAddress)
  assert.equal(await provider.getCode(escrow), artifact('EscrowSale').deployedBytecode)
  assert.equal(birth.status, 1)
})

test('a sale runs to its end and its events can be queried', async () => {
  const id = await list()
  await mined(escrow.connect(buyer).pay(id, { value: price }))
  await mined(escrow.ship(id, ZeroHash))
  await mined(escrow.connect(buyer).confirm(id))
  assert.equal(await escrow.owed(ZeroAddress, seller), price)
  await mined(escrow.withdraw(ZeroAddress, seller))
  assert.equal((await escrow.sale(id)).state, 4n)
  const found = await escrow.queryFilter(escrow.filters.Paid(id), birth.blockNumber)
  assert.equal(found.length, 1)
  assert.equal(found[0].args.buyer, await buyer.getAddress())
  assert.equal(
    (await escrow.queryFilter('*', birth.blockNumber)).filter(({ args }) => args.id === id).length,
    4,
  )
})

test('custom errors are decoded from calls and estimations', async () => {
  const id = await list()
  for (const attempt of [
    escrow.connect(buyer).pay.staticCall(id, { value: 1n }),
    escrow.connect(buyer).pay.estimateGas(id, { value: 1n }),
  ]) {
    const fault = await attempt.then(
      () => assert.fail('the call did not revert'),
      (reason) => reason,
    )
    assert.ok(isError(fault, 'CALL_EXCEPTION'), fault)
    const revert = fault.revert ?? errors.parseError(fault.data)
    assert.deepEqual([revert.name, ...revert.args], ['WrongPayment', price, 1n])
  }
})

test('a transaction that reverts in a block is reported by wait', async () => {
  const id = await list()
  const transaction = await escrow.connect(buyer).pay(id, { value: 1n, gasLimit: 200_000n })
  const fault = await transaction.wait().then(
    () => assert.fail('the transaction succeeded'),
    (reason) => reason,
  )
  assert.ok(isError(fault, 'CALL_EXCEPTION'))
  assert.equal(fault.receipt.status, 0)
})

test('past states, storage and proofs are read by block', async () => {
  const receipt = await mined(wcmt.deposit({ value: 9n }))
  const balance = (blockTag) => wcmt.balanceOf(seller, { blockTag })
  assert.equal(await balance(receipt.blockNumber), (await balance(receipt.blockNumber - 1)) + 9n)
  const slot = `0x${'0'.repeat(64)}`
  const tag = `0x${receipt.blockNumber.toString(16)}`
  const proof = await provider.send('eth_getProof', [predeployed.wcmt, [slot], tag])
  assert.equal(
    BigInt(await provider.getStorage(predeployed.wcmt, 0n, receipt.blockNumber)),
    BigInt(proof.storageProof[0].value),
  )
  const block = await provider.getBlock(receipt.blockNumber)
  assert.equal(keccak256(proof.accountProof[0]), block.stateRoot)
  assert.ok(block.transactions.includes(receipt.hash))
})

test('every kind of transaction is sent and read back as such', async () => {
  const { gasPrice } = await provider.getFeeData()
  const to = await seller.getAddress()
  const sent = async (request) => {
    const transaction = await seller.sendTransaction({ to, value: 1n, ...request })
    assert.equal((await transaction.wait()).status, 1)
    return (await provider.getTransaction(transaction.hash)).type
  }
  assert.equal(await sent({ type: 0, gasPrice }), 0)
  assert.equal(await sent({ type: 1, gasPrice, accessList: [[predeployed.wcmt, [ZeroHash]]] }), 1)
  assert.equal(await sent({ type: 2 }), 2)
  const account = Wallet.createRandom()
  const { chainId } = await provider.getNetwork()
  const authorization = account.authorizeSync({ address: predeployed.wcmt, chainId, nonce: 0n })
  assert.equal(
    await sent({ type: 4, to: account.address, authorizationList: [authorization], gasLimit: 150_000n }),
    4,
  )
  assert.equal(await provider.getCode(account.address), `0xef0100${predeployed.wcmt.slice(2)}`)
})

test('fee data, nonces and balances serve a wallet', async () => {
  const fees = await provider.getFeeData()
  assert.ok(fees.gasPrice > 0n && fees.maxFeePerGas >= fees.maxPriorityFeePerGas)
  const address = await buyer.getAddress()
  const pending = await provider.getTransactionCount(address, 'pending')
  const transaction = await buyer.sendTransaction({ to: address, value: 1n })
  assert.equal(transaction.nonce, pending)
  assert.equal(await provider.getTransactionCount(address, 'pending'), pending + 1)
  const before = await provider.getBalance(address)
  assert.ok(before > 0n)
  await transaction.wait()
})

test('the CREATE2 proxy and Multicall3 are where ethers users expect them', async () => {
  const { bytecode } = artifact('WCMT')
  const salt = keccak256(toUtf8Bytes(`ethers ${Date.now()}`))
  const address = getCreate2Address(predeployed.create2, salt, keccak256(bytecode))
  await mined(seller.sendTransaction({ to: predeployed.create2, data: salt + bytecode.slice(2) }))
  assert.equal(await provider.getCode(address), artifact('WCMT').deployedBytecode)
  const abi = [
    'function aggregate3((address target, bool allowFailure, bytes callData)[]) payable returns ((bool success, bytes returnData)[])',
  ]
  const multicall = new Contract(predeployed.multicall3, abi, provider)
  const callData = wcmt.interface.encodeFunctionData('symbol')
  const [one, two] = await multicall.aggregate3.staticCall([
    [predeployed.wcmt, false, callData],
    [address, false, callData],
  ])
  assert.deepEqual(
    [one, two].map(({ returnData }) => wcmt.interface.decodeFunctionResult('symbol', returnData)[0]),
    ['WCMT', 'WCMT'],
  )
})

test('a trace is available through the same provider', async () => {
  const receipt = await mined(wcmt.transfer(seller, 0n))
  const trace = await provider.send('debug_traceTransaction', [receipt.hash, { tracer: 'callTracer' }])
  assert.equal(trace.to, predeployed.wcmt)
  assert.equal(BigInt(trace.gasUsed), receipt.gasUsed)
})

test('events, blocks and pending transactions arrive over WebSocket', async () => {
  const socket = new WebSocketProvider(socketOf(url))
  try {
    const live = wcmt.connect(socket)
    const once = (subscribe, what) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${what} within 20 s`)), 20_000)
        subscribe((value) => {
          clearTimeout(timer)
          resolve(value)
        })
      })
    const hashes = new Set()
    await socket.on('pending', (hash) => hashes.add(hash))
    const deposited = once((report) => live.on(live.filters.Deposit(seller), report), 'log')
    const block = once((report) => socket.once('block', report), 'block')
    await new Promise((resolve) => setTimeout(resolve, 300))
    const transaction = await wcmt.deposit({ value: 77n })
    const { args, log } = await deposited
    assert.equal(args.value, 77n)
    assert.equal(log.transactionHash, transaction.hash)
    assert.ok((await block) > 0)
    assert.ok(hashes.has(transaction.hash), 'newPendingTransactions did not report it')
    await live.removeAllListeners()
    await socket.removeAllListeners()
    // ethers sends the unsubscriptions without waiting for them, and destroy() fails those under way.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await socket.send('eth_chainId', [])
  } finally {
    await socket.destroy()
  }
})
