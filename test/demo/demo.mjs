// The demonstration behind "make demo": deploys EscrowSale, runs every planned sale to its end and checks every
// balance to the wei, fees included. Exits 1 when anything differs from the plan.
//
//   RPC_URL=http://127.0.0.1:8545 CMT_SNAPSHOT=holders.csv node demo.mjs [--sales 1000]
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  createWalletClient,
  formatEther,
  http,
  keccak256,
  parseEther,
  parseEventLogs,
  stringToBytes,
  zeroAddress,
} from 'viem'
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { call, Chain } from './chain.mjs'
import { readHolders } from './holders.mjs'
import { ends, plan, totals } from './plan.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const mnemonic = 'test test test test test test test test test test test junk'
const gas = {
  transfer: 21_000n,
  list: 200_000n,
  pay: 120_000n,
  ship: 80_000n,
  close: 120_000n,
  withdraw: 80_000n,
}
const pocketWei = parseEther('2')
const listTotalWei = parseEther('1000000000')

const artifact = () => {
  try {
    return JSON.parse(readFileSync(at('../../solidity/artifacts/EscrowSale.json'), 'utf8'))
  } catch (cause) {
    throw new Error('EscrowSale is not compiled; run "npm ci && npm run build" in solidity/', { cause })
  }
}

/** Deploys the escrow as any viem user would. The funder is the second development account; bench uses the first. */
async function deploy(chain, funder) {
  const wallet = createWalletClient({
    account: funder.account,
    transport: http(chain.url),
    chain: { id: chain.id },
  })
  const { abi, bytecode } = artifact()
  const hash = await wallet.deployContract({ abi, bytecode, nonce: funder.nonce++ })
  const receipt = await chain.client.waitForTransactionReceipt({ hash, pollingInterval: 200 })
  if (receipt.status !== 'success') throw new Error(`deploying EscrowSale failed in transaction ${hash}`)
  funder.spentWei += receipt.gasUsed * receipt.effectiveGasPrice
  chain.sent++
  return { address: receipt.contractAddress, abi, since: receipt.blockNumber }
}

/** Makes the parties' accounts, the same in every run, and gives them what the plan needs. */
async function open(chain, scheme, sums) {
  const key = (role, index) => keccak256(stringToBytes(`cybermiles demo ${role} ${index}`))
  const accounts = (role) =>
    Array.from({ length: scheme.pairs }, (_, index) => privateKeyToAccount(key(role, index)))
  const [funder, ...parties] = await chain.senders([
    mnemonicToAccount(mnemonic, { addressIndex: 1 }),
    ...accounts('seller'),
    ...accounts('buyer'),
  ])
  const sellers = parties.slice(0, scheme.pairs)
  const buyers = parties.slice(scheme.pairs)
  const everybody = [funder, ...parties]
  const before = await chain.balances(
    everybody.map(({ address }) => address),
    await chain.client.getBlockNumber(),
  )
  everybody.forEach((sender, index) => (sender.expectedWei = before[index]))

  const grants = [
    ...sellers.map((sender) => [sender, pocketWei]),
    ...buyers.map((sender, i) => [sender, pocketWei + sums.prices[i]]),
  ]
  await chain.run(
    'fund',
    grants.map(([sender, value]) => ({ sender: funder, to: sender.address, value, gas: gas.transfer })),
  )
  for (const [sender, value] of grants) sender.expectedWei += value
  return { funder, sellers, buyers, everybody }
}

/** Sends the sales of the plan through all their steps; each step is one wave of transactions. */
async function trade(chain, escrow, scheme, { sellers, buyers }) {
  const { sales } = scheme
  const having = (...wanted) => sales.filter(({ end }) => wanted.includes(end))
  const wave = (what, list, make) => chain.run(what, list.map(make))
  const logs = (receipts, eventName) =>
    parseEventLogs({ abi: escrow.abi, eventName, logs: receipts.flatMap((receipt) => receipt.logs) })
  const step = (role, functionName, limit) => (sale) => {
    const parties = role === 'seller' ? sellers : buyers
    return call(parties[sale[role]], escrow, functionName, [sale.id], limit)
  }

  const listed = await wave('list', sales, (sale, index) => {
    const item = keccak256(stringToBytes(`item ${index}`))
    const args = [
      zeroAddress,
      sale.priceWei,
      sale.shipWithin,
      sale.confirmWithin,
      buyers[sale.buyer].address,
      item,
    ]
    return call(sellers[sale.seller], escrow, 'list', args, gas.list)
  })
  logs(listed, 'Listed').forEach((log, index) => (sales[index].id = log.args.id))

  const paid = await wave('pay', sales, (sale) =>
    call(buyers[sale.buyer], escrow, 'pay', [sale.id], gas.pay, sale.priceWei),
  )
  const shipByOf = new Map(logs(paid, 'Paid').map(({ args }) => [args.id, args.shipBy]))
  const shipped = await wave('ship', having('confirmed', 'timedOut', 'returned'), (sale) =>
    call(
      sellers[sale.seller],
      escrow,
      'ship',
      [sale.id, keccak256(stringToBytes(`parcel ${sale.id}`))],
      gas.ship,
    ),
  )
  const confirmByOf = new Map(logs(shipped, 'Shipped').map(({ args }) => [args.id, args.confirmBy]))

  await wave('confirm', having('confirmed'), step('buyer', 'confirm', gas.close))
  await wave('refund by the seller', having('returned'), step('seller', 'refund', gas.close))
  const latest = (list, of) =>
    list.reduce((second, { id }) => (of.get(id) > second ? of.get(id) : second), 0n)
  await chain.after(latest(having('unshipped'), shipByOf))
  await wave('refund of what was never shipped', having('unshipped'), step('buyer', 'refund', gas.close))
  await chain.after(latest(having('timedOut'), confirmByOf))
  await wave('time out', having('timedOut'), step('seller', 'timeOut', gas.close))
}

/** Everybody who is owed something takes it. */
async function settle(chain, escrow, sums, { sellers, buyers }) {
  const owed = [
    ...sellers.map((sender, i) => [sender, sums.owed.seller[i]]),
    ...buyers.map((sender, i) => [sender, sums.owed.buyer[i]]),
  ]
  const claims = owed.filter(([, amount]) => amount > 0n)
  await chain.run(
    'withdraw',
    claims.map(([sender]) => call(sender, escrow, 'withdraw', [zeroAddress, sender.address], gas.withdraw)),
  )
  for (const [sender, amount] of claims) sender.expectedWei += amount
}

/** Compares the final state with the plan and returns every difference as a line of text. */
async function audit(chain, escrow, scheme, { everybody }, holders, blockNumber) {
  const faults = []
  const expect = (what, found, wanted) => {
    if (found !== wanted) faults.push(`${what}: found ${found}, expected ${wanted}`)
  }
  const addresses = everybody.map(({ address }) => address)
  const found = await chain.balances([escrow.address, ...addresses], blockNumber)
  expect('balance of the escrow contract', found[0], 0n)
  everybody.forEach(({ address, expectedWei, spentWei }, index) => {
    expect(`balance of ${address}`, found[index + 1], expectedWei - spentWei)
  })
  for (const [eventName, ids] of Object.entries(await endings(chain, escrow, blockNumber))) {
    const wanted = scheme.sales.filter(({ end }) => ends[end].event === eventName).map(({ id }) => id)
    expect(`sales with the event ${eventName}`, sorted(ids), sorted(wanted))
  }
  const listed = [...holders.keys()]
  const amounts = await chain.balances(listed, blockNumber)
  listed.forEach((address, index) =>
    expect(`genesis balance of ${address}`, amounts[index], holders.get(address)),
  )
  const sum = amounts.reduce((total, amount) => total + amount, 0n)
  if (listed.length > 0) expect('sum of the genesis balances', sum, listTotalWei)
  return faults
}

/** The sales that the contract says have ended, by the name of the event. */
async function endings(chain, escrow, toBlock) {
  const found = {}
  for (const eventName of new Set(Object.values(ends).map(({ event }) => event))) {
    const logs = await chain.client.getContractEvents({
      ...escrow,
      eventName,
      fromBlock: escrow.since,
      toBlock,
    })
    found[eventName] = logs.map(({ args }) => args.id)
  }
  return found
}

const sorted = (ids) => ids.toSorted((a, b) => (a < b ? -1 : 1)).join()

function report(chain, scheme, people, holders, blocks, seconds) {
  const line = (name, text) => console.log(`  ${name.padEnd(14)}${text}`)
  const figure = (number) => number.toLocaleString('en')
  console.log(`escrow sales on chain ${chain.id} at ${chain.url}`)
  for (const [end, { says }] of Object.entries(ends)) {
    line(figure(scheme.sales.filter((sale) => sale.end === end).length), says)
  }
  line('parties', `${scheme.pairs} sellers, ${scheme.pairs} buyers, 1 funder`)
  line('turnover', `${formatEther(scheme.sales.reduce((sum, { priceWei }) => sum + priceWei, 0n))} CMT`)
  line('transactions', `${figure(chain.sent)} in blocks ${blocks.first} to ${blocks.last}`)
  line(
    'holders',
    holders.size > 0
      ? `${figure(holders.size)} accounts of the token's list`
      : 'not checked (CMT_SNAPSHOT=none)',
  )
  line('time', `${seconds.toFixed(1)} s`)
}

async function main() {
  const { values } = parseArgs({ options: { sales: { type: 'string', default: '1000' } } })
  const sales = Number(values.sales)
  if (!Number.isInteger(sales) || sales < 1)
    throw new Error(`--sales ${values.sales}: expected a whole number above zero`)
  const list = process.env.CMT_SNAPSHOT || at('../../../shared/data/cmt-erc20-snapshot-6486489.csv')
  const holders = list === 'none' ? new Map() : readHolders(list)

  const started = Date.now()
  const chain = await Chain.open(process.env.RPC_URL || 'http://127.0.0.1:8545')
  const scheme = plan(sales)
  const sums = totals(scheme)
  const first = await chain.client.getBlockNumber()
  const people = await open(chain, scheme, sums)
  const escrow = await deploy(chain, people.funder)
  await trade(chain, escrow, scheme, people)
  await settle(chain, escrow, sums, people)
  const last = await chain.client.getBlockNumber()
  const faults = await audit(chain, escrow, scheme, people, holders, last)

  report(chain, scheme, people, holders, { first, last }, (Date.now() - started) / 1000)
  if (faults.length > 0) {
    console.error(`${faults.length} differences:\n${faults.slice(0, 20).join('\n')}`)
    process.exit(1)
  }
  console.log('  every balance is right to the wei, fees included')
}

main().catch((fault) => {
  console.error(`demo: ${fault.message}${fault.cause ? `\n  ${fault.cause.message?.split('\n')[0]}` : ''}`)
  process.exit(1)
})
