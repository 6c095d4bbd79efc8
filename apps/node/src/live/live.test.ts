import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { FlotillaError } from '@flotilla/core/errors'
import { ManualClock, RecordingLogger } from '@flotilla/core/testing'
import type { Clock } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import type { EventStream } from '../http/event-stream.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { ownerName } from '../http/caller.ts'
import { LiveHub, type OnNews } from './live-hub.ts'
import { LiveReader } from './live-reader.ts'
import { liveTopicsIn, type LiveTopic } from './live-topics.ts'

const { liveEveryMs, liveSilenceMsMax, liveTopicsMax, liveTopicsPerNameMax, liveTopicsTogetherMax } = nodeLimitsDefaults
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A hub over answers that the test sets. */
function hubOver(answers: Map<string, () => unknown>) {
  const clock = new ManualClock()
  const asked: string[] = []
  const logger = new RecordingLogger()
  const ask = async (path: string): Promise<unknown> => {
    asked.push(path)
    return await answers.get(path)?.()
  }
  const made = new LiveHub({ clock, logger, ask })
  const hub = {
    follow: (topics: readonly LiveTopic[], onNews: OnNews, name = ownerName) => made.follow(topics, onNews, name),
    get topics() {
      return made.topics
    },
  }
  const second = async (): Promise<void> => {
    clock.advance(liveEveryMs)
    await settled()
  }
  return { hub, clock, asked, logger, second }
}

const told = (json: string): unknown => {
  const { topic, value, error } = JSON.parse(json) as Readonly<Record<string, unknown>>
  return error === undefined ? [topic, value] : [topic, error]
}

describe('what is watched', () => {
  test('is asked once for all who watch it, and told when it has changed only', async () => {
    const answers = new Map([['/v1/nodes', (): unknown => ({ nodes: 1 })]])
    const { hub, asked, second } = hubOver(answers)
    const [first, other]: [unknown[], unknown[]] = [[], []]
    using _one = hub.follow(liveTopicsIn('nodes'), (_topic, json) => first.push(told(json)))
    await settled()
    using _two = hub.follow(liveTopicsIn('nodes'), (_topic, json) => other.push(told(json)))
    expect(other).toEqual([['nodes', { nodes: 1 }]])
    await second()
    expect(asked).toEqual(['/v1/nodes', '/v1/nodes'])
    expect(first).toEqual([['nodes', { nodes: 1 }]])
    answers.set('/v1/nodes', () => ({ nodes: 2 }))
    await second()
    expect(first.at(-1)).toEqual(['nodes', { nodes: 2 }])
    expect(other).toEqual(first)
  })

  test('is not asked while nobody watches', async () => {
    const { hub, asked, clock, second } = hubOver(new Map())
    hub.follow(liveTopicsIn('nodes,raft'), () => {})[Symbol.dispose]()
    expect(clock.timersWaiting).toBe(0)
    await second()
    await second()
    expect(asked).toEqual(['/v1/nodes', '/v1/raft'])
    expect(hub.topics).toBe(0)
  })

  test('is not asked again before it has answered, and holds nothing else up', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    const answers = new Map<string, () => unknown>([['/v1/vms', () => promise]])
    const { hub, asked, second } = hubOver(answers)
    const news: unknown[] = []
    using _ = hub.follow(liveTopicsIn('vms,nodes'), (_topic, json) => news.push(told(json)))
    await settled()
    await second()
    await second()
    expect(asked.filter((path) => path === '/v1/vms')).toHaveLength(1)
    expect(asked.filter((path) => path === '/v1/nodes')).toHaveLength(3)
    resolve('late')
    await settled()
    expect(news).toContainEqual(['vms', 'late'])
  })

  test('says what was refused, and logs what failed', async () => {
    const answers = new Map<string, () => unknown>([
      ['/v1/locks', () => Promise.reject(new FlotillaError('no-leader', 'nobody leads', { hint: 'wait' }))],
      ['/v1/raft', () => Promise.reject(new Error('a bug'))],
    ])
    const { hub, logger } = hubOver(answers)
    const news: unknown[] = []
    using _ = hub.follow(liveTopicsIn('locks,raft'), (_topic, json) => news.push(told(json)))
    await settled()
    expect(news).toContainEqual(['locks', { code: 'no-leader', message: 'nobody leads', hint: 'wait' }])
    expect(news).toContainEqual(['raft', expect.objectContaining({ code: 'failed' })])
    expect(logger.entries.map(({ level }) => level)).toEqual(['error'])
  })

  test('is bounded for all together', () => {
    const { hub } = hubOver(new Map())
    const topic = (name: string) => ({ name, path: '/v1/nodes' })
    const many = Array.from({ length: liveTopicsTogetherMax }, (_, index) => topic(String(index)))
    using _ = hub.follow(many, () => {})
    expect(() => hub.follow([topic('more')], () => {})).toThrow('too many')
    // What is watched already costs nothing.
    hub.follow([topic('0')], () => {})[Symbol.dispose]()
  })

  test('is bounded for each name, so that one leaves room for others', () => {
    const { hub } = hubOver(new Map())
    const topic = (name: string) => ({ name, path: '/v1/nodes' })
    const many = Array.from({ length: liveTopicsPerNameMax }, (_, index) => topic(String(index)))
    const first = hub.follow(many.slice(1), () => {}, 'ann')
    using _second = hub.follow(many, () => {}, 'ann')
    expect(() => hub.follow([topic('more')], () => {}, 'ann')).toThrow('under this name')
    using _bob = hub.follow([topic('more')], () => {}, 'bob')
    // Also what another one watches already is one more of hers, until she ends some.
    expect(() => hub.follow([topic('more')], () => {}, 'ann')).toThrow('under this name')
    first[Symbol.dispose]()
    expect(() => hub.follow([topic('more')], () => {}, 'ann')).toThrow('under this name')
    _second[Symbol.dispose]()
    hub.follow([topic('more')], () => {}, 'ann')[Symbol.dispose]()
  })

  test('is asked later for nobody’s request', async () => {
    const [clock, requests] = [new ManualClock(), new AsyncLocalStorage<string>()]
    const askedFor: unknown[] = []
    // A timer of Node keeps the context that it was set in.
    const real = { now: () => clock.now(), wallNow: () => clock.wallNow() }
    const wakeAt: Clock['wakeAt'] = (at, wake) => clock.wakeAt(at, AsyncResource.bind(wake))
    const ask = async (): Promise<number> => askedFor.push(requests.getStore())
    using hub = new LiveHub({ clock: { ...real, wakeAt }, logger: new RecordingLogger(), ask })
    using _ = requests.run('mine', () => hub.follow(liveTopicsIn('nodes'), () => {}, 'ann'))
    for (let turn = 0; turn < 2; turn++) {
      await settled()
      clock.advance(liveEveryMs)
    }
    expect(askedFor).toEqual(['mine', undefined, undefined])
  })
})

describe('topics', () => {
  test('become paths, with what stands behind them', () => {
    const paths = liveTopicsIn('nodes,machine/ann,processes?sort=memory&node=a%2Cb,nodes,vm/web%2F1?node=x')
    expect(paths.map(({ path }) => path)).toEqual([
      '/v1/nodes',
      '/v1/machines/ann',
      '/v1/processes?sort=memory&node=a%2Cb',
      '/v1/vms/web%2F1?node=x',
    ])
  })

  test.each(['', 'nothing', 'users', 'nodes/ann', 'machine', 'machine/a/b', '../metrics', 'constructor', 'nodes#x'])(
    '%j is refused',
    (text) => {
      expect(() => liveTopicsIn(text)).toThrow(expect.objectContaining({ code: 'wrong-parameter' }))
    },
  )

  test('are bounded for each who watches', () => {
    const names = Array.from({ length: liveTopicsMax + 1 }, (_, index) => `machine/${index}`)
    expect(() => liveTopicsIn(names.join(','))).toThrow('too many')
  })
})

/** Who reads when the test says so. */
class SlowStream implements EventStream {
  readonly gone = new AbortController()
  readonly sent: string[] = []
  #drained = Promise.withResolvers<void>()

  get signal(): AbortSignal {
    return this.gone.signal
  }

  send(event: object): void {
    this.sendText(JSON.stringify(event))
  }

  sendText(json: string): void {
    this.sent.push(json)
  }

  drained(): Promise<void> {
    return this.#drained.promise
  }

  cut(): void {
    this.gone.abort()
  }

  read(): void {
    this.#drained.resolve()
    this.#drained = Promise.withResolvers()
  }
}

describe('a slow reader', () => {
  test('gets the newest of each topic, however many there were', async () => {
    const [clock, stream] = [new ManualClock(), new SlowStream()]
    const reader = new LiveReader(stream, clock)
    const run = reader.run(stream.signal)
    reader.news('a', 'a0')
    await settled()
    for (let turn = 1; turn <= 1_000; turn++) {
      reader.news('a', `a${turn}`)
      reader.news('b', `b${turn}`)
    }
    expect(reader.waiting).toBe(2)
    for (let turn = 0; turn < 3; turn++) {
      stream.read()
      await settled()
    }
    expect(stream.sent).toEqual(['a0', 'a1000', 'b1000'])
    stream.gone.abort()
    await run
  })

  test('leaves nothing behind of what was sent, for as long as it reads', async () => {
    const [clock, gone] = [new ManualClock(), new AbortController()]
    const stream = { signal: gone.signal, send() {}, sendText() {}, drained: () => Promise.resolve(), cut() {} }
    const reader = new LiveReader(stream, clock)
    const run = reader.run(gone.signal)
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const used = (): number => (collect(), process.memoryUsage().heapUsed)
    const turns = async (count: number): Promise<void> => {
      for (let turn = 0; turn < count; turn++) {
        reader.news('a', 'a')
        if (turn % 8 === 0) await settled()
        for (let wait = 0; wait < 8; wait++) await Promise.resolve()
      }
    }
    await turns(1_000)
    const before = used()
    await turns(20_000)
    expect(reader.waiting).toBe(0)
    expect((used() - before) / 20_000).toBeLessThan(64)
    gone.abort()
    await run
  })

  test('that reads nothing for too long is cut off', async () => {
    const [clock, stream] = [new ManualClock(), new SlowStream()]
    const run = new LiveReader(stream, clock)
    const ended = run.run(stream.signal)
    run.news('a', 'a0')
    await settled()
    clock.advance(liveSilenceMsMax - 1)
    expect(stream.signal.aborted).toBe(false)
    clock.advance(1)
    await ended
    expect(stream.signal.aborted).toBe(true)
  })
})
