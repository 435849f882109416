// Compiles the Solidity sources of this folder with the npm package solc, so that building needs nothing but Node.js.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readInterface } from './interfaces.mjs'

const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('.', import.meta.url))
const skipped = new Set(['node_modules', 'artifacts'])

/**
 * Compiler settings shared by every contract here. The metadata hash is left out of the code, so that the same
 * source gives the same code on every machine.
 */
const settings = JSON.parse(readFileSync(join(root, 'settings.json'), 'utf8'))

/** Lists the .sol files under folder, relative to this folder, in a fixed order. */
function sources(folder = root) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : sources(path)
      return entry.name.endsWith('.sol') ? [relative(root, path).split(sep).join('/')] : []
    })
}

function readImport(path) {
  const ours = readInterface(path)
  if (ours) return { contents: ours }
  try {
    return { contents: readFileSync(join(root, 'node_modules', path), 'utf8') }
  } catch {
    return { error: `${path} is not in node_modules; run "npm ci" in solidity/` }
  }
}

/**
 * Compiles every contract of this folder and returns artifacts in the form Hardhat, ethers and viem read:
 * { contractName, sourceName, abi, bytecode, deployedBytecode }. A warning in a source of ours is an error.
 */
export function compile() {
  const solc = require('solc')
  const names = sources()
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(
      names.map((name) => [name, { content: readFileSync(join(root, name), 'utf8') }]),
    ),
    settings: {
      ...settings,
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }))
  const ours = (fault) => !fault.sourceLocation || names.includes(fault.sourceLocation.file)
  const faults = (output.errors ?? []).filter((fault) => fault.severity === 'error' || ours(fault))
  if (faults.length > 0) throw new Error(faults.map((fault) => fault.formattedMessage).join('\n'))
  return names.flatMap((sourceName) =>
    Object.entries(output.contracts[sourceName] ?? {}).map(([contractName, { abi, evm }]) => ({
      _format: 'hh-sol-artifact-1',
      contractName,
      sourceName,
      abi,
      bytecode: `0x${evm.bytecode.object}`,
      deployedBytecode: `0x${evm.deployedBytecode.object}`,
    })),
  )
}
