import { expect, test } from 'vitest'
import { QgaRefusal } from '../../qga/contract.ts'
import { LinuxFreezing, type FreezingOptions } from './freezing.ts'
import type { LinuxMount } from './parsing/mounts.ts'
import { scriptedPrograms } from './testing/scripted-programs.ts'
import { ScriptedRunner, type ScriptedAnswer } from './testing/scripted-runner.ts'

const mount = (path: string, deviceNumber: string): LinuxMount => ({
  path,
  deviceNumber,
  type: 'ext4',
  device: '/dev/x',
  isReadOnly: false,
})
const mounts = [mount('/', '1:0'), mount('/data', '1:1'), mount('/bound', '1:0'), mount('/data/image', '7:0')]

/** File systems that are frozen once and thawed once, and a list of everything that happens. */
class World {
  readonly events: string[] = []
  readonly frozen: Set<string> = new Set()
  readonly answers = new Map<string, ScriptedAnswer>()
  readonly runner = new ScriptedRunner((line) => this.#run(line))
  recordError: Error | undefined
  holdError: Error | undefined

  freezing(left: readonly string[] = []): LinuxFreezing {
    const options: FreezingOptions = {
      programs: scriptedPrograms(this.runner),
      mounts: () => Promise.resolve(mounts),
      record: {
        write: (paths) => {
          this.events.push(`record ${paths.join(' ')}`)
          return this.recordError === undefined ? Promise.resolve() : Promise.reject(this.recordError)
        },
        remove: () => Promise.resolve(void this.events.push('forget')),
      },
      left,
      timeoutMs: 1_000,
      writers: [
        {
          hold: async () => {
            await Promise.resolve()
            this.events.push('hold')
            if (this.holdError !== undefined) throw this.holdError
          },
          release: () => void this.events.push('release'),
        },
      ],
    }
    return new LinuxFreezing(options)
  }

  #run(line: string): ScriptedAnswer {
    const [, act, path = ''] = line.split(' ')
    const scripted = this.answers.get(line)
    if (act === '--help') return { exitCode: 1 }
    this.events.push(`${act?.slice(2)} ${path}`)
    if (scripted !== undefined) return scripted
    if (act === '--freeze') this.frozen.add(path)
    else if (!this.frozen.delete(path)) return { exitCode: 1, complaint: `${path}: unfreeze failed: Invalid argument` }
    return {}
  }
}

test('writers are held and it is written down first; what was mounted last is frozen before the others', async () => {
  const world = new World()
  const freezing = world.freezing()
  expect(await freezing.freeze(undefined)).toBe(3)
  expect(freezing.isFrozen).toBe(true)
  const order = ['/data/image', '/bound', '/data']
  expect(world.events).toEqual(['hold', `record ${order.join(' ')}`, ...order.map((path) => `freeze ${path}`)])
  world.events.splice(0)
  expect(await freezing.thaw()).toBe(3)
  expect(freezing.isFrozen).toBe(false)
  expect(world.frozen.size).toBe(0)
  // In reverse, then whatever else there is.
  expect(world.events.slice(0, 3)).toEqual(order.toReversed().map((path) => `unfreeze ${path}`))
  expect(world.events.slice(-2)).toEqual(['release', 'forget'])
})

test('only those that are asked for; and nothing where one of them is not there', async () => {
  const world = new World()
  const freezing = world.freezing()
  expect(await freezing.freeze(['/data'])).toBe(1)
  expect([...world.frozen]).toEqual(['/data'])
  await expect(freezing.freeze(['/'])).rejects.toThrow(/frozen already/)
  await freezing.thaw()
  await expect(freezing.freeze(['/data', '/nowhere'])).rejects.toThrow(/nothing was frozen.*"\/nowhere"/)
  expect(world.frozen.size).toBe(0)
  expect(freezing.isFrozen).toBe(false)
})

test('what cannot be frozen by nature is left out', async () => {
  const world = new World()
  world.answers.set('fsfreeze --freeze /data', {
    exitCode: 1,
    complaint: '/data: freeze failed: Operation not supported',
  })
  world.answers.set('fsfreeze --freeze /bound', { exitCode: 1, complaint: 'freeze failed: Device or resource busy' })
  const freezing = world.freezing()
  expect(await freezing.freeze(undefined)).toBe(1)
  world.answers.set('fsfreeze --freeze /data/image', { exitCode: 1, complaint: 'Inappropriate ioctl for device' })
  await freezing.thaw()
  expect(await freezing.freeze(undefined)).toBe(0)
  expect(freezing.isFrozen).toBe(false)
  expect(world.events.at(-1)).toBe('forget')
})

test.each([
  ['fails', { exitCode: 1, complaint: 'Input/output error' }],
  ['takes too long', { endedBy: 'timeout' }],
] as const)('all or none: where one %s the others are thawed', async (_, answer) => {
  const world = new World()
  world.answers.set('fsfreeze --freeze /data', answer)
  const freezing = world.freezing()
  await expect(freezing.freeze(undefined)).rejects.toThrow(/so nothing is frozen/)
  expect(world.frozen.size).toBe(0)
  expect(freezing.isFrozen).toBe(false)
  expect(world.events.slice(-2)).toEqual(['release', 'forget'])
  // It may get done after all, so it is thawed too.
  expect(world.events.includes('unfreeze /data')).toBe('endedBy' in answer)
})

test('it stays frozen, and held, until everything is thawed', async () => {
  const world = new World()
  const freezing = world.freezing()
  await freezing.freeze(undefined)
  world.answers.set('fsfreeze --unfreeze /data', { exitCode: 1, complaint: 'Input/output error' })
  await expect(freezing.thaw()).rejects.toThrow(/not everything was thawed: Input/)
  expect(freezing.isFrozen).toBe(true)
  expect(world.events).not.toContain('release')
  world.answers.clear()
  await freezing.thaw()
  expect([freezing.isFrozen, world.frozen.size]).toEqual([false, 0])
})

test('nothing is frozen where it cannot be written down, or a log cannot be held', async () => {
  const world = new World()
  world.recordError = new Error('no space')
  const freezing = world.freezing()
  await expect(freezing.freeze(undefined)).rejects.toThrow(QgaRefusal)
  expect(freezing.isFrozen).toBe(false)
  expect(world.events).toEqual(['hold', 'record /data/image /bound /data', 'release', 'forget'])
  world.events.splice(0)
  world.holdError = new Error('broken')
  await expect(freezing.freeze(undefined)).rejects.toThrow(QgaRefusal)
  expect([freezing.isFrozen, world.events]).toEqual([false, ['hold', 'release', 'forget']])
})

test('what an earlier life has frozen is thawed, also what is not mounted where we see it', async () => {
  const world = new World()
  world.frozen.add('/data').add('/elsewhere')
  const freezing = world.freezing(['/elsewhere', '/data'])
  expect(freezing.isFrozen).toBe(true)
  expect(await freezing.thaw()).toBe(2)
  expect(world.frozen.size).toBe(0)
})

test('a thaw rescues what is frozen without our knowing', async () => {
  const world = new World()
  world.frozen.add('/data')
  expect(await world.freezing().thaw()).toBe(1)
})

test('one at a time', async () => {
  const world = new World()
  const freezing = world.freezing()
  const first = freezing.freeze(undefined)
  await expect(freezing.thaw()).rejects.toThrow(/are being frozen or thawed/)
  await first
})

test('without fsfreeze it says what to install, and nothing stays frozen', async () => {
  const world = new World()
  const none = new ScriptedRunner(() => undefined)
  const freezing = new LinuxFreezing({
    programs: scriptedPrograms(none),
    mounts: () => Promise.resolve(mounts),
    record: { write: () => Promise.resolve(), remove: () => Promise.resolve() },
    left: [],
    timeoutMs: 1_000,
    writers: [],
  })
  await expect(freezing.freeze(undefined)).rejects.toThrow(/no program fsfreeze: install util-linux/)
  expect([freezing.isFrozen, world.frozen.size]).toEqual([false, 0])
})
