import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const cliProgram = fileURLToPath(new URL('../main.ts', import.meta.url))
const nodeProgram = fileURLToPath(new URL('../../../node/src/main.ts', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line to its end, as a person would. */
export async function flotilla(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  input: string = '',
): Promise<Ended> {
  const child = start(cliProgram, args, environment)
  // One that ends before it has read all of it has its reasons.
  child.stdin.on('error', () => {}).end(input)
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { code, stdout: stdout.join(''), stderr: stderr.join('') }
}

/** The command line while it runs. */
export interface RunningFlotilla {
  readonly child: ChildProcessWithoutNullStreams
  /** The lines that it prints; undefined when there are no more. */
  readonly line: () => Promise<string | undefined>
  readonly ended: Promise<Ended>
}

/** Starts the command line and leaves its input open. */
export function startFlotilla(args: readonly string[]): RunningFlotilla {
  const child = start(cliProgram, args, {})
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (text: string) => void (said[name] += text))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }))
  const line = async (): Promise<string | undefined> => {
    const { value, done } = await lines.next()
    return done === true ? undefined : value
  }
  return { child, ended, line }
}

/** A program that has said that its node is ready. */
export interface StartedNode extends AsyncDisposable {
  readonly child: ChildProcess
  /** Of the node itself, which another program may have started. */
  readonly pid: number
  readonly id: string
  /** Sends the signal and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>
}

/** A real node, by itself or through `flotilla up`. */
export async function startNode(
  data: string,
  through: 'itself' | 'up' = 'itself',
  more: readonly string[] = [],
): Promise<StartedNode> {
  const flags = ['--data', data, '--port', '0', '--json', ...more]
  const child = through === 'up' ? start(cliProgram, ['up', ...flags], {}) : start(nodeProgram, flags, {})
  const ended = once(child, 'close') as Promise<[number | null]>
  const errors = child.stderr.toArray()
  const said: { readonly pid: number; readonly id: string } = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as StartedNode))
    void ended.then(async () => reject(new Error(`the node did not start: ${(await errors).join('')}`)))
  })
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return (await ended)[0]
  }
  return { child, pid: said.pid, id: said.id, end, [Symbol.asyncDispose]: async () => void (await end('SIGTERM')) }
}

/** An empty folder that goes away with its owner. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'flotilla-cli-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

function start(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): ChildProcessWithoutNullStreams {
  const { FLOTILLA_DATA: _data, FLOTILLA_AT: _at, FLOTILLA_LAUNCHER: _launcher, ...inherited } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...inherited, FLOTILLA_CONFIG: 'off', ...environment },
  })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  return child
}
