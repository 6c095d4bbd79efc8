/**
 * Makes the agent as it is given to guests, in `apps/agent/dist`: `flotilla-agent.js`, which needs a Node, and
 * `flotilla-agent`, which is its own.
 */
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleProgram } from './bundle.ts'
import { makeExecutable } from './executable.ts'

const folder = join(import.meta.dirname, '../dist')
const script = join(folder, 'flotilla-agent.js')
const program = join(folder, process.platform === 'win32' ? 'flotilla-agent.exe' : 'flotilla-agent')

await mkdir(folder, { recursive: true })
const text = await bundleProgram(join(import.meta.dirname, '../src/main.ts'), process.platform)
await writeFile(script, `#!/usr/bin/env node\n${text}`, { mode: 0o755 })
await makeExecutable(text, program)
for (const file of [script, program]) {
  const { size } = await stat(file)
  console.log(`${file}  ${(size / 2 ** 20).toFixed(1)} MiB`)
}
