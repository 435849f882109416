import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHolders, readHolders } from './holders.mjs'

const a = `0x${'a'.repeat(40)}`
const b = `0x${'b'.repeat(40)}`

test('reads addresses and balances', () => {
  const holders = parseHolders(`address,balance_wei\n${a},1\n${b},1000000000000000000000000000\n`)
  assert.deepEqual(
    [...holders],
    [
      [a, 1n],
      [b, 10n ** 27n],
    ],
  )
})

test('names the line that is wrong', () => {
  const bad = (lines, message) =>
    assert.throws(() => parseHolders(['address,balance_wei', ...lines].join('\n')), message)
  bad([`${a},1`, `${b},-1`], /line 3: expected an address/)
  bad([`${a},01`], /line 2/)
  bad([`${a.slice(0, -1)},1`], /line 2/)
  bad([`${a},1`, `${a.toUpperCase().replace('X', 'x')},2`], /line 3: .* is listed twice/)
  assert.throws(() => parseHolders('account,amount\n'), /line 1: expected "address,balance_wei"/)
})

test('says how to go on without a list', () => {
  assert.throws(() => readHolders('/nowhere/holders.csv'), /set CMT_SNAPSHOT/)
})
