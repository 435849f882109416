// Every rule of EscrowSale, its deadlines included: npx hardhat test --network automine test/escrow.cjs
// (or without --network, on Hardhat's own chain).
const { expect } = require('chai')
const { ethers } = require('hardhat')
const { loadFixture, setCode, time } = require('@nomicfoundation/hardhat-network-helpers')

const { ZeroAddress, ZeroHash } = ethers
const state = { Listed: 1, Paid: 2, Shipped: 3, Confirmed: 4, TimedOut: 5, Refunded: 6, Cancelled: 7 }
const price = ethers.parseEther('3')
const shipWithin = 1000
const confirmWithin = 2000

async function deployed() {
  const [seller, buyer, stranger] = await ethers.getSigners()
  const escrow = await ethers.deployContract('EscrowSale', seller)
  const token = await ethers.deployContract('WCMT', seller)
  await token.connect(buyer).deposit({ value: price })
  return { escrow, token, seller, buyer, stranger }
}

const at = (steps) =>
  // a function of its own for each state, since loadFixture keeps one snapshot a function
  async function fixture() {
    const stage = await deployed()
    const { escrow, buyer } = stage
    await escrow.list(ZeroAddress, price, shipWithin, confirmWithin, ZeroAddress, ZeroHash)
    if (steps > 0) await escrow.connect(buyer).pay(1, { value: price })
    if (steps > 1) await escrow.ship(1, ZeroHash)
    return stage
  }
const listed = at(0)
const paid = at(1)
const shipped = at(2)

const deadline = async (escrow) => Number((await escrow.sale(1)).deadline)

describe('EscrowSale', () => {
  describe('list', () => {
    it('numbers sales from one and logs the offer', async () => {
      const { escrow, seller, buyer } = await loadFixture(deployed)
      const item = ethers.encodeBytes32String('chair')
      await expect(escrow.list(ZeroAddress, 5n, 10, 20, buyer, item))
        .to.emit(escrow, 'Listed')
        .withArgs(1, seller.address, buyer.address, ZeroAddress, 5n, 10, 20, item)
      expect((await escrow.sale(1)).state).to.equal(state.Listed)
      expect(await escrow.count()).to.equal(1)
    })

    it('refuses terms that make no sense', async () => {
      const { escrow, stranger } = await loadFixture(deployed)
      const list = (...terms) => escrow.list(...terms, ZeroAddress, ZeroHash)
      await expect(list(ZeroAddress, 0, 1, 1)).to.be.revertedWithCustomError(escrow, 'PriceZero')
      await expect(list(ZeroAddress, 1, 0, 1)).to.be.revertedWithCustomError(escrow, 'PeriodZero')
      await expect(list(ZeroAddress, 1, 1, 0)).to.be.revertedWithCustomError(escrow, 'PeriodZero')
      await expect(list(stranger.address, 1, 1, 1))
        .to.be.revertedWithCustomError(escrow, 'NotAToken')
        .withArgs(stranger.address)
    })
  })

  describe('pay', () => {
    it('keeps the price and starts the time to ship', async () => {
      const { escrow, buyer } = await loadFixture(listed)
      await expect(escrow.connect(buyer).pay(1, { value: price })).to.changeEtherBalances(
        [buyer, escrow],
        [-price, price],
      )
      const sale = await escrow.sale(1)
      expect(sale.buyer).to.equal(buyer.address)
      expect(sale.deadline).to.equal((await time.latest()) + shipWithin)
    })

    it('refuses another amount, a second payment and a buyer who is not meant', async () => {
      const { escrow, buyer, stranger } = await loadFixture(listed)
      await expect(escrow.pay(1, { value: price - 1n }))
        .to.be.revertedWithCustomError(escrow, 'WrongPayment')
        .withArgs(price, price - 1n)
      await escrow.list(ZeroAddress, 1, 1, 1, buyer, ZeroHash)
      await expect(escrow.connect(stranger).pay(2, { value: 1 }))
        .to.be.revertedWithCustomError(escrow, 'NotBuyer')
        .withArgs(2, stranger.address)
      await escrow.connect(buyer).pay(2, { value: 1 })
      await expect(escrow.connect(buyer).pay(2, { value: 1 }))
        .to.be.revertedWithCustomError(escrow, 'WrongState')
        .withArgs(2, state.Paid)
    })

    it('takes tokens out of an allowance, and no CMT with them', async () => {
      const { escrow, token, buyer } = await loadFixture(deployed)
      await escrow.list(token, price, shipWithin, confirmWithin, ZeroAddress, ZeroHash)
      await expect(escrow.connect(buyer).pay(1)).to.be.revertedWithCustomError(token, 'InsufficientAllowance')
      await token.connect(buyer).approve(escrow, price)
      await expect(escrow.connect(buyer).pay(1, { value: 1 }))
        .to.be.revertedWithCustomError(escrow, 'WrongPayment')
        .withArgs(0, 1)
      await expect(escrow.connect(buyer).pay(1)).to.changeTokenBalances(
        token,
        [buyer, escrow],
        [-price, price],
      )
    })

    it('refuses a token that delivers less than it says', async () => {
      const { escrow, token, buyer } = await loadFixture(deployed)
      await escrow.list(token, price, 1, 1, ZeroAddress, ZeroHash)
      // A token whose every answer is the word 1: its transfers "succeed" and its balances never move.
      await setCode(await token.getAddress(), '0x600160005260206000f3')
      await expect(escrow.connect(buyer).pay(1))
        .to.be.revertedWithCustomError(escrow, 'WrongPayment')
        .withArgs(price, 0)
    })
  })

  describe('ship', () => {
    it("is the seller's, in time up to the last second", async () => {
      const { escrow, buyer } = await loadFixture(paid)
      await expect(escrow.connect(buyer).ship(1, ZeroHash)).to.be.revertedWithCustomError(escrow, 'NotSeller')
      await time.setNextBlockTimestamp(await deadline(escrow))
      await escrow.ship(1, ZeroHash)
      expect((await escrow.sale(1)).deadline).to.equal((await time.latest()) + confirmWithin)
    })

    it('is refused a second too late', async () => {
      const { escrow } = await loadFixture(paid)
      const shipBy = await deadline(escrow)
      await time.increaseTo(shipBy + 1)
      await expect(escrow.ship(1, ZeroHash))
        .to.be.revertedWithCustomError(escrow, 'TooLate')
        .withArgs(1, shipBy)
    })
  })

  describe('the end of a sale', () => {
    it("confirm pays the seller, on the buyer's word alone", async () => {
      const { escrow, seller, buyer } = await loadFixture(shipped)
      await expect(escrow.confirm(1))
        .to.be.revertedWithCustomError(escrow, 'NotBuyer')
        .withArgs(1, seller.address)
      await expect(escrow.connect(buyer).confirm(1)).to.emit(escrow, 'Confirmed').withArgs(1)
      expect(await escrow.owed(ZeroAddress, seller)).to.equal(price)
    })

    it('timeOut pays the seller once the buyer has been silent too long', async () => {
      const { escrow, seller, stranger } = await loadFixture(shipped)
      const confirmBy = await deadline(escrow)
      await time.increaseTo(confirmBy - 1)
      await expect(escrow.timeOut(1)).to.be.revertedWithCustomError(escrow, 'TooEarly').withArgs(1, confirmBy)
      await time.increaseTo(confirmBy + 1)
      await expect(escrow.connect(stranger).timeOut(1)).to.emit(escrow, 'TimedOut').withArgs(1)
      expect(await escrow.owed(ZeroAddress, seller)).to.equal(price)
    })

    it('a late confirmation counts while nobody has timed the sale out', async () => {
      const { escrow, buyer } = await loadFixture(shipped)
      await time.increaseTo((await deadline(escrow)) + 100)
      await escrow.connect(buyer).confirm(1)
      await expect(escrow.timeOut(1))
        .to.be.revertedWithCustomError(escrow, 'WrongState')
        .withArgs(1, state.Confirmed)
    })

    it('the buyer is refunded when nothing was shipped in time, not before', async () => {
      const { escrow, buyer, stranger } = await loadFixture(paid)
      const shipBy = await deadline(escrow)
      await time.increaseTo(shipBy - 1)
      await expect(escrow.connect(buyer).refund(1))
        .to.be.revertedWithCustomError(escrow, 'TooEarly')
        .withArgs(1, shipBy)
      await time.increaseTo(shipBy + 1)
      await expect(escrow.connect(stranger).refund(1)).to.be.revertedWithCustomError(escrow, 'NotBuyer')
      await expect(escrow.connect(buyer).refund(1)).to.emit(escrow, 'Refunded').withArgs(1)
      expect(await escrow.owed(ZeroAddress, buyer)).to.equal(price)
    })

    it('the seller may refund at any time, the buyer not after shipping', async () => {
      const { escrow, buyer } = await loadFixture(shipped)
      await expect(escrow.connect(buyer).refund(1))
        .to.be.revertedWithCustomError(escrow, 'WrongState')
        .withArgs(1, state.Shipped)
      await escrow.refund(1)
      expect(await escrow.owed(ZeroAddress, buyer)).to.equal(price)
      await expect(escrow.refund(1))
        .to.be.revertedWithCustomError(escrow, 'WrongState')
        .withArgs(1, state.Refunded)
    })

    it('cancel takes back what nobody has paid for', async () => {
      const { escrow, buyer } = await loadFixture(listed)
      await expect(escrow.connect(buyer).cancel(1)).to.be.revertedWithCustomError(escrow, 'NotSeller')
      await expect(escrow.cancel(1)).to.emit(escrow, 'Cancelled').withArgs(1)
      await expect(escrow.connect(buyer).pay(1, { value: price }))
        .to.be.revertedWithCustomError(escrow, 'WrongState')
        .withArgs(1, state.Cancelled)
    })
  })

  describe('withdraw', () => {
    it('pays once, to whom the owner of the money says', async () => {
      const { escrow, seller, buyer, stranger } = await loadFixture(shipped)
      await escrow.connect(buyer).confirm(1)
      await expect(escrow.withdraw(ZeroAddress, stranger)).to.changeEtherBalances(
        [escrow, stranger],
        [-price, price],
      )
      await expect(escrow.withdraw(ZeroAddress, seller))
        .to.be.revertedWithCustomError(escrow, 'NothingOwed')
        .withArgs(seller.address, ZeroAddress)
    })

    it('keeps the money when the receiver refuses it', async () => {
      const { escrow, token, seller, buyer } = await loadFixture(shipped)
      await escrow.connect(buyer).confirm(1)
      await expect(escrow.withdraw(ZeroAddress, escrow)).to.be.revertedWithCustomError(
        escrow,
        'PaymentRefused',
      )
      expect(await escrow.owed(ZeroAddress, seller)).to.equal(price)
      await expect(escrow.withdraw(ZeroAddress, token)).to.changeTokenBalance(token, escrow, price)
    })

    it('pays tokens too', async () => {
      const { escrow, token, seller, buyer } = await loadFixture(deployed)
      await escrow.list(token, price, shipWithin, confirmWithin, ZeroAddress, ZeroHash)
      await token.connect(buyer).approve(escrow, price)
      await escrow.connect(buyer).pay(1)
      await escrow.refund(1)
      await expect(escrow.connect(buyer).withdraw(token, buyer)).to.changeTokenBalances(
        token,
        [escrow, buyer],
        [-price, price],
      )
      await expect(escrow.withdraw(token, seller)).to.be.revertedWithCustomError(escrow, 'NothingOwed')
    })
  })
})
