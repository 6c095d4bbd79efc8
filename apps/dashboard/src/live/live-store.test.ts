import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiFailure } from '../api/api-failure.ts'
import { pageLimitsDefaults } from '../limits.ts'
import { LiveStore } from './live-store.ts'

const { retryMsMax, retryMsMin, silenceMsMax } = pageLimitsDefaults

/** A node that tells what the test says. */
class ToldNode {
  readonly opened: (readonly string[])[] = []
  #told: { readonly push: (event: object) => void; readonly end: (error?: Error) => void } | undefined

  open = (topics: readonly string[], signal: AbortSignal): AsyncIterable<unknown> => {
    this.opened.push(topics)
    const stream = new ReadableStream<object>({
      start: (controller) => {
        this.#told = {
          push: (event) => controller.enqueue(event),
          end: (error) => (error === undefined ? controller.close() : controller.error(error)),
        }
        signal.addEventListener('abort', () => {
          if (this.#told !== undefined) controller.error(signal.reason)
        })
      },
    })
    return stream
  }

  async tell(event: object): Promise<void> {
    this.#told?.push(event)
    await vi.advanceTimersByTimeAsync(0)
  }

  async end(error?: Error): Promise<void> {
    const told = this.#told
    this.#told = undefined
    told?.end(error)
    await vi.advanceTimersByTimeAsync(0)
  }
}

function storeOf(node: ToldNode): LiveStore {
  return new LiveStore({ open: node.open, now: () => Date.now(), chance: () => 0 })
}

const news = (topic: string, value: unknown): object => ({ event: 'live', topic, value })
const soon = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the live store', () => {
  test('opens one stream for all that is watched, and tells each what is new', async () => {
    const [node, told] = [new ToldNode(), vi.fn<() => void>()]
    const store = storeOf(node)
    store.watch('nodes', told)
    store.watch('nodes', () => told())
    store.watch('raft', () => {})
    await soon()
    expect(node.opened).toEqual([['nodes', 'raft']])
    await node.tell(news('nodes', 1))
    expect(store.state).toEqual({ type: 'live' })
    expect(store.value('nodes')).toEqual({ value: 1 })
    expect(told).toHaveBeenCalledTimes(2)
    store.close()
  })

  test('asks for something else when something else is watched, once for a whole change of pages', async () => {
    const node = new ToldNode()
    const store = storeOf(node)
    const leave = store.watch('nodes', () => {})
    await soon()
    leave()
    store.watch('raft', () => {})
    store.watch('locks', () => {})
    await soon()
    expect(node.opened).toEqual([['nodes'], ['raft', 'locks']])
    expect(store.state).toEqual({ type: 'connecting' })
    store.close()
  })

  test('keeps what was there when the node refuses a topic later', async () => {
    const node = new ToldNode()
    const store = storeOf(node)
    store.watch('locks', () => {})
    await soon()
    await node.tell(news('locks', 1))
    const error = { code: 'no-leader', message: 'nobody leads', hint: 'wait' }
    await node.tell({ event: 'live', topic: 'locks', error })
    expect(store.value('locks')).toEqual({ value: 1, failure: error })
    await node.tell(news('locks', 2))
    expect(store.value('locks')).toEqual({ value: 2 })
    store.close()
  })

  test('comes back by itself, soon at first and then ever later', async () => {
    const node = new ToldNode()
    const store = storeOf(node)
    store.watch('nodes', () => {})
    await soon()
    await node.tell(news('nodes', 1))
    const waits: number[] = []
    for (let turn = 0; turn < 6; turn++) {
      await node.end()
      expect(store.state.type).toBe('lost')
      const waitMs = store.state.type === 'lost' ? store.state.retryAtMs - Date.now() : 0
      waits.push(waitMs)
      await vi.advanceTimersByTimeAsync(waitMs)
    }
    expect(waits).toEqual([retryMsMin, 1_000, 2_000, 4_000, retryMsMax, retryMsMax])
    expect(store.value('nodes')).toEqual({ value: 1 })
    await node.tell({ event: 'beat' })
    expect(store.state).toEqual({ type: 'live' })
    await node.end()
    expect(store.state).toMatchObject({ retryAtMs: Date.now() + retryMsMin })
    store.close()
  })

  test('takes a node that says nothing for lost', async () => {
    const node = new ToldNode()
    const store = storeOf(node)
    store.watch('nodes', () => {})
    await soon()
    for (let second = 0; second < 10; second++) {
      await vi.advanceTimersByTimeAsync(silenceMsMax - 1)
      await node.tell({ event: 'beat' })
    }
    expect(store.state.type).toBe('live')
    await vi.advanceTimersByTimeAsync(silenceMsMax)
    expect(store.state.type).toBe('lost')
    store.close()
  })

  test('does not try again where somebody has to log in', async () => {
    const node = new ToldNode()
    const store = storeOf(node)
    store.watch('nodes', () => {})
    await soon()
    await node.end(new ApiFailure({ code: 'session-ended', message: 'over', hint: 'log in', status: 401 }))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(node.opened).toHaveLength(1)
    store.close()
  })

  test('lets go while nobody sees the page, and of everything when it is closed', async () => {
    const node = new ToldNode()
    const store = storeOf(node)
    store.watch('nodes', () => {})
    await soon()
    store.pause(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(node.opened).toHaveLength(1)
    store.pause(false)
    await soon()
    expect(node.opened).toHaveLength(2)
    store.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(node.opened).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })
})
