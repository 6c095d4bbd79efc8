import { boundedMetrics } from '@flotilla/core/observe'
import { ManualClock, RecordingLogger, RecordingMetrics } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import type { ProcessSignal } from './contract.ts'
import { createMonitor, type MonitorOptions } from './monitor.ts'
import { ScriptedMachine } from './testing/index.ts'

function world(options: Partial<MonitorOptions> = {}) {
  const clock = new ManualClock()
  const machine = new ScriptedMachine({ clock })
  const metrics = new RecordingMetrics()
  const logger = new RecordingLogger()
  const ports = { source: machine, control: machine, clock, logger, metrics: boundedMetrics(metrics) }
  const monitor = createMonitor({ ...ports, ...options })
  /** Lets the clock pass in small steps, and everything that waits for it go on. */
  const pass = async (durationMs: number): Promise<void> => {
    for (let passed = 0; passed < durationMs; passed += 50) {
      clock.advance(50)
      await new Promise(setImmediate)
    }
  }
  /** What an iteration has given so far. */
  const gathered = <Value>(values: AsyncIterable<Value>): Value[] => {
    const all: Value[] = []
    void (async () => {
      for await (const value of values) all.push(value)
    })()
    return all
  }
  return { clock, machine, metrics, logger, monitor, pass, gathered }
}

test('figures come, with rates from the second reading on', async () => {
  const { machine, monitor, pass } = world()
  expect(monitor.latest).toBeUndefined()
  machine.load.usage = 0.5
  await pass(100)
  expect(monitor.latest?.processor?.usage).toBeUndefined()
  expect(monitor.latest?.memory?.usedBytes).toBe(1_000_000_000)
  await pass(5_000)
  expect(monitor.latest?.processor?.usage).toBeCloseTo(0.5)
  await monitor[Symbol.asyncDispose]()
})

test('the first query has what processes take now', async () => {
  const { machine, monitor, pass } = world()
  const { pid } = machine.start({ name: 'node', residentBytes: 4_000_000_000 })
  await pass(10_000)
  machine.setProcessor(pid, 0.75)
  const asked = monitor.processes({ text: 'node' })
  await pass(400)
  const { processes, matching, total } = await asked
  expect(processes[0]?.processor).toBeCloseTo(0.75)
  expect([processes[0]?.memory, matching, total]).toEqual([0.5, 1, 2])
  await expect(monitor.processes({ limit: 0 })).rejects.toMatchObject({ code: 'wrong-query' })
  expect((await monitor.tree(1)).map((process) => process.pid)).toEqual([1, pid])
  await monitor[Symbol.asyncDispose]()
})

test('a query for certain processes sees what has just begun', async () => {
  const { machine, monitor, pass } = world()
  const before = monitor.processes()
  await pass(400)
  await before
  const { pid } = machine.start({ name: 'new' })
  const asked = monitor.processes({ pids: [pid] })
  await pass(400)
  expect((await asked).processes.map(({ name }) => name)).toEqual(['new'])
  await monitor[Symbol.asyncDispose]()
})

test('who watches gets samples every second, and the interval is long again when nobody does', async () => {
  const { machine, monitor, pass } = world()
  await pass(5_000)
  const seen = []
  for await (const figures of monitor.watch()) {
    seen.push(figures)
    if (seen.length === 4) break
    void pass(1_000)
  }
  const { system } = machine.calls
  await pass(10_000)
  expect(machine.calls.system - system).toBeLessThanOrEqual(3)
  await monitor[Symbol.asyncDispose]()
})

test('a history at three resolutions, with points only where there were samples', async () => {
  const { machine, monitor, pass } = world()
  machine.load.usage = 0.5
  await pass(61_000)
  const seconds = monitor.history({ figure: 'processor.usage', resolution: '1s' })
  expect(seconds.length).toBe(12)
  expect(seconds.every(({ mean }) => mean === 0.5)).toBe(true)
  expect(monitor.history({ figure: 'memory.used', resolution: '1h' })).toMatchObject([{ mean: 0.125 }])
  expect(monitor.historyFigures()).toContain('disk.sda.busy')
  await monitor[Symbol.asyncDispose]()
})

test('alerts are raised and over, and told to who comes later', async () => {
  const { machine, metrics, monitor, pass, gathered } = world()
  const early = gathered(monitor.watchAlerts())
  machine.load.rootUsedBytes = 94e9
  await pass(70_000)
  const late = gathered(monitor.watchAlerts())
  await pass(50)
  expect(monitor.alerts()).toMatchObject([{ rule: 'file-system-filling', figure: 'fileSystem./.used' }])
  expect(metrics.value('flotilla_procmon_alerts', { severity: 'warning' })).toBe(1)
  machine.load.rootUsedBytes = 50e9
  await pass(70_000)
  for (const told of [early, late]) expect(told.map(({ state }) => state)).toEqual(['raised', 'over'])
  expect(monitor.alerts()).toEqual([])
  await monitor[Symbol.asyncDispose]()
})

test('a machine that cannot be read is a problem, and nothing old is shown beside it', async () => {
  const { machine, monitor, pass } = world()
  await pass(5_000)
  machine.failure = new Error('the kernel is upset')
  await pass(5_000)
  expect(monitor.latest).toMatchObject({ bootId: 'boot-0', problems: [{ part: 'system', code: 'failed' }] })
  expect(monitor.latest?.memory).toBeUndefined()
  machine.failure = undefined
  await pass(5_000)
  expect(monitor.latest).toMatchObject({ problems: [], memory: { usedBytes: 1_000_000_000 } })
  await monitor[Symbol.asyncDispose]()
})

test('plugins stand beside the rest, whatever they do', async () => {
  const collectors = [
    { name: 'gpu', collect: () => ({ load: 0.25 }) },
    { name: 'bad', collect: () => Promise.reject(new Error('no')) },
  ]
  const { monitor, metrics, pass } = world({ collectors })
  await pass(11_000)
  expect(monitor.latest?.extra).toEqual({ 'gpu.load': 0.25 })
  expect(monitor.latest?.problems).toEqual([{ part: 'plugin: bad', code: 'failed', message: 'no' }])
  expect(monitor.history({ figure: 'plugin.gpu.load', resolution: '1s' })).not.toEqual([])
  expect(metrics.value('flotilla_procmon_plugin', { figure: 'gpu.load' })).toBe(0.25)
  await monitor[Symbol.asyncDispose]()
})

test('orders reach the process that is meant, and no group, nor everybody', async () => {
  const { machine, monitor } = world()
  const process = machine.start({ name: 'node' })
  await monitor.setNice(process, 10)
  await monitor.signal(process, 'SIGTERM')
  expect(machine.orders).toEqual([
    { type: 'nice', process, nice: 10 },
    { type: 'signal', process, signal: 'SIGTERM' },
  ])
  await expect(monitor.signal(process, 'SIGTERM')).rejects.toMatchObject({ code: 'not-found' })
  for (const pid of [-1, 1.5, Number.NaN, 2 ** 40]) {
    await expect(monitor.signal({ ...process, pid }, 'SIGKILL')).rejects.toMatchObject({ code: 'wrong-query' })
  }
  for (const pid of [0, 1]) {
    await expect(monitor.setNice({ ...process, pid }, 1)).rejects.toMatchObject({ code: 'not-permitted' })
  }
  await expect(monitor.signal(process, 'SIGSEGV' as ProcessSignal)).rejects.toMatchObject({ code: 'wrong-query' })
  await expect(monitor.setNice(process, 20)).rejects.toMatchObject({ code: 'wrong-query' })
  expect(machine.orders).toHaveLength(2)
  await monitor[Symbol.asyncDispose]()
})

test('closing ends everything, leaves no timer, and is refused work afterwards', async () => {
  const { clock, machine, monitor, pass, gathered } = world()
  await pass(1_000)
  let isOver = false
  void (async () => {
    for await (const _ of monitor.watch());
    isOver = true
  })()
  gathered(monitor.watchAlerts())
  machine.hang()
  await pass(2_000)
  await monitor[Symbol.asyncDispose]()
  await monitor[Symbol.asyncDispose]()
  await new Promise(setImmediate)
  expect([isOver, clock.timersWaiting]).toEqual([true, 0])
  await expect(machine.system()).rejects.toMatchObject({ code: 'closed' })
  await expect(monitor.processes()).rejects.toMatchObject({ code: 'closed' })
})

test('a source that does not stop when it is told does not keep the monitor from closing', async () => {
  const { clock, machine, monitor, pass } = world()
  await pass(1_000)
  machine.system = () => new Promise(() => {})
  await pass(5_000)
  const closing = monitor[Symbol.asyncDispose]()
  await pass(2_000)
  await closing
  await expect(machine.processes()).rejects.toMatchObject({ code: 'closed' })
  expect(clock.timersWaiting).toBe(0)
})

test('wrong settings are refused', () => {
  expect(() => world({ settings: { intervalMs: 10 } })).toThrow('monitor: intervalMs is 10')
  expect(() => world({ settings: { intervalMs: 1_000, watchedIntervalMs: 2_000 } })).toThrow('from 2000')
  expect(() => world({ historyLimits: { figuresMax: -1 } })).toThrow('history: figuresMax')
  expect(() => world({ alertLimits: { rulesMax: 1 } })).toThrow('at most 1')
})

test('more figures than have room are left out, which is logged once', async () => {
  const { logger, monitor, pass } = world({ historyLimits: { figuresMax: 3 } })
  await pass(20_000)
  expect(monitor.historyFigures()).toHaveLength(3)
  expect(logger.entries.map(({ message }) => message)).toEqual([
    'there are more figures than have room in the history: raise figuresMax',
  ])
  await monitor[Symbol.asyncDispose]()
})
