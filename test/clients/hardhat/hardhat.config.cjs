// Hardhat on the sources of solidity/, with the compiler of the npm package solc instead of a download.
const path = require('node:path')
const { subtask } = require('hardhat/config')
const {
  TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD,
  TASK_COMPILE_SOLIDITY_GET_SOURCE_PATHS,
} = require('hardhat/builtin-tasks/task-names')
require('@nomicfoundation/hardhat-ethers')
require('@nomicfoundation/hardhat-chai-matchers')

const solidity = path.resolve(__dirname, '../../../solidity')
const compilerPath = require.resolve('solc/soljson.js', { paths: [solidity] })
const { version } = require(require.resolve('solc/package.json', { paths: [solidity] }))
const mnemonic = 'test test test test test test test test test test test junk'

subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async ({ solcVersion }) => ({
  compilerPath,
  isSolcJs: true,
  version: solcVersion,
  longVersion: solcVersion,
}))
subtask(TASK_COMPILE_SOLIDITY_GET_SOURCE_PATHS, async () =>
  ['escrow', 'wcmt'].flatMap((folder) =>
    require('node:fs')
      .readdirSync(path.join(solidity, folder))
      .filter((name) => name.endsWith('.sol'))
      .map((name) => path.join(solidity, folder, name)),
  ),
)

const local = (name) => path.join(__dirname, name)
const network = (url) => ({ url, accounts: { mnemonic, count: 10 } })

module.exports = {
  solidity: { version, settings: require(path.join(solidity, 'settings.json')) },
  paths: { root: solidity, tests: local('test'), artifacts: local('artifacts'), cache: local('cache') },
  networks: {
    node: network(process.env.RPC_URL || 'http://127.0.0.1:8545'),
    automine: network(process.env.AUTOMINE_URL || 'http://127.0.0.1:8546'),
    hardhat: { accounts: { mnemonic, count: 10 } },
  },
  mocha: { timeout: 60_000 },
}
