// npm run interfaces: compiles the public interface of every contract written in Go, I<Name>.sol, and writes
// I<Name>.json beside it: ABI, documentation, types and address. Everything else (dispatch, bindings, command line,
// address page) is made from these files.
//
//   node interfaces.mjs [--check] [--root DIR]
//
//   --check   write nothing; fail when a committed file is not what its source compiles to
//   --root    where the folders protocol/ and middleware/ are, default the repository
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { addressOf, document } from './natspec.mjs'

const require = createRequire(import.meta.url)
const at = (path) => fileURLToPath(new URL(path, import.meta.url))

/** The path under which Solidity users import an interface; the folder's name follows. */
export const importPrefix = '@cybermiles/contracts/'

/** Lists the interfaces below root: { folder, name, path, source }, in a fixed order. */
export function findInterfaces(root) {
  const found = []
  for (const part of ['protocol', 'middleware']) {
    for (const folder of listing(join(root, part))) {
      for (const file of listing(join(root, part, folder))) {
        const match = /^(I[A-Z]\w*)\.sol$/.exec(file)
        if (!match) continue
        const path = join(root, part, folder, file)
        found.push({ folder, name: match[1], path, source: `${importPrefix}${folder}/${file}` })
      }
    }
  }
  const twice = found.find((one, i) => found.findIndex(({ source }) => source === one.source) !== i)
  if (twice) throw new Error(`${twice.source} is there twice: protocol and middleware folders need different names`)
  return found
}

/** The source behind an import path of ours, or nothing for other paths. */
export function readInterface(path, root = at('..')) {
  const found = path.startsWith(importPrefix) && findInterfaces(root).find(({ source }) => source === path)
  return found ? readFileSync(found.path, 'utf8') : undefined
}

function listing(folder) {
  return existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).sort() : []
}

function readImport(path) {
  try {
    return { contents: readFileSync(join(at('node_modules'), path), 'utf8') }
  } catch {
    return { error: `${path} is neither an interface of ours (${importPrefix}<folder>/I<Name>.sol) nor in node_modules` }
  }
}

/** Compiles interfaces and returns the content of each one's JSON file, by path. Any fault is an error. */
export function compileInterfaces(root) {
  const found = findInterfaces(root)
  if (found.length === 0) return new Map()
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(found.map(({ source, path }) => [source, { content: readFileSync(path, 'utf8') }])),
    settings: { outputSelection: { '*': { '*': ['abi', 'devdoc', 'userdoc'], '': ['ast'] } } },
  }
  const output = JSON.parse(require('solc').compile(JSON.stringify(input), { import: readImport }))
  if (output.errors?.length > 0) throw new Error(output.errors.map((fault) => fault.formattedMessage).join('\n'))
  const faults = []
  const files = new Map()
  for (const one of found) {
    const compiled = output.contracts[one.source]?.[one.name]
    if (!compiled) throw new Error(`${one.path}: the file holds no interface ${one.name}; call it as the file`)
    const { types, faults: missing } = document(compiled, output.sources, input.sources)
    const { address, fault } = addressOf(one, compiled.devdoc)
    faults.push(...[...missing, ...(fault ? [fault] : [])].map((text) => `${one.path}: ${text}`))
    const content = { ...(address && { address }), abi: compiled.abi, devdoc: compiled.devdoc, types, userdoc: compiled.userdoc }
    files.set(one.path.replace(/\.sol$/, '.json'), `${JSON.stringify(content, null, 2)}\n`)
  }
  faults.push(...sharedAddresses(files))
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return files
}

function sharedAddresses(files) {
  const owners = new Map()
  const faults = []
  for (const [path, content] of files) {
    const { address } = JSON.parse(content)
    if (!address) continue
    if (owners.has(address)) faults.push(`${path}: @custom:address ${address} is taken by ${owners.get(address)}`)
    owners.set(address, path)
  }
  return faults
}

function main() {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, root: { type: 'string', default: at('..') } } })
  const files = compileInterfaces(values.root)
  const stale = [...files].filter(([path, content]) => !existsSync(path) || readFileSync(path, 'utf8') !== content)
  if (!values.check) {
    for (const [path, content] of stale) writeFileSync(path, content)
    console.log(`${files.size} interfaces, ${stale.length} written`)
    return
  }
  if (stale.length > 0) throw new Error(`${stale.map(([path]) => path).join(', ')}: not what the source compiles to; run "make generate"`)
  console.log(`${files.size} interfaces are up to date`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main()
  } catch (fault) {
    console.error(fault.message)
    process.exit(1)
  }
}
