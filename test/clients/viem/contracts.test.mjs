// Contracts as an application uses them: deploy, call, read logs, decode errors, and the contracts of the genesis.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import {
  BaseError,
  concat,
  ContractFunctionRevertedError,
  encodeFunctionData,
  getContract,
  getContractAddress,
  keccak256,
  parseEther,
  parseEventLogs,
  stringToHex,
  toHex,
  zeroAddress,
  zeroHash,
} from 'viem'
import { artifact, predeployed } from '../endpoint.mjs'
import { batching, chain, deploy, reader, receiptOf, wallet } from './chain.mjs'

const seller = wallet(2)
const buyer = wallet(3)
const price = parseEther('1.25')
const terms = [zeroAddress, price, 3600, 3600, zeroAddress, stringToHex('bicycle', { size: 32 })]
const wcmt = { address: predeployed.wcmt, abi: artifact('WCMT').abi }
let escrow

before(async () => {
  escrow = await deploy(seller, 'EscrowSale')
})

const write = async (from, contract, functionName, args, value) =>
  receiptOf(await from.writeContract({ ...contract, functionName, args, value }))

/** The name and arguments of the custom error with which a call must fail. */
async function errorOf(promise) {
  const fault = await promise.then(
    () => assert.fail('the call did not revert'),
    (reason) => reason,
  )
  assert.ok(fault instanceof BaseError, fault)
  const revert = fault.walk((inner) => inner instanceof ContractFunctionRevertedError)
  assert.ok(revert?.data, `no custom error in: ${fault.message}`)
  return [revert.data.errorName, ...(revert.data.args ?? [])]
}

async function list(from = seller) {
  const receipt = await write(from, escrow, 'list', terms)
  return parseEventLogs({ abi: escrow.abi, eventName: 'Listed', logs: receipt.logs })[0].args.id
}

test('a deployed contract has the code of its artifact', async () => {
  assert.equal(escrow.receipt.status, 'success')
  assert.equal(await reader.getCode(escrow), artifact('EscrowSale').deployedBytecode)
  assert.equal(escrow.address.toLowerCase(), escrow.receipt.contractAddress.toLowerCase())
})

test('a sale goes from offer to payout, and every step is a log', async () => {
  const id = await list()
  const paid = await write(buyer, escrow, 'pay', [id], price)
  await write(seller, escrow, 'ship', [id, zeroHash])
  await write(buyer, escrow, 'confirm', [id])
  assert.equal(
    await reader.readContract({
      ...escrow,
      functionName: 'owed',
      args: [zeroAddress, seller.account.address],
    }),
    price,
  )
  const before = await reader.getBalance(seller.account)
  const receipt = await write(seller, escrow, 'withdraw', [zeroAddress, seller.account.address])
  assert.equal(
    await reader.getBalance(seller.account),
    before + price - receipt.gasUsed * receipt.effectiveGasPrice,
  )

  const logs = await reader.getContractEvents({ ...escrow, fromBlock: escrow.receipt.blockNumber })
  const ours = logs.filter(({ args, eventName }) => args.id === id || eventName === 'Withdrawn')
  assert.deepEqual(
    ours.map(({ eventName }) => eventName),
    ['Listed', 'Paid', 'Shipped', 'Confirmed', 'Withdrawn'],
  )
  const byTopic = await reader.getContractEvents({
    ...escrow,
    eventName: 'Paid',
    args: { id, buyer: buyer.account.address },
    blockHash: paid.blockHash,
  })
  assert.equal(byTopic.length, 1)
  assert.equal(byTopic[0].transactionHash, paid.transactionHash)
})

test('estimation is enough and not wasteful', async () => {
  const id = await list()
  const gas = await reader.estimateContractGas({
    ...escrow,
    functionName: 'pay',
    args: [id],
    value: price,
    account: buyer.account,
  })
  const hash = await buyer.writeContract({ ...escrow, functionName: 'pay', args: [id], value: price, gas })
  const receipt = await receiptOf(hash)
  assert.equal(receipt.status, 'success')
  assert.ok(gas >= receipt.gasUsed && gas < receipt.gasUsed * 2n, `estimated ${gas}, used ${receipt.gasUsed}`)
})

test('custom errors come back with their arguments, from call and from estimation', async () => {
  const id = await list()
  const pay = { ...escrow, functionName: 'pay', args: [id], value: 1n, account: buyer.account }
  assert.deepEqual(await errorOf(reader.simulateContract(pay)), ['WrongPayment', price, 1n])
  assert.deepEqual(await errorOf(reader.estimateContractGas(pay)), ['WrongPayment', price, 1n])
  const ship = { ...escrow, functionName: 'ship', args: [id, zeroHash], account: seller.account }
  assert.deepEqual(await errorOf(reader.simulateContract(ship)), ['WrongState', id, 1])
  const missing = { ...escrow, functionName: 'sale', args: [10n ** 9n] }
  assert.deepEqual(await errorOf(reader.readContract(missing)), ['SaleMissing', 10n ** 9n])
})

test('a failed transaction is included, costs gas and changes nothing', async () => {
  const id = await list()
  const hash = await buyer.writeContract({
    ...escrow,
    functionName: 'pay',
    args: [id],
    value: 1n,
    gas: 200_000n,
  })
  const receipt = await receiptOf(hash)
  assert.equal(receipt.status, 'reverted')
  assert.equal(receipt.logs.length, 0)
  assert.ok(receipt.gasUsed > 21_000n && receipt.gasUsed < 200_000n)
  assert.equal((await reader.readContract({ ...escrow, functionName: 'sale', args: [id] })).state, 1)
})

test('Multicall3 answers many reads in one call', async () => {
  const read = (functionName, args) => ({ ...wcmt, functionName, args })
  const results = await reader.multicall({
    contracts: [read('symbol'), read('decimals'), { ...escrow, functionName: 'sale', args: [10n ** 9n] }],
  })
  assert.deepEqual(
    results.slice(0, 2).map(({ result }) => result),
    ['WCMT', 18],
  )
  assert.equal(results[2].status, 'failure')
  assert.deepEqual(await errorOf(Promise.reject(results[2].error)), ['SaleMissing', 10n ** 9n])
})

test('the CREATE2 proxy deploys at the address computed beforehand', async () => {
  const { bytecode, deployedBytecode } = artifact('WCMT')
  const salt = keccak256(toHex(`viem ${Date.now()}`))
  const address = getContractAddress({ opcode: 'CREATE2', from: predeployed.create2, salt, bytecode })
  const receipt = await receiptOf(
    await seller.sendTransaction({ to: predeployed.create2, data: concat([salt, bytecode]) }),
  )
  assert.equal(receipt.status, 'success')
  assert.equal(await reader.getCode({ address }), deployedBytecode)
})

test('wrapped CMT wraps, moves and unwraps', async () => {
  const token = getContract({ ...wcmt, client: { public: batching, wallet: seller } })
  const [mine, theirs, supply] = await Promise.all([
    token.read.balanceOf([seller.account.address]),
    token.read.balanceOf([buyer.account.address]),
    token.read.totalSupply(),
  ])
  const deposit = await receiptOf(await seller.sendTransaction({ to: predeployed.wcmt, value: 500n }))
  const [log] = parseEventLogs({ abi: wcmt.abi, logs: deposit.logs })
  assert.deepEqual(
    [log.eventName, log.args.account, log.args.value],
    ['Deposit', seller.account.address, 500n],
  )
  await receiptOf(await token.write.transfer([buyer.account.address, 200n]))
  await receiptOf(await token.write.withdraw([300n]))
  assert.equal(await token.read.balanceOf([seller.account.address]), mine)
  assert.equal(await token.read.balanceOf([buyer.account.address]), theirs + 200n)
  assert.equal(await token.read.totalSupply(), supply + 200n)
  assert.deepEqual(await errorOf(token.simulate.withdraw([mine + 1n], seller)), [
    'InsufficientBalance',
    seller.account.address,
    mine,
    mine + 1n,
  ])
})

test('Permit2 moves tokens on a signature for this chain', async () => {
  const amount = 1000n
  await receiptOf(await seller.writeContract({ ...wcmt, functionName: 'deposit', value: amount }))
  await write(seller, wcmt, 'approve', [predeployed.permit2, 2n ** 256n - 1n])
  const permit = {
    permitted: { token: predeployed.wcmt, amount },
    nonce: BigInt(Date.now()),
    deadline: BigInt(Math.floor(Date.now() / 1000) + 3600),
  }
  const fields = (text) =>
    text.split(', ').map((field) => ({ type: field.split(' ')[0], name: field.split(' ')[1] }))
  const signature = await seller.signTypedData({
    domain: { name: 'Permit2', chainId: chain.id, verifyingContract: predeployed.permit2 },
    types: {
      TokenPermissions: fields('address token, uint256 amount'),
      PermitTransferFrom: fields(
        'TokenPermissions permitted, address spender, uint256 nonce, uint256 deadline',
      ),
    },
    primaryType: 'PermitTransferFrom',
    message: { ...permit, spender: buyer.account.address },
  })
  const tuple = (name, components) => ({ type: 'tuple', name, components })
  const abi = [
    {
      type: 'function',
      name: 'permitTransferFrom',
      stateMutability: 'nonpayable',
      outputs: [],
      inputs: [
        tuple('permit', [
          tuple('permitted', fields('address token, uint256 amount')),
          ...fields('uint256 nonce, uint256 deadline'),
        ]),
        tuple('details', fields('address to, uint256 requestedAmount')),
        ...fields('address owner, bytes signature'),
      ],
    },
  ]
  const balance = () =>
    reader.readContract({ ...wcmt, functionName: 'balanceOf', args: [buyer.account.address] })
  const before = await balance()
  const args = [
    permit,
    { to: buyer.account.address, requestedAmount: amount },
    seller.account.address,
    signature,
  ]
  const data = encodeFunctionData({ abi, functionName: 'permitTransferFrom', args })
  const receipt = await receiptOf(await buyer.sendTransaction({ to: predeployed.permit2, data }))
  assert.equal(receipt.status, 'success')
  assert.equal(await balance(), before + amount)
})
