/**
 * `pnpm dev`: runs a node from source, with the same options as the node itself, and starts it again when a source of
 * it, of whichever package, is edited; it is stopped cleanly before. The page is built again when its sources are
 * edited: load it anew to see it.
 *
 * Node's own watcher would do most of this, but with it worker threads send what they import to whoever started them,
 * in the midst of what they have to say.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const program = join(root, 'apps/node/src/main.ts')
/** An editor writes several files in a row. */
const settledMs = 100
let child: ChildProcess | undefined
let isStopping = false
let timer: NodeJS.Timeout | undefined

function start(): void {
  const flags = ['--max-semi-space-size=2', '--disable-sigusr1']
  child = spawn(process.execPath, [...flags, program, ...process.argv.slice(2)], { stdio: 'inherit' })
  child.on('exit', (code, signal) => {
    child = undefined
    if (!isStopping) return
    page.kill()
    process.exit(code ?? (signal === 'SIGINT' ? 130 : 1))
  })
}

/** A node that has ended by itself, as on a mistake in a source, is started with the next edit. */
function startAnew(): void {
  if (isStopping) return
  if (child === undefined) return start()
  child.once('exit', () => isStopping || start())
  child.kill('SIGTERM')
}

function stop(signal: NodeJS.Signals): void {
  isStopping = true
  if (child !== undefined) child.kill(signal)
  else process.exit(130)
}

const page = spawn(process.execPath, [join(root, 'apps/dashboard/build.ts'), '--watch'], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`)
for (const folder of ['apps/node/src', ...packages]
  .map((path) => join(root, path))
  .filter((path) => existsSync(path))) {
  watch(folder, { recursive: true }, (_event, name) => {
    if (name?.endsWith('.test.ts') === true) return
    clearTimeout(timer)
    timer = setTimeout(startAnew, settledMs)
  })
}
// A Ctrl-C reaches the child by itself, as it belongs to the same terminal; once more ends it at once.
process.on('SIGINT', () => (child === undefined ? stop('SIGINT') : (isStopping = true)))
process.on('SIGTERM', () => stop('SIGTERM'))
start()
