// Runs the commands of a guide: prints its ```sh blocks as one script that stops at the first failure.
import { readFileSync } from 'node:fs'

const blocks = [...readFileSync(process.argv[2], 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, commands]) => commands,
)
if (blocks.length === 0) throw new Error(`${process.argv[2]} has no commands to run`)
const count = blocks.join('').trimEnd().split('\n').length
console.log(['set -euo pipefail', ...blocks, `echo '${count} commands ran'`].join('\n'))
