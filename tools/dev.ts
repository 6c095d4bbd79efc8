/**
 * `pnpm dev`: runs a node from source, with the same options as the node itself, and restarts it when a file that it
 * imports, of whichever package, is edited. Node's own watcher stops it cleanly before each restart. The page is built
 * again when its sources are edited: load it anew to see it.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const program = join(import.meta.dirname, '../apps/node/src/main.ts')
const child = spawn(
  process.execPath,
  ['--max-semi-space-size=2', '--watch', '--watch-preserve-output', program, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
)
const page = spawn(process.execPath, [join(import.meta.dirname, '../apps/dashboard/build.ts'), '--watch'], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
// A Ctrl-C reaches the child by itself, as it belongs to the same terminal; we only wait for it to be through.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => {
  page.kill()
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
})
