// A chain seen through JSON-RPC: reads in batches, transactions signed here with nonces counted here, and an account
// of what each sender paid, kept from the block's base fee and not only from what the receipt claims.
import { createPublicClient, encodeFunctionData, hexToBigInt, http, numberToHex } from 'viem'

const batchItems = 100
const pollMillis = 200
const patienceMillis = 60_000

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

/**
 * An account that signs here. `expectedWei` is what it had and was given, `spentWei` what it has paid in fees and value:
 * the difference must be its balance.
 */
class Sender {
  constructor(account, nonce) {
    this.account = account
    this.address = account.address
    this.nonce = nonce
    this.expectedWei = 0n
    this.spentWei = 0n
  }
}

/** A JSON-RPC endpoint and the fees used on it. Open one with Chain.open. */
export class Chain {
  constructor(url, client, id) {
    this.url = url
    this.client = client
    this.id = id
    this.sent = 0
    this.blocks = new Map()
  }

  static async open(url) {
    const transport = http(url, { batch: { batchSize: batchItems }, retryCount: 0, timeout: 30_000 })
    const client = createPublicClient({ transport })
    const id = await client.getChainId().catch((cause) => {
      throw new Error(`no Ethereum node answers at ${url}; start one with "cybermiles dev" or set RPC_URL`, {
        cause,
      })
    })
    return new Chain(url, client, id)
  }

  /** Asks one method about many parameter lists, in batches; answers come in the same order. */
  async readMany(method, paramLists) {
    const answers = []
    for (let from = 0; from < paramLists.length; from += batchItems) {
      const batch = paramLists.slice(from, from + batchItems)
      answers.push(...(await Promise.all(batch.map((params) => this.client.request({ method, params })))))
    }
    return answers
  }

  /** Balances in wei at one block. */
  async balances(addresses, blockNumber) {
    const tag = numberToHex(blockNumber)
    const answers = await this.readMany(
      'eth_getBalance',
      addresses.map((address) => [address, tag]),
    )
    return answers.map((answer) => hexToBigInt(answer))
  }

  /** Prepares accounts for sending; their nonces are read once. */
  async senders(accounts) {
    const nonces = await this.readMany(
      'eth_getTransactionCount',
      accounts.map(({ address }) => [address, 'pending']),
    )
    return accounts.map((account, index) => new Sender(account, Number(nonces[index])))
  }

  /** Fees for the next transactions: room for the base fee to grow tenfold, and a tip. */
  async fees() {
    const { baseFeePerGas } = await this.client.getBlock()
    const maxPriorityFeePerGas = 1_000_000_000n
    return { maxFeePerGas: baseFeePerGas * 10n + maxPriorityFeePerGas, maxPriorityFeePerGas }
  }

  /**
   * Sends many transactions { sender, to, data, value, gas } and waits until each is in a block and has succeeded.
   * Returns their receipts in the same order and books value and fee on the senders.
   */
  async run(what, transactions) {
    const fees = await this.fees()
    const raws = []
    for (const { sender, to, data, value = 0n, gas } of transactions) {
      const nonce = sender.nonce++
      raws.push(
        await sender.account.signTransaction({
          type: 'eip1559',
          chainId: this.id,
          nonce,
          to,
          data,
          value,
          gas,
          ...fees,
        }),
      )
    }
    const hashes = await this.readMany(
      'eth_sendRawTransaction',
      raws.map((raw) => [raw]),
    )
    const receipts = await this.#receipts(what, hashes)
    this.sent += receipts.length
    for (const [index, receipt] of receipts.entries()) {
      const { sender, value = 0n } = transactions[index]
      if (receipt.status !== '0x1')
        throw new Error(`${what}: transaction ${receipt.transactionHash} of ${sender.address} failed`)
      sender.spentWei += value + (await this.#fee(receipt, fees))
    }
    return receipts
  }

  async #receipts(what, hashes) {
    const found = new Map()
    const giveUp = Date.now() + patienceMillis
    for (;;) {
      const missing = hashes.filter((hash) => !found.has(hash))
      if (missing.length === 0) return hashes.map((hash) => found.get(hash))
      if (Date.now() > giveUp) {
        throw new Error(
          `${what}: ${missing.length} of ${hashes.length} transactions are in no block after ${patienceMillis / 1000} s, first ${missing[0]}`,
        )
      }
      await pause(pollMillis)
      const answers = await this.readMany(
        'eth_getTransactionReceipt',
        missing.map((hash) => [hash]),
      )
      for (const receipt of answers) if (receipt) found.set(receipt.transactionHash, receipt)
    }
  }

  async #fee(receipt, { maxFeePerGas, maxPriorityFeePerGas }) {
    const { baseFeePerGas } = await this.#block(receipt.blockNumber)
    const wanted = baseFeePerGas + maxPriorityFeePerGas
    const price = wanted < maxFeePerGas ? wanted : maxFeePerGas
    if (hexToBigInt(receipt.effectiveGasPrice) !== price) {
      throw new Error(
        `receipt ${receipt.transactionHash} says a gas price of ${BigInt(receipt.effectiveGasPrice)} wei, its block's base fee makes it ${price}`,
      )
    }
    return hexToBigInt(receipt.gasUsed) * price
  }

  #block(number) {
    if (!this.blocks.has(number))
      this.blocks.set(number, this.client.getBlock({ blockNumber: hexToBigInt(number) }))
    return this.blocks.get(number)
  }

  /** Waits until the newest block's time is after the given second. */
  async after(second) {
    const giveUp = Date.now() + patienceMillis
    while ((await this.client.getBlock()).timestamp <= second) {
      if (Date.now() > giveUp)
        throw new Error(`the chain's clock has not passed second ${second} after ${patienceMillis / 1000} s`)
      await pause(pollMillis)
    }
  }
}

/** A contract call as a transaction for Chain.run. */
export function call(sender, { address, abi }, functionName, args, gas, value) {
  return { sender, to: address, data: encodeFunctionData({ abi, functionName, args }), gas, value }
}
