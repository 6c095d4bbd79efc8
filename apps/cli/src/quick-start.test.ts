import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { labAvailable, makeLab, type Lab, type Machine } from '@flotilla/core/testing/node'

const availability = labAvailable()
const house = join(import.meta.dirname, '../../..')
const program = join(import.meta.dirname, 'main.ts')

interface Typed {
  readonly on: string
  readonly line: string
}

/** The lines of the guide that say on which machine they are typed. */
function typedLines(guide: string): readonly Typed[] {
  return [...guide.matchAll(/^```sh on=(\w+)\n(.*?)^```$/gms)].flatMap(([, on = '', block = '']) =>
    block
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ on, line })),
  )
}

/** A person at the keyboards of several machines, each with a checkout of its own. */
class Person implements AsyncDisposable {
  readonly #lab: Lab
  readonly #folder: string
  readonly #machines = new Map<string, Machine>()
  readonly #folders = new Map<string, string>()
  #token = ''

  constructor(lab: Lab, folder: string) {
    this.#lab = lab
    this.#folder = folder
  }

  async type({ on, line }: Typed): Promise<void> {
    const machine = await this.#at(on)
    const command = line.replace('TOKEN', this.#token)
    if (command === './flotilla up') return this.#up(on, machine)
    const { exitCode, output } = await this.#run(on, machine, command)
    if (exitCode !== 0) throw new Error(`${on}: ${command} ended with ${exitCode}: ${output}`)
    this.#token = /flj1[a-z0-9]+/.exec(command === './flotilla invite' ? output : '')?.[0] ?? this.#token
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #at(name: string): Promise<Machine> {
    const known = this.#machines.get(name)
    if (known !== undefined) return known
    const machine = this.#lab.machine(this.#machines.size + 1)
    this.#machines.set(name, machine)
    const folder = await mkdtemp(join(this.#folder, `${name}-`))
    this.#folders.set(name, folder)
    await copyFile(join(house, 'README.md'), join(folder, 'README.md'))
    await writeFile(join(folder, 'flotilla'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, {
      mode: 0o755,
    })
    return machine
  }

  /** Left running in a terminal of its own, until it answers. */
  async #up(on: string, machine: Machine): Promise<void> {
    this.#start(on, machine, './flotilla up')
    while ((await this.#run(on, machine, './flotilla status')).exitCode !== 0) await setTimeout(200)
  }

  async #run(on: string, machine: Machine, command: string): Promise<{ exitCode: number; output: string }> {
    const child = this.#start(on, machine, command)
    child.stdin.end()
    const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { exitCode: await ended, output: output + errors }
  }

  #start(on: string, machine: Machine, command: string): ReturnType<Lab['run']> {
    const environment = { FLOTILLA_NAME: on, NO_COLOR: '1', FLOTILLA_LAUNCHER: '' }
    return this.#lab.run(machine, ['sh', '-c', `cd '${this.#folders.get(on)}' && exec ${command}`], environment)
  }
}

describe.skipIf(!availability.available)(`the quick start${availability.note}`, () => {
  test('every command of the guide works as it stands there, on three machines', { timeout: 120_000 }, async () => {
    const guide = await readFile(join(house, 'docs/quick-start.md'), 'utf8')
    const lines = typedLines(guide)
    expect(new Set(lines.map(({ on }) => on))).toEqual(new Set(['ann', 'bob', 'carl']))
    await using person = new Person(await makeLab({ networks: [3] }), await mkdtemp(join(tmpdir(), 'quick-start-')))
    for (const line of lines) await person.type(line)
  })
})
