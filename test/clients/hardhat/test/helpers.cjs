// Hardhat's network helpers against a chain whose clock and state tests may change:
// npx hardhat test --network automine test/helpers.cjs
const { expect } = require('chai')
const { ethers, network } = require('hardhat')
const helpers = require('@nomicfoundation/hardhat-network-helpers')

const { time } = helpers
const somebody = '0x000000000000000000000000000000000000bEEF'

describe('network helpers', () => {
  let snapshot
  beforeEach(async () => (snapshot = await helpers.takeSnapshot()))
  afterEach(() => snapshot.restore())

  it('mine as many blocks as asked, as far apart as asked', async () => {
    const height = await time.latestBlock()
    await helpers.mine()
    expect(await time.latestBlock()).to.equal(height + 1)
    const start = await time.latest()
    await helpers.mine(10, { interval: 60 })
    expect(await time.latestBlock()).to.equal(height + 11)
    expect(await time.latest()).to.be.at.least(start + 9 * 60)
    await helpers.mineUpTo(height + 20)
    expect(await time.latestBlock()).to.equal(height + 20)
  })

  it('move the clock forward, and contracts see it', async () => {
    const start = await time.latest()
    await time.increase(86_400)
    expect(await time.latest()).to.be.at.least(start + 86_400)
    await time.increaseTo(start + 200_000)
    expect(await time.latest()).to.equal(start + 200_000)
    await time.setNextBlockTimestamp(start + 300_000)
    const [signer] = await ethers.getSigners()
    const receipt = await (await signer.sendTransaction({ to: signer })).wait()
    expect((await ethers.provider.getBlock(receipt.blockNumber)).timestamp).to.equal(start + 300_000)
  })

  it('set balance, nonce, code and storage', async () => {
    await helpers.setBalance(somebody, 12_345n)
    await helpers.setNonce(somebody, 7)
    expect(await ethers.provider.getBalance(somebody)).to.equal(12_345n)
    expect(await ethers.provider.getTransactionCount(somebody)).to.equal(7)
    await helpers.setCode(somebody, '0x5f545f5260205ff3') // returns storage slot 0
    await helpers.setStorageAt(somebody, 0, 99)
    expect(await helpers.getStorageAt(somebody, 0)).to.equal(ethers.toBeHex(99, 32))
    expect(BigInt(await ethers.provider.call({ to: somebody }))).to.equal(99n)
  })

  it('restore everything, blocks included', async () => {
    const height = await time.latestBlock()
    const inner = await helpers.takeSnapshot()
    await helpers.setBalance(somebody, 5n)
    await helpers.mine(3)
    await inner.restore()
    expect(await time.latestBlock()).to.equal(height)
    expect(await ethers.provider.getBalance(somebody)).to.equal(0n)
    await helpers.mine(1)
    await inner.restore()
    expect(await time.latestBlock()).to.equal(height)
  })

  it('send as an account whose key nobody has', async () => {
    const [, receiver] = await ethers.getSigners()
    await helpers.setBalance(somebody, ethers.parseEther('1'))
    await helpers.impersonateAccount(somebody)
    // Straight to the node: with a mnemonic configured, Hardhat itself refuses accounts whose keys it does not have.
    const node = network.config.url ? new ethers.JsonRpcProvider(network.config.url) : ethers.provider
    const send = (value) =>
      node.send('eth_sendTransaction', [
        { from: somebody, to: receiver.address, value: ethers.toQuantity(value) },
      ])
    const before = await ethers.provider.getBalance(receiver)
    const receipt = await ethers.provider.getTransactionReceipt(await send(1000n))
    expect(receipt.from).to.equal(somebody)
    expect(await ethers.provider.getBalance(receiver)).to.equal(before + 1000n)
    await helpers.stopImpersonatingAccount(somebody)
    await expect(send(1n)).to.be.rejected
  })

  it('keep transactions waiting while automine is off, then put them into one block', async () => {
    const [signer] = await ethers.getSigners()
    await network.provider.send('evm_setAutomine', [false])
    try {
      const sent = []
      for (let index = 0; index < 3; index++)
        sent.push(await signer.sendTransaction({ to: somebody, value: 1n, gasLimit: 21_000n }))
      expect(await ethers.provider.getTransactionReceipt(sent[0].hash)).to.equal(null)
      expect(await ethers.provider.getTransactionCount(signer, 'pending')).to.equal(sent[2].nonce + 1)
      await helpers.mine()
      const receipts = await Promise.all(sent.map(({ hash }) => ethers.provider.getTransactionReceipt(hash)))
      expect(new Set(receipts.map(({ blockNumber }) => blockNumber)).size).to.equal(1)
    } finally {
      await network.provider.send('evm_setAutomine', [true])
    }
  })

  it('make a block for each transaction at once', async () => {
    const [signer] = await ethers.getSigners()
    const height = await time.latestBlock()
    const { hash } = await signer.sendTransaction({ to: somebody, value: 1n })
    expect((await ethers.provider.getTransactionReceipt(hash)).blockNumber).to.equal(height + 1)
  })
})
