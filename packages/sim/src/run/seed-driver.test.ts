import { diskPath } from '@flotilla/core/disk'
import { after, sleep } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import type { FaultKind } from '../faults/fault-plan.ts'
import { allFaults } from '../faults/fault-plan.ts'
import { repeat } from '../repeat.ts'
import type { Host, HostSpec, Run, Suite, WorldView } from '../suite.ts'
import { runSeed, type SeedOutcome } from './seed-driver.ts'

const idle: AsyncDisposable = { [Symbol.asyncDispose]: async () => {} }
const seeds = Array.from({ length: 12 }, (_, index) => index + 1)

interface Parts extends Partial<Omit<Run, 'hosts'>> {
  readonly hosts?: readonly HostSpec[]
}

function suiteOf(begin: (world: WorldView) => Parts, faults: readonly FaultKind[] = []): Suite {
  return {
    name: 'test',
    summary: 'A suite of a test.',
    faults,
    safetyMs: 5_000,
    healMs: 5_000,
    begin: (world) => ({ hosts: [], invariants: [], progress: [], ...begin(world) }),
  }
}

/** A host that lives until it is stopped. */
function host(start: (host: Host) => Promise<AsyncDisposable | void>, spec: Partial<HostSpec> = {}): HostSpec {
  return { name: 'a', ...spec, start: async (ports) => (await start(ports)) ?? idle }
}

async function sentenceOf(suite: Suite): Promise<string | undefined> {
  return (await runSeed(suite, 1)).violation?.sentence
}

describe('a run', () => {
  test('holds when nothing is wrong, and takes its virtual time', async () => {
    const outcome = await runSeed(
      suiteOf(() => ({ hosts: [host(async () => {})] })),
      1,
    )
    expect(outcome.violation).toBeUndefined()
    expect(outcome.virtualMs).toBeGreaterThanOrEqual(5_000)
    expect(outcome.lastEvents).toEqual([])
  })

  test('ends though a process gives up just before everybody is asked to stop', async () => {
    let gaveUp = false
    const givesUp = host(async (ports) => {
      if (ports.incarnation > 1) return
      const giveUp = (): void => {
        gaveUp = true
        ports.exit('enough')
      }
      ports.clock.wakeAt(after(ports.clock.now(), 6_000), giveUp)
    })
    const slow = host(async (ports) => ({ [Symbol.asyncDispose]: () => sleep(ports.clock, 5_000) }), { name: 'b' })
    const progress = [{ sentence: 'One gave up.', seen: () => gaveUp }]
    expect(await sentenceOf(suiteOf(() => ({ hosts: [givesUp, slow], progress })))).toBeUndefined()
  })

  test('ends with the first invariant that breaks, its sentence and the last events', async () => {
    const outcome = await runSeed(
      suiteOf((world) => ({
        hosts: [host(async (ports) => repeat(ports, { pauseMs: [10, 10], act: async () => ports.note('acts') }))],
        invariants: [
          { sentence: 'It is early.', check: () => (world.nowMs() > 1_000 ? 'it is late' : undefined) },
          { sentence: 'Never seen.', check: () => (world.nowMs() > 1_100 ? 'later still' : undefined) },
        ],
      })),
      1,
    )
    expect(outcome.violation).toEqual({ sentence: 'It is early.', detail: 'it is late' })
    expect(outcome.virtualMs).toBeLessThan(1_020)
    expect(outcome.lastEvents.at(-1)).toMatchObject({ where: 'world', what: 'violated' })
    expect(outcome.lastEvents.some(({ where, what }) => where === 'a' && what === 'acts')).toBe(true)
  })

  test('demands progress once everything is mended, not before', async () => {
    let seenWhenMended = false
    const begin = (world: WorldView): Parts => ({
      progress: [
        {
          sentence: 'It was mended.',
          seen() {
            seenWhenMended ||= world.isMended()
            return world.isMended()
          },
        },
      ],
    })
    expect(await sentenceOf(suiteOf(begin))).toBeUndefined()
    expect(seenWhenMended).toBe(true)
    expect(await sentenceOf(suiteOf(() => ({ progress: [{ sentence: 'Never.', seen: () => false }] })))).toBe('Never.')
  })

  test('fails when a host does not start, or does not stop, or stops with an error', async () => {
    const never = new Promise<void>(() => {})
    const stopping = (stop: () => Promise<void>): Suite =>
      suiteOf(() => ({ hosts: [host(async () => ({ [Symbol.asyncDispose]: stop }))] }))
    const starting = suiteOf(() => ({ hosts: [host(() => Promise.reject(new Error('no key')))] }))
    expect((await runSeed(starting, 1)).violation).toMatchObject({
      sentence: 'A host starts.',
      detail: expect.stringContaining('no key') as string,
    })
    expect(await sentenceOf(stopping(() => never))).toBe('A host that is asked to stop stops.')
    expect(await sentenceOf(stopping(() => Promise.reject(new Error('stuck'))))).toBe('A host stops without an error.')
  })

  test('fails when a handler throws, when time does not pass, and when the suite says so', async () => {
    const handler = suiteOf((world) => ({
      hosts: [
        host(async ({ network }) => network.open('x', { notice: () => JSON.parse('{') as void })),
        host(
          async (ports) => {
            const channel = ports.network.open('x', {})
            return repeat(ports, {
              pauseMs: [50, 50],
              act: async () => void channel.notify(world.idOf('a'), new Uint8Array()),
            })
          },
          { name: 'b' },
        ),
      ],
    }))
    const livelock = suiteOf(() => ({
      hosts: [
        host(async ({ clock }) => {
          const again = (): void => void clock.wakeAt(clock.now(), again)
          again()
        }),
      ],
    }))
    expect(await sentenceOf(handler)).toBe('No handler fails in a way that it did not foresee.')
    expect(await sentenceOf(livelock)).toBe('Time passes.')
    expect(await sentenceOf(suiteOf((world) => ({ hosts: [host(async () => world.fail('Said.', 'so'))] })))).toBe(
      'Said.',
    )
    expect(await sentenceOf(suiteOf(() => ({ hosts: [host(async (ports) => ports.fail('Mine.'))] })))).toBe('Mine.')
    expect(await sentenceOf(suiteOf(() => ({ finish: () => ({ sentence: 'Last.', detail: '' }) })))).toBe('Last.')
  })
})

test('a promise that is rejected unseen, or a throw that nobody catches, fails the run', async () => {
  const ours = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection') // The test runner's, which would take it for its own.
  try {
    const stray = suiteOf(() => ({ hosts: [host(async () => void Promise.reject(new Error('dropped')))] }))
    expect((await runSeed(stray, 1)).violation).toMatchObject({
      sentence: 'No promise is rejected unseen.',
      detail: expect.stringContaining('dropped') as string,
    })
    expect(process.listenerCount('unhandledRejection')).toBe(0)
  } finally {
    for (const listener of ours) process.on('unhandledRejection', listener)
  }
  const throwing = suiteOf(() => ({
    hosts: [
      host(async ({ clock }) => {
        clock.wakeAt(clock.now(), () => {
          throw new Error('thrown')
        })
      }),
    ],
  }))
  expect(await sentenceOf(throwing)).toBe('Nothing throws where nobody catches it.')
})

describe('a seed', () => {
  const busy = suiteOf((world) => {
    const names = ['a', 'b', 'c']
    const path = diskPath('counter')
    const start = async (ports: Host): Promise<AsyncDisposable> => {
      const channel = ports.network.open('chatter', {
        notice: (from, bytes) => ports.note('heard', `${bytes.length} from ${from}`),
        request: async ({ payload }) => payload,
      })
      return repeat(ports, {
        pauseMs: [1, 200],
        async act() {
          const peer = world.idOf(ports.random.pick(names))
          channel.notify(peer, ports.entropy.bytes(ports.random.below(100)))
          await channel.request(peer, ports.random.bytes(10), { timeoutMs: 300 }).catch(() => undefined)
          await ports.disk.replace(path, ports.random.bytes(20)).catch(() => undefined)
        },
      })
    }
    return { hosts: names.map((name) => ({ name, start })) }
  }, allFaults)

  test('does the same thing every time, whatever the faults', async () => {
    for (const seed of seeds) {
      const [first, second] = [await runSeed(busy, seed), await runSeed(busy, seed)]
      expect(second).toEqual(first)
      expect(first.violation).toBeUndefined()
    }
  })

  test('differs from every other', async () => {
    const outcomes: SeedOutcome[] = []
    for (const seed of seeds) outcomes.push(await runSeed(busy, seed))
    expect(new Set(outcomes.map(({ traceHash }) => traceHash)).size).toBe(seeds.length)
  })

  test('shows another hash when something real leaks in', async () => {
    let runs = 0
    const leaky = suiteOf(() => {
      const leaked = 10 * runs++
      return { hosts: [host(async ({ clock }) => sleep(clock, leaked))] }
    })
    expect((await runSeed(leaky, 1)).traceHash).not.toBe((await runSeed(leaky, 1)).traceHash)
  })
})
