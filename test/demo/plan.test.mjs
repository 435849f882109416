import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ends, plan, totals } from './plan.mjs'

const sum = (list) => list.reduce((total, value) => total + value, 0n)

test('a thousand sales use a hundred sellers and a hundred buyers alike, in every way a sale can end', () => {
  const { pairs, sales } = plan(1000)
  assert.equal(pairs, 100)
  for (const role of ['seller', 'buyer']) {
    for (let party = 0; party < pairs; party++)
      assert.equal(sales.filter((sale) => sale[role] === party).length, 10)
  }
  const count = (end) => sales.filter((sale) => sale.end === end).length
  assert.deepEqual(Object.keys(ends).map(count), [600, 200, 100, 100])
  assert.equal(new Set(sales.map(({ priceWei }) => priceWei)).size, 1000)
})

test('what is owed in the end is what was paid', () => {
  for (const size of [1, 7, 10, 101, 1000]) {
    const scheme = plan(size)
    const { owed, prices } = totals(scheme)
    assert.equal(sum(owed.seller) + sum(owed.buyer), sum(prices))
    assert.equal(sum(prices), sum(scheme.sales.map(({ priceWei }) => priceWei)))
  }
})

test('the money goes where the end of a sale says', () => {
  const sale = (end) => ({ seller: 0, buyer: 1, end, priceWei: 5n })
  const one = (end) => totals({ pairs: 2, sales: [sale(end)] }).owed
  for (const end of ['confirmed', 'timedOut'])
    assert.deepEqual(one(end), { seller: [5n, 0n], buyer: [0n, 0n] })
  for (const end of ['returned', 'unshipped'])
    assert.deepEqual(one(end), { seller: [0n, 0n], buyer: [0n, 5n] })
})
