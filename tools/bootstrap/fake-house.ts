import { spawn, type ChildProcess } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the fake npm and the fake pnpm are told to do instead of their work. */
export type Trouble = 'npm-hangs' | 'pnpm-hangs' | 'pnpm-fails' | 'npm-delivers-junk'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A run of the real entry script that is under way. */
export interface Running {
  readonly child: ChildProcess
  /** Resolves when stdout or stderr holds the text; rejects if the run ends without. */
  shows(text: string): Promise<void>
  /** The launcher itself is gone; its children may not be. */
  readonly exited: Promise<void>
  /** Nobody is left who could print anything. */
  readonly ended: Promise<Ran>
}

/**
 * A checkout in a temporary folder with the real set-up scripts, an npm that fetches nothing, and no Node that is new
 * enough, so that everything has to be obtained.
 */
export class FakeHouse implements Disposable {
  readonly root: string = fs.mkdtempSync(join(tmpdir(), 'flotilla-setup-'))
  readonly #bin: string = join(this.root, 'system-bin')
  readonly #log: string = join(this.root, 'calls.log')
  /** Each run leads a process group, which holds whatever it started. */
  readonly #groups: number[] = []
  readonly #watchers: fs.FSWatcher[] = []

  constructor() {
    const here = fileURLToPath(new URL('.', import.meta.url))
    fs.mkdirSync(join(this.root, 'tools', 'bootstrap'), { recursive: true })
    for (const name of fs.readdirSync(here).filter((file) => file.endsWith('.mjs'))) {
      fs.copyFileSync(join(here, name), join(this.root, 'tools', 'bootstrap', name))
    }
    fs.cpSync(join(here, '..', 'toolchain'), join(this.root, 'tools', 'toolchain'), { recursive: true })
    this.write('package.json', JSON.stringify({ engines: { node: '>=999.1' } }))
    this.write('pnpm-lock.yaml', 'lockfileVersion: 9')
    this.write('packages/raft/package.json', JSON.stringify({ dependencies: { msgpackr: '1' } }))
    this.program('npm', fakeNpm)
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close()
    for (const group of this.#groups) endGroup(group)
    fs.rmSync(this.root, { recursive: true, force: true })
  }

  write(path: string, content: string): void {
    fs.mkdirSync(join(this.root, path, '..'), { recursive: true })
    fs.writeFileSync(join(this.root, path), content)
  }

  remove(path: string): void {
    fs.rmSync(join(this.root, path), { recursive: true, force: true })
  }

  /** Puts a program on the PATH, written for the Node that runs the tests. */
  program(name: string, source: string): void {
    this.write(`system-bin/${name}`, `#!${process.execPath}\n${source}`)
    fs.chmodSync(join(this.#bin, name), 0o755)
  }

  /** What was called so far, one line for each call of npm or pnpm. */
  calls(): readonly string[] {
    return fs.existsSync(this.#log) ? fs.readFileSync(this.#log, 'utf8').trim().split('\n') : []
  }

  /** Resolves when npm or pnpm has been called so often. */
  async called(prefix: string, times: number = 1): Promise<void> {
    const isCalled = (): boolean => this.calls().filter((call) => call.startsWith(prefix)).length >= times
    await new Promise<void>((resolve) => {
      const watcher = fs.watch(this.root, () => {
        if (isCalled()) resolve()
      })
      if (isCalled()) resolve()
      this.#watchers.push(watcher)
    })
  }

  /** Ends the program that was told to hang, and that a killed set-up has left running. */
  endHanging(): void {
    process.kill(Number(fs.readFileSync(join(this.root, 'hanging.pid'), 'utf8')), 'SIGKILL')
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const main = join(this.root, 'tools', 'bootstrap', 'main.mjs')
    const child = spawn(process.execPath, [main, ...args], {
      cwd: this.root,
      env: {
        HOME: this.root,
        PATH: `${this.#bin}:/usr/bin:/bin`,
        FAKE_LOG: this.#log,
        FAKE_NODE: process.execPath,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // So that a test can signal the whole group, as a terminal does.
    })
    if (child.pid !== undefined) this.#groups.push(child.pid)
    return watch(child)
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return this.start(args, env).ended
  }
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // All of it has ended already, as it should.
  }
}

function watch(child: ReturnType<typeof spawn>): Running {
  const printed = { stdout: '', stderr: '' }
  const looks = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
      for (const look of looks) look()
    })
  }
  const ended = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, ...printed })))
  const shows = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (`${printed.stdout}${printed.stderr}`.includes(text)) resolve()
      }
      looks.add(look)
      look()
      void ended.then((ran) => reject(new Error(`ended without "${text}": ${JSON.stringify(ran)}`)))
    })
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  return { child, shows, exited, ended }
}

/** Does what the real one does as far as the set-up can see: `npm ci` makes the program of the one locked package. */
const fakeNpm = String.raw`
const fs = require('node:fs'), path = require('node:path')
const { HOME, FAKE_LOG, FAKE_NODE, FAKE_TROUBLE: trouble, npm_config_registry: registry } = process.env
const args = process.argv.slice(2)
if (args[0] === 'config') return console.log('registry=http://registry.test/\nproxy=null')
const [name] = Object.keys(JSON.parse(fs.readFileSync('package.json', 'utf8')).dependencies)
const locked = JSON.parse(fs.readFileSync('package-lock.json', 'utf8')).packages['node_modules/' + name]
if (trouble === 'npm-hangs') fs.writeFileSync(HOME + '/hanging.pid', String(process.pid))
fs.appendFileSync(FAKE_LOG, 'npm ' + args[0] + ' ' + name + ' ' + locked.integrity.slice(0, 7) + '\n')
if (registry !== undefined) { console.error('npm error code ECONNREFUSED'); process.exit(1) }
const program = path.join('node_modules', name, name.startsWith('@pnpm') ? 'pnpm' : 'bin/node')
fs.mkdirSync(path.dirname(program), { recursive: true })
if (trouble === 'npm-hangs') { fs.writeFileSync(program, ''); return setInterval(() => {}, 1000) }
const sh = '#!/bin/sh\n[ "$1" = --version ] && { echo ' + locked.version + '; exit; }\n'
const pnpm = sh + 'echo $$ > $HOME/hanging.pid; echo "pnpm $* $pnpm_config_registry" >> "$FAKE_LOG"\n' +
  '[ "$FAKE_TROUBLE" = pnpm-fails ] && { echo ERR_PNPM_FETCH_404; exit 1; }\n' +
  'mkdir -p node_modules packages/raft/node_modules\n' +
  '[ "$FAKE_TROUBLE" = pnpm-hangs ] && exec sleep 600\nexit 0\n'
const junk = '#!/bin/sh\necho "GLIBC_2.28 not found"; exit 127\n'
const node = sh + 'exec ' + FAKE_NODE + ' "$@"\n'
const text = trouble === 'npm-delivers-junk' ? junk : name.startsWith('@pnpm') ? pnpm : node
fs.writeFileSync(program, text, { mode: 0o755 })
`
