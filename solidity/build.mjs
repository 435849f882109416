// npm run build: writes artifacts/<Contract>.json and wcmt/runtime.hex.
// npm run check: fails when the committed wcmt/runtime.hex is not what the source compiles to.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compile } from './compile.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const artifacts = compile()
const runtime = `${artifacts.find((artifact) => artifact.contractName === 'WCMT').deployedBytecode}\n`

if (process.argv.includes('--check')) {
  if (readFileSync(at('wcmt/runtime.hex'), 'utf8') !== runtime) {
    console.error(
      'solidity/wcmt/runtime.hex is not the code of WCMT.sol; run "npm run build" in solidity/ and commit it',
    )
    process.exit(1)
  }
  console.log('wcmt/runtime.hex is up to date')
} else {
  rmSync(at('artifacts'), { recursive: true, force: true })
  mkdirSync(at('artifacts'))
  for (const artifact of artifacts) {
    writeFileSync(at(`artifacts/${artifact.contractName}.json`), `${JSON.stringify(artifact, null, 2)}\n`)
  }
  writeFileSync(at('wcmt/runtime.hex'), runtime)
  console.log(
    `${artifacts.length} contracts: ${artifacts.map((artifact) => artifact.contractName).join(', ')}`,
  )
}
