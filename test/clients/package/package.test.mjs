// The npm package @cybermiles/contracts as its users get it: packed, unpacked into a project of its own, then imported by
// JavaScript, by TypeScript with viem's inferred types, and by Solidity.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isAddress, toFunctionSelector } from 'viem'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const source = at('../../../client/ts')
const project = mkdtempSync(join(tmpdir(), 'cybermiles-package.'))
const installed = join(project, 'node_modules/@cybermiles/contracts')
let contracts

before(async () => {
  mkdirSync(installed, { recursive: true })
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: source }).toString().trim()
  execFileSync('tar', ['-xzf', join(project, packed.split('\n').at(-1)), '-C', installed, '--strip-components=1'])
  for (const name of ['viem', 'abitype', 'ox', '@noble', '@scure', 'eventemitter3']) link(name)
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  contracts = Object.values(await import(pathToFileURL(join(installed, 'dist/index.js')))).filter(({ address }) => address)
})

after(() => rmSync(project, { recursive: true, force: true }))

function link(name) {
  const target = at(`../node_modules/${name}`)
  try {
    readdirSync(target)
  } catch {
    return // a dependency that this version of viem has not
  }
  symlinkSync(target, join(project, 'node_modules', name))
}

test('every contract has an address of its own and an ABI whose selectors differ', () => {
  assert.ok(contracts.length > 0, 'the package exports no contract')
  assert.equal(new Set(contracts.map(({ address }) => address)).size, contracts.length)
  for (const { abi, address } of contracts) {
    assert.ok(isAddress(address), address)
    const selectors = abi.filter(({ type }) => type === 'function').map((item) => toFunctionSelector(item))
    assert.equal(new Set(selectors).size, selectors.length)
  }
})

test('a module of one contract can be imported by itself', () => {
  const script = "import { staking, stakingAddress } from '@cybermiles/contracts/staking'; console.log(staking.address === stakingAddress)"
  const output = execFileSync('node', ['--input-type=module', '-e', script], { cwd: project }).toString()
  assert.equal(output.trim(), 'true')
})

test('viem infers the types of arguments and results', () => {
  writeFileSync(
    join(project, 'use.ts'),
    `import { createPublicClient, http } from 'viem'
import { staking, supply, supplyAbi, supplyAddress } from '@cybermiles/contracts'

const client = createPublicClient({ transport: http('http://127.0.0.1:8545') })
export const total: Promise<bigint> = client.readContract({ address: supplyAddress, abi: supplyAbi, functionName: 'total' })
export async function stakes(): Promise<bigint[]> {
  const [list] = await client.readContract({ ...staking, functionName: 'validators', args: [0n, 10n] })
  return list.map(({ stakeWei }) => stakeWei)
}
// @ts-expect-error there is no such function
client.readContract({ ...supply, functionName: 'nothing' })
// @ts-expect-error the result is a bigint
export const wrong: Promise<string> = client.readContract({ ...supply, functionName: 'total' })
`,
  )
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'ES2022', '--module', 'NodeNext', 'use.ts']
  try {
    execFileSync('node', [join(source, 'node_modules/typescript/bin/tsc'), ...options], { cwd: project })
  } catch (fault) {
    assert.fail(fault.stdout.toString())
  }
})

test('Solidity imports every interface by the path of the package', () => {
  const solc = createRequire(at('../../../solidity/compile.mjs'))('solc')
  const paths = readdirSync(installed, { recursive: true })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.sol'))
  assert.ok(paths.length >= contracts.length)
  const imports = paths.map((file) => `import "@cybermiles/contracts/${file}";`)
  const content = ['// SPDX-License-Identifier: Apache-2.0', 'pragma solidity ^0.8.28;', ...imports, 'contract Use {}'].join('\n')
  const input = {
    language: 'Solidity',
    sources: { 'Use.sol': { content } },
    settings: { outputSelection: { '*': { '*': ['abi'] } } },
  }
  const read = (path) => ({ contents: readFileSync(join(project, 'node_modules', path), 'utf8') })
  const { errors } = JSON.parse(solc.compile(JSON.stringify(input), { import: read }))
  assert.deepEqual(errors ?? [], [])
})
