#!/usr/bin/env node
// The two faces of the solc executable that Foundry uses, made of the npm package solc: --version and --standard-json.
// With it forge needs no compiler download.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const solc = createRequire(new URL('../../../solidity/package.json', import.meta.url))('solc')
const args = process.argv.slice(2)

if (args.includes('--version')) {
  const version = solc.version().replace('.Emscripten.clang', '.Linux.g++')
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}`)
} else if (args.includes('--standard-json')) {
  const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
  const base = option('--base-path') ?? process.cwd()
  const read = (path) => {
    try {
      return { contents: readFileSync(resolve(base, path), 'utf8') }
    } catch (fault) {
      return { error: fault.message }
    }
  }
  process.stdout.write(solc.compile(readFileSync(0, 'utf8'), { import: read }))
} else {
  console.error(`solc.mjs: expected --version or --standard-json, got "${args.join(' ')}"`)
  process.exit(1)
}
