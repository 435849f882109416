// What is going to happen, decided before anything is sent: who sells what to whom for how much, and how each sale ends.

/** How a sale can end: who has the money then, and which event says so. */
export const ends = {
  confirmed: { paid: 'seller', event: 'Confirmed', says: 'confirmed by the buyer' },
  timedOut: { paid: 'seller', event: 'TimedOut', says: 'timed out, buyer silent' },
  returned: { paid: 'buyer', event: 'Refunded', says: 'refunded by the seller' },
  unshipped: { paid: 'buyer', event: 'Refunded', says: 'refunded, never shipped' },
}

const mix = [
  'confirmed',
  'confirmed',
  'timedOut',
  'confirmed',
  'returned',
  'confirmed',
  'unshipped',
  'confirmed',
  'timedOut',
  'confirmed',
]
const short = 1
const long = 3600

/**
 * Plans the sales between `pairs` sellers and as many buyers. Sellers and buyers are given as indexes; prices all
 * differ, so that two sales mixed up show in a balance.
 */
export function plan(sales) {
  const pairs = Math.min(100, Math.ceil(sales / 10))
  const list = Array.from({ length: sales }, (_, index) => {
    const round = Math.floor(index / pairs)
    const end = mix[index % mix.length]
    return {
      seller: (index + 3 * round) % pairs,
      buyer: (index + round) % pairs,
      end,
      priceWei: 10n ** 18n + BigInt(index + 1) * 1_234_567_890_123_457n,
      shipWithin: end === 'unshipped' ? short : long,
      confirmWithin: end === 'timedOut' ? short : long,
    }
  })
  return { pairs, sales: list }
}

/** What each seller and each buyer is owed once every sale of the plan has ended, and what each buyer has to bring. */
export function totals({ pairs, sales }) {
  const zeros = () => Array(pairs).fill(0n)
  const sums = { owed: { seller: zeros(), buyer: zeros() }, prices: zeros() }
  for (const sale of sales) {
    const { paid } = ends[sale.end]
    sums.owed[paid][sale[paid]] += sale.priceWei
    sums.prices[sale.buyer] += sale.priceWei
  }
  return sums
}
