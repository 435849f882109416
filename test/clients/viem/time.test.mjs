// A chain whose clock and state tests may change (AUTOMINE_URL), through viem's test client, once with Hardhat's names
// for the methods and once with Anvil's.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import {
  createTestClient,
  createWalletClient,
  http,
  numberToHex,
  parseEther,
  publicActions,
  walletActions,
  zeroAddress,
  zeroHash,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { artifact, automineUrl, mnemonic, post } from '../endpoint.mjs'

const id = Number(
  (await post({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }, automineUrl)).result,
)
const chain = {
  id,
  name: 'automine',
  nativeCurrency: { name: 'CMT', symbol: 'CMT', decimals: 18 },
  rpcUrls: { default: { http: [automineUrl] } },
}
const wallet = (addressIndex) =>
  createWalletClient({
    account: mnemonicToAccount(mnemonic, { addressIndex }),
    chain,
    transport: http(automineUrl),
  })
const seller = wallet(2)
const buyer = wallet(3)
const somebody = '0x000000000000000000000000000000000000bEEF'

for (const mode of ['hardhat', 'anvil'])
  describe(`${mode} methods`, () => {
    const client = createTestClient({
      mode,
      chain,
      pollingInterval: 20,
      cacheTime: 0,
      transport: http(automineUrl),
    })
      .extend(publicActions)
      .extend(walletActions)
    let snapshot
    beforeEach(async () => {
      snapshot = await client.snapshot()
    })
    afterEach(async () => {
      await client.revert({ id: snapshot })
    })

    const receiptOf = (hash) => client.waitForTransactionReceipt({ hash })

    async function shippedSale(confirmWithin) {
      const { abi, bytecode } = artifact('EscrowSale')
      const { contractAddress } = await receiptOf(await seller.deployContract({ abi, bytecode }))
      const escrow = { address: contractAddress, abi }
      const write = async (from, functionName, args, value) =>
        receiptOf(await from.writeContract({ ...escrow, functionName, args, value }))
      await write(seller, 'list', [zeroAddress, 10n, 60, confirmWithin, zeroAddress, zeroHash])
      await write(buyer, 'pay', [1n], 10n)
      await write(seller, 'ship', [1n, zeroHash])
      return { escrow, write }
    }

    test('a month passes at once, and a sale times out', async () => {
      const month = 30 * 86_400
      const { escrow, write } = await shippedSale(month)
      await assert.rejects(
        client.simulateContract({ ...escrow, functionName: 'timeOut', args: [1n], account: seller.account }),
        /TooEarly/,
      )
      await client.increaseTime({ seconds: month + 1 })
      await client.mine({ blocks: 1 })
      assert.equal((await write(seller, 'timeOut', [1n])).status, 'success')
      assert.equal(
        await client.readContract({
          ...escrow,
          functionName: 'owed',
          args: [zeroAddress, seller.account.address],
        }),
        10n,
      )
    })

    test('the next block has the second it was given', async () => {
      const { timestamp } = await client.getBlock()
      await client.setNextBlockTimestamp({ timestamp: timestamp + 1_000_000n })
      await receiptOf(await seller.sendTransaction({ to: somebody, value: 1n }))
      assert.equal((await client.getBlock()).timestamp, timestamp + 1_000_000n)
    })

    test('a snapshot brings back balances, nonces and blocks', async () => {
      const before = [
        await client.getBlockNumber(),
        await client.getBalance(seller.account),
        await client.getTransactionCount(seller.account),
      ]
      const inner = await client.snapshot()
      const { contractAddress } = await receiptOf(await seller.deployContract(artifact('WCMT')))
      assert.equal(await client.getCode({ address: contractAddress }), artifact('WCMT').deployedBytecode)
      await client.revert({ id: inner })
      const now = [
        await client.getBlockNumber(),
        await client.getBalance(seller.account),
        await client.getTransactionCount(seller.account),
      ]
      assert.deepEqual(now, before)
      assert.equal(await client.getCode({ address: contractAddress }), undefined)
    })

    test('balance, nonce, code and storage are set as told', async () => {
      await client.setBalance({ address: somebody, value: 77n })
      await client.setNonce({ address: somebody, nonce: 3 })
      await client.setCode({ address: somebody, bytecode: '0x5f545f5260205ff3' }) // returns storage slot 0
      await client.setStorageAt({ address: somebody, index: 0, value: numberToHex(5, { size: 32 }) })
      assert.equal(await client.getBalance({ address: somebody }), 77n)
      assert.equal(await client.getTransactionCount({ address: somebody }), 3)
      assert.equal(BigInt((await client.call({ to: somebody })).data), 5n)
    })

    test('an impersonated account sends without a key', async () => {
      await client.setBalance({ address: somebody, value: parseEther('1') })
      await client.impersonateAccount({ address: somebody })
      const before = await client.getBalance(buyer.account)
      const hash = await client.sendTransaction({ account: somebody, to: buyer.account.address, value: 9n })
      assert.equal((await receiptOf(hash)).from, somebody.toLowerCase())
      assert.equal(await client.getBalance(buyer.account), before + 9n)
      await client.stopImpersonatingAccount({ address: somebody })
      await assert.rejects(
        client.sendTransaction({ account: somebody, to: buyer.account.address, value: 9n }),
      )
    })

    test('without automine a transaction waits for the next block', async () => {
      await client.setAutomine(false)
      try {
        const hash = await seller.sendTransaction({ to: somebody, value: 1n })
        assert.equal((await client.getTransaction({ hash })).blockNumber, null)
        await client.mine({ blocks: 1 })
        assert.equal((await receiptOf(hash)).status, 'success')
      } finally {
        await client.setAutomine(true)
      }
    })
  })
