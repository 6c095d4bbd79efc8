import { FlotillaError } from '@flotilla/core/errors'
import { silentLogger } from '@flotilla/core/observe'
import { nodeEntropy } from '@flotilla/core/random/node'
import { ManualClock } from '@flotilla/core/testing'
import type { AcquireOptions, Lock, Locks } from '@flotilla/locks'
import { expect, test } from 'vitest'
import type { EventStream } from '../http/event-stream.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { problemOf } from '../schema/checking.ts'
import { holdDocument, LockHolds, type Wish } from './lock-holds.ts'

interface Event {
  readonly event: string
  readonly hold?: string
}

/** Who reads the events, and may go away. */
class Reader implements EventStream {
  readonly gone = new AbortController()
  readonly events: Event[] = []

  get signal(): AbortSignal {
    return this.gone.signal
  }

  get types(): readonly string[] {
    return this.events.map(({ event }) => event)
  }

  send(event: object): void {
    if (!this.signal.aborted) this.events.push(event as Event)
  }

  sendText(json: string): void {
    this.send(JSON.parse(json) as Event)
  }

  cut(): void {
    this.gone.abort()
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }
}

/** Locks of which each is granted when the test says so. */
class ToldLocks {
  readonly lost = new AbortController()
  readonly released: string[] = []
  readonly asked: (AcquireOptions & { readonly key: string })[] = []
  #grant: () => void = () => {}

  get locks(): Locks {
    // The rest is not asked for.
    return this as unknown as Locks
  }

  grant(): void {
    this.#grant()
  }

  acquire(key: string, options: AcquireOptions): Promise<Lock> {
    this.asked.push({ key, ...options })
    return new Promise((resolve, reject) => {
      options.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error), { once: true })
      const release = (): Promise<boolean> => {
        this.released.push(key)
        return Promise.resolve(true)
      }
      this.#grant = () => resolve({ key, token: 7, signal: this.lost.signal, release } as unknown as Lock)
    })
  }

  inspect(key: string): Promise<unknown> {
    return Promise.resolve({ key })
  }
}

const wish: Wish = { key: 'build', mode: 'exclusive', wait: true, value: 'make' }
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function begin(document: Wish = wish) {
  const [clock, told, reader] = [new ManualClock(), new ToldLocks(), new Reader()]
  const holds = new LockHolds({ clock, entropy: nodeEntropy(), logger: silentLogger })
  const served = holds.serve(told.locks, document, reader)
  return { clock, told, reader, holds, served }
}

async function held() {
  const begun = begin()
  begun.told.grant()
  await turn()
  expect(begun.reader.events).toMatchObject([{ event: 'granted', key: 'build', token: 7 }])
  return { ...begun, hold: begun.reader.events[0]?.hold ?? '' }
}

test('what is asked for is handed on, and who has it is said after a while', async () => {
  const { clock, told, reader, served } = begin({ ...wish, timeoutMs: 5_000 })
  expect(told.asked).toMatchObject([{ key: 'build', mode: 'exclusive', wait: true, value: 'make', timeoutMs: 5_000 }])
  clock.advance(nodeLimitsDefaults.waitingToldAfterMs)
  await turn()
  clock.advance(3 * nodeLimitsDefaults.beatEveryMs)
  expect(reader.types).toEqual(['waiting', 'beat', 'beat', 'beat'])
  reader.gone.abort(new FlotillaError('gone', 'the test says so'))
  await expect(served).rejects.toMatchObject({ code: 'gone' })
  expect(clock.timersWaiting).toBe(0)
})

test.each([
  { ...wish, mode: 'both' },
  { ...wish, wait: 1 },
  { ...wish, timeoutMs: 0 },
  { ...wish, more: 1 },
  { key: 'build' },
])('%j is refused', (document) => {
  expect(problemOf(holdDocument, document, 'it')).toBeDefined()
})

test('whoever goes away releases it, and nobody is told anything any more', async () => {
  const { told, reader, served, holds, clock } = await held()
  reader.gone.abort()
  await served
  expect(told.released).toEqual(['build'])
  expect(holds.count).toBe(0)
  expect(clock.timersWaiting).toBe(0)
})

test('whoever asks for the end hears of it when others can have it', async () => {
  const { told, reader, served, holds, hold } = await held()
  await expect(holds.release('another')).rejects.toMatchObject({ code: 'no-such-hold' })
  await holds.release(hold)
  expect(told.released).toEqual(['build'])
  await served
  expect(reader.types).toEqual(['granted', 'released'])
  await expect(holds.release(hold)).rejects.toMatchObject({ code: 'no-such-hold' })
})

test('a lock that is lost is said to be lost, and not released', async () => {
  const { told, reader, served } = await held()
  told.lost.abort(new FlotillaError('session-expired', 'the lease is over'))
  await served
  expect(reader.events.at(-1)).toEqual({ event: 'lost', code: 'session-expired', message: 'the lease is over' })
  expect(told.released).toEqual([])
})

test('a node that stops waits for those who hold to end', async () => {
  const { told, reader, served, holds, hold } = await held()
  const drained = holds.drain()
  expect(reader.types).toEqual(['granted', 'stopping'])
  expect(told.released).toEqual([])
  await expect(holds.serve(told.locks, wish, new Reader())).rejects.toMatchObject({
    code: 'closed',
  })
  await holds.release(hold)
  await served
  expect(await drained).toBe(true)
})

test('a node that stops does not wait for ever, and says that somebody may still be at work', async () => {
  const { told, holds, clock } = await held()
  const drained = holds.drain()
  clock.advance(nodeLimitsDefaults.lockDrainMs)
  expect(await drained).toBe(false)
  expect(told.released).toEqual([])
})

test('a node that stops gives up what is waited for', async () => {
  const { holds, served } = begin()
  const ended = served.catch((error: unknown) => error)
  expect(await holds.drain()).toBe(true)
  expect(await ended).toMatchObject({ code: 'closed' })
})
