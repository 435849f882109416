// What a Hardhat project does with a network whose clock it cannot move: npx hardhat test --network node test/node.cjs
const { expect } = require('chai')
const { anyValue } = require('@nomicfoundation/hardhat-chai-matchers/withArgs')
const { artifacts, ethers, network } = require('hardhat')
const { readFileSync } = require('node:fs')
const path = require('node:path')

const wcmtAddress = '0x0000000000000000000000000000000057434d54'

describe('a chain with consensus', () => {
  const price = ethers.parseEther('1')
  let seller, buyer, escrow

  const list = async () => {
    const args = [
      ethers.ZeroAddress,
      price,
      3600,
      3600,
      ethers.ZeroAddress,
      ethers.encodeBytes32String('boat'),
    ]
    await mined(escrow.list(...args))
    return escrow.count()
  }

  // The emit matcher looks for a receipt at once; on a chain with block times it has to be there first.
  const mined = async (sending) => {
    const transaction = await sending
    await transaction.wait()
    return transaction
  }

  before(async () => {
    const signers = await ethers.getSigners()
    seller = signers[8]
    buyer = signers[9]
    escrow = await ethers.deployContract('EscrowSale', seller)
    await escrow.waitForDeployment()
  })

  it('knows the development accounts', async () => {
    expect(seller.address).to.equal('0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f')
    expect(await ethers.provider.getBalance(seller)).to.be.above(0n)
  })

  it('compiles what the repository holds as the code of wrapped CMT', async () => {
    const runtime = readFileSync(
      path.resolve(__dirname, '../../../../solidity/wcmt/runtime.hex'),
      'utf8',
    ).trim()
    expect((await artifacts.readArtifact('WCMT')).deployedBytecode).to.equal(runtime)
    expect(await ethers.provider.getCode(wcmtAddress)).to.equal(runtime)
  })

  it('emits events and moves balances', async () => {
    const id = await list()
    // The matchers for changed balances want a block of one transaction; a chain with consensus has its own in each.
    const held = () => ethers.provider.getBalance(escrow.target)
    const before = await held()
    await mined(escrow.connect(buyer).pay(id, { value: price }))
    expect(await held()).to.equal(before + price)
    await expect(await mined(escrow.ship(id, ethers.ZeroHash)))
      .to.emit(escrow, 'Shipped')
      .withArgs(id, anyValue, ethers.ZeroHash)
    await expect(await mined(escrow.connect(buyer).confirm(id)))
      .to.emit(escrow, 'Confirmed')
      .withArgs(id)
    await mined(escrow.withdraw(ethers.ZeroAddress, seller))
    expect(await held()).to.equal(before)
  })

  it('decodes custom errors', async () => {
    const id = await list()
    await expect(escrow.connect(buyer).pay(id, { value: 1n }))
      .to.be.revertedWithCustomError(escrow, 'WrongPayment')
      .withArgs(price, 1n)
    await expect(escrow.connect(buyer).cancel(id))
      .to.be.revertedWithCustomError(escrow, 'NotSeller')
      .withArgs(id, buyer.address)
    await expect(escrow.sale(id + 1n))
      .to.be.revertedWithCustomError(escrow, 'SaleMissing')
      .withArgs(id + 1n)
  })

  it('moves wrapped CMT', async () => {
    const wcmt = await ethers.getContractAt('WCMT', wcmtAddress, seller)
    const before = await Promise.all([wcmt.balanceOf(seller), wcmt.balanceOf(buyer)])
    await mined(wcmt.deposit({ value: 10n }))
    await mined(wcmt.transfer(buyer, 4n))
    expect(await wcmt.balanceOf(seller)).to.equal(before[0] + 6n)
    expect(await wcmt.balanceOf(buyer)).to.equal(before[1] + 4n)
    await expect(await mined(wcmt.withdraw(6n)))
      .to.emit(wcmt, 'Withdrawal')
      .withArgs(seller.address, 6n)
  })

  it('traces transactions', async () => {
    const receipt = await (await escrow.list(ethers.ZeroAddress, 1n, 1, 1, buyer, ethers.ZeroHash)).wait()
    const trace = await network.provider.send('debug_traceTransaction', [
      receipt.hash,
      { tracer: 'callTracer' },
    ])
    expect(BigInt(trace.gasUsed)).to.equal(receipt.gasUsed)
  })
})
