import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { monitorDefaults } from '../limits.ts'
import { ScriptedMachine } from '../testing/index.ts'
import { ProcessLooks } from './process-looks.ts'

function world(settings: Partial<typeof monitorDefaults> = {}) {
  const clock = new ManualClock()
  const machine = new ScriptedMachine({ clock })
  const looks = new ProcessLooks({
    source: machine,
    clock,
    settings: { ...monitorDefaults, ...settings },
    machine: () => ({ memoryTotalBytes: 8_000_000_000, cores: 4 }),
  })
  const pass = async (durationMs: number): Promise<void> => {
    for (let passed = 0; passed < durationMs; passed += 50) {
      clock.advance(50)
      await new Promise(setImmediate)
    }
  }
  /** What the process takes, as a query says that begins now. */
  const asked = async (pid: number, isDetailed = false) => {
    const look = looks.look({ isDetailed })
    await pass(300)
    return (await look).processes.find((process) => process.pid === pid)
  }
  return { clock, machine, looks, pass, asked }
}

test('the first look is two, and shows what is taken now', async () => {
  const { machine, pass, asked } = world()
  const { pid } = machine.start({ name: 'burst' })
  await pass(60_000)
  machine.setProcessor(pid, 2)
  expect((await asked(pid))?.processor).toBeCloseTo(2)
  expect(machine.calls.processes).toBe(2)
})

test('with no time between them it is one, and shows means over lives', async () => {
  const { machine, pass, asked } = world({ firstLookMs: 0 })
  const { pid } = machine.start({ name: 'burst', processor: 1 })
  await pass(10_000)
  machine.setProcessor(pid, 0)
  await pass(10_000)
  expect((await asked(pid))?.processor).toBeCloseTo(0.5)
  expect(machine.calls.processes).toBe(1)
})

test('the next look asks once, and shows what was taken since the last', async () => {
  const { machine, pass, asked } = world()
  const { pid } = machine.start({ name: 'burst' })
  await asked(pid)
  await pass(10_000)
  machine.setProcessor(pid, 1)
  await pass(10_300)
  // It was idle for the first half of the time since.
  expect((await asked(pid))?.processor).toBeCloseTo(0.5, 1)
  expect(machine.calls.processes).toBe(3)
})

test('those who ask at the same time, or right after, share a look', async () => {
  const { machine, looks, pass } = world()
  const asking = Promise.all([looks.look({ isDetailed: false }), looks.look({ isDetailed: false })])
  await pass(400)
  const [one, other] = await asking
  expect(one).toBe(other)
  expect(await looks.look({ isDetailed: false })).toBe(one)
  expect([machine.calls.processes, machine.underWay.most]).toEqual([2, 1])
})

test('whoever wants detail is not content with a look without', async () => {
  const { machine, looks, pass, asked } = world()
  const { pid } = machine.start({ name: 'writer', processor: 1, openFiles: 12 })
  const plain = looks.look({ isDetailed: false })
  const detailed = looks.look({ isDetailed: true })
  await pass(1_000)
  expect((await plain).isDetailed).toBe(false)
  const found = (await detailed).processes.find((process) => process.pid === pid)
  expect(found).toMatchObject({ openFiles: 12, readBytesPerSecond: 1_000_000 })
  expect(machine.underWay.most).toBe(1)
  expect((await asked(pid))?.openFiles).toBeUndefined()
  const calls = machine.calls.processes
  expect((await asked(pid, true))?.readBytesPerSecond).toBe(1_000_000)
  expect(machine.calls.processes - calls).toBe(1)
})

test('who looks anew gets nothing that was read before, with rates over a while', async () => {
  const { machine, looks, pass, asked } = world()
  const { pid } = machine.start({ name: 'steady', processor: 1 })
  await asked(pid)
  await pass(10_000)
  await asked(pid)
  // Right after it, a process begins: its number is known, so it is looked for anew.
  const young = machine.start({ name: 'young', processor: 1 }).pid
  machine.setProcessor(pid, 0)
  await pass(150)
  const calls = machine.calls.processes
  const look = looks.look({ isDetailed: false, isAnew: true })
  await pass(50)
  const { processes } = await look
  expect(machine.calls.processes - calls).toBe(1)
  expect(processes.map((process) => process.pid)).toContain(young)
  // A moment without work does not make it look idle.
  expect(processes.find((process) => process.pid === pid)?.processor).toBeGreaterThan(0.9)
})

test('who looks anew waits for a look under way, and minds neither its age nor its failure', async () => {
  const { machine, looks, pass, asked } = world()
  await asked(1)
  await pass(1_000)
  machine.hang()
  const plain = looks.look({ isDetailed: false }).catch((error: unknown) => error)
  await pass(50)
  const anew = looks.look({ isDetailed: false, isAnew: true })
  const calls = machine.calls.processes
  machine.editProcesses = () => {
    machine.editProcesses = (reading) => reading
    throw new Error('no')
  }
  machine.release()
  await pass(400)
  expect(String(await plain)).toContain('no')
  expect((await anew).processes).toHaveLength(1)
  expect([machine.calls.processes - calls, machine.underWay.most]).toEqual([1, 1])
})

test('what is old is forgotten', async () => {
  const { clock, machine, pass, asked } = world()
  await asked(1)
  await pass(31_000)
  expect(clock.timersWaiting).toBe(0)
  await asked(1)
  expect(machine.calls.processes).toBe(4)
})

test('who gives up does not take the look from others, and a failed one is not remembered', async () => {
  const { machine, looks, pass } = world()
  const giveUp = new AbortController()
  const impatient = looks.look({ isDetailed: false, signal: giveUp.signal }).catch((error: unknown) => error)
  const patient = looks.look({ isDetailed: false })
  giveUp.abort(new Error('enough'))
  await pass(400)
  expect(String(await impatient)).toContain('enough')
  expect((await patient).processes).toHaveLength(1)
  machine.failure = new Error('no')
  await pass(1_000)
  const failing = looks.look({ isDetailed: false }).catch((error: unknown) => error)
  await pass(400)
  expect(String(await failing)).toContain('no')
  machine.failure = undefined
  const again = looks.look({ isDetailed: false })
  await pass(400)
  expect((await again).processes).toHaveLength(1)
})

test('a source that hangs is given up by who asks, and never asked twice at once', async () => {
  const { machine, looks, pass } = world({ collectionTimeoutMs: 1_000 })
  machine.processes = () => {
    machine.calls.processes++
    return new Promise(() => {})
  }
  for (let round = 0; round < 3; round++) {
    const asked = looks.look({ isDetailed: false }).catch((error: unknown) => error)
    await pass(1_100)
    expect(String(await asked)).toContain('longer than 1000 ms')
  }
  expect(machine.calls.processes).toBe(1)
})

test('closing ends what waits, and leaves no timer', async () => {
  const { clock, looks, pass } = world()
  const asked = looks.look({ isDetailed: false }).catch((error: unknown) => error)
  await pass(50)
  await looks.close()
  expect(await asked).toBeInstanceOf(Error)
  expect(clock.timersWaiting).toBe(0)
})
