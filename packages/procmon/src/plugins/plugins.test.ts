import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import type { Collector } from '../contract.ts'
import { Plugins } from './plugins.ts'

function world(...collectors: readonly Collector[]) {
  const clock = new ManualClock()
  const plugins = new Plugins({ collectors, clock })
  const pass = async (durationMs: number): Promise<void> => {
    clock.advance(durationMs)
    await new Promise(setImmediate)
  }
  /** What a sample finds that is taken when the calls have had time to answer. */
  const collected = async () => {
    plugins.collect()
    await pass(0)
    return plugins.collect()
  }
  return { clock, plugins, pass, collected }
}

test('figures of plugins stand under their name, until the next call', async () => {
  let calls = 0
  const { collected, pass } = world({ name: 'gpu', intervalMs: 10_000, collect: () => ({ load: ++calls }) })
  expect(await collected()).toEqual({ extra: { 'gpu.load': 1 }, problems: [] })
  await pass(9_000)
  expect((await collected()).extra).toEqual({ 'gpu.load': 1 })
  await pass(1_000)
  expect((await collected()).extra).toEqual({ 'gpu.load': 2 })
})

test('one that throws is a problem beside the rest', async () => {
  const good: Collector = { name: 'good', collect: async () => ({ one: 1 }) }
  const thrown: readonly unknown[] = [
    new Error('no GPU here'),
    'text',
    undefined,
    {
      toString: () => {
        throw new Error('no')
      },
    },
  ]
  for (const error of thrown) {
    const bad: Collector = {
      name: 'bad',
      collect: () => {
        throw error
      },
    }
    const { extra, problems } = await world(bad, good).collected()
    expect(extra).toEqual({ 'good.one': 1 })
    expect(problems).toMatchObject([{ part: 'plugin: bad', code: 'failed' }])
  }
})

test('rubbish is refused as a whole, and says why', async () => {
  const rubbish: readonly (readonly [unknown, string])[] = [
    [undefined, 'it answered undefined'],
    [null, 'it answered null'],
    [[1], 'numbers by name are wanted'],
    [{ load: '5' }, 'its figure load is no number'],
    [{ load: Number.NaN }, 'its figure load is no number'],
    [{ 'a.b': 1 }, 'must be letters'],
    [{ ['\u001B[2J'.repeat(50)]: 1 }, 'must be letters'],
    [Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`f${index}`, 1])), '65 figures, of which 64'],
  ]
  for (const [answer, why] of rubbish) {
    const { extra, problems } = await world({
      name: 'odd',
      collect: () => answer as Record<string, number>,
    }).collected()
    expect(extra).toEqual({})
    expect(problems[0]?.code).toBe('wrong-format')
    expect(problems[0]?.message).toContain(why)
    expect(problems[0]?.message).not.toContain('\u001B')
  }
})

test('one that hangs is given up, not called again, and nobody waits for it', async () => {
  const calls: PromiseWithResolvers<Record<string, number>>[] = []
  const signals: AbortSignal[] = []
  const collect = (signal: AbortSignal): Promise<Record<string, number>> => {
    const call = Promise.withResolvers<Record<string, number>>()
    calls.push(call)
    signals.push(signal)
    return call.promise
  }
  const { collected, pass } = world({ name: 'slow', intervalMs: 1_000, collect })
  expect(await collected()).toEqual({ extra: {}, problems: [] })
  calls[0]?.resolve({ load: 1 })
  await pass(1_000)
  expect((await collected()).extra).toEqual({ 'slow.load': 1 })
  for (let round = 0; round < 20; round++) await pass(1_000)
  const { extra, problems } = await collected()
  expect([calls.length, signals[1]?.aborted]).toEqual([2, true])
  expect(extra).toEqual({})
  expect(problems).toMatchObject([{ part: 'plugin: slow', code: 'deadline-exceeded' }])
  calls[1]?.resolve({ load: 2 })
  await pass(0)
  await collected()
  expect(calls).toHaveLength(3)
})

test('what was known before a problem is not shown beside it', async () => {
  let answer: Record<string, number> | undefined = { load: 1 }
  const { collected, pass } = world({ name: 'gpu', collect: () => answer as Record<string, number> })
  await collected()
  answer = undefined
  await pass(15_000)
  expect((await collected()).extra).toEqual({})
})

test('closing tells calls to stop, and makes none any more', async () => {
  const signals: AbortSignal[] = []
  const collect = (signal: AbortSignal): Promise<Record<string, number>> => {
    signals.push(signal)
    return new Promise(() => {})
  }
  const { plugins, collected } = world({ name: 'slow', collect })
  await collected()
  plugins.close()
  await collected()
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
})

test('wrong collectors are refused', () => {
  const collect = (): Record<string, number> => ({})
  const made =
    (...collectors: readonly unknown[]) =>
    () =>
      world(...(collectors as readonly Collector[]))
  expect(made({ name: 'a b', collect })).toThrow('must be letters, digits and dashes')
  expect(made({ name: 'a' })).toThrow('no function "collect"')
  expect(made({ name: 'a', collect, intervalMs: 5 })).toThrow('from 1000 on')
  expect(made({ name: 'a', collect }, { name: 'a', collect })).toThrow('same name')
  expect(made(...Array.from({ length: 33 }, (_, index) => ({ name: `p${index}`, collect })))).toThrow('32 are allowed')
})
