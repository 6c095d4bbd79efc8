import { describe, expect, test } from 'vitest'
import type { KeyEpoch } from '../../types.ts'
import type { KeySchedules } from '../chunk-keys.ts'
import { validateThreadWorkshopLimits, type ThreadWorkshopLimits } from '../limits.ts'
import { Crew, type Thread, type ThreadEvents } from './crew.ts'
import type { Part } from './part.ts'

const keys: KeySchedules = { newest: 1 as KeyEpoch, schedules: new Map() }

/** A thread that does nothing until it is told to. */
class ScriptedThread implements Thread {
  readonly events: ThreadEvents
  readonly messages: (readonly Part[])[] = []
  keysGiven = 0
  isClosed = false

  constructor(events: ThreadEvents) {
    this.events = events
  }

  work(parts: readonly Part[]): void {
    this.messages.push(parts)
  }

  useKeys(): void {
    this.keysGiven++
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }

  /** Answers the oldest message. */
  answer(): void {
    this.events.onDone((this.messages.shift() ?? []).map((part) => ({ type: 'broken', why: nameOf(part) })))
  }
}

interface Scene {
  readonly crew: Crew
  readonly threads: ScriptedThread[]
  /** What has become of each part, in the order in which that was settled. */
  readonly settled: string[]
  readonly add: (bytes: number, ...names: readonly string[]) => Promise<void>
}

function sceneOf(limits: Partial<ThreadWorkshopLimits> = {}, threadCount = 2): Scene {
  const threads: ScriptedThread[] = []
  const settled: string[] = []
  const crew = new Crew({
    threads: threadCount,
    limits: validateThreadWorkshopLimits({ messageBytes: 100, ...limits }),
    start: (events) => {
      const thread = new ScriptedThread(events)
      threads.push(thread)
      return thread
    },
  })
  const add = async (bytes: number, ...names: readonly string[]): Promise<void> => {
    crew.add(
      names.map((name) => ({
        part: partOf(name),
        bytes,
        resolve: () => settled.push(`${name} done`),
        reject: (error) => settled.push(`${name} ${error.message}`),
      })),
    )
    await turns()
  }
  return { crew, threads, settled, add }
}

const partOf = (name: string): Part => ({ type: 'identify', kind: 'data', chunks: [new TextEncoder().encode(name)] })
const nameOf = (part: Part): string => (part.type === 'identify' ? new TextDecoder().decode(part.chunks[0]) : '')
const namesOf = (thread: ScriptedThread | undefined): readonly string[] =>
  (thread?.messages ?? []).map((parts) => parts.map(nameOf).join('+'))

describe('a crew', () => {
  test('starts a thread only when there is work for it', async () => {
    const { threads, add } = sceneOf()
    expect(threads.length).toBe(0)
    await add(10, 'a')
    expect(threads.length).toBe(1)
  })

  test('shares a call between all threads, then lets one message wait at each, and the rest here', async () => {
    const { threads, settled, add } = sceneOf()
    await add(50, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k')
    expect(threads.map(namesOf)).toEqual([
      ['a+b', 'e+f'],
      ['c+d', 'g+h'],
    ])
    threads[1]?.answer()
    expect(threads.map(namesOf)).toEqual([
      ['a+b', 'e+f'],
      ['g+h', 'i'],
    ])
    expect(settled).toEqual(['c done', 'd done'])
  })

  test('coalesces what many small calls asked for in one turn, and gives each thread its share', async () => {
    const { threads, add } = sceneOf({}, 2)
    void add(10, 'a')
    void add(10, 'b')
    void add(10, 'c')
    await add(10, 'd')
    expect(threads.map(namesOf)).toEqual([['a+b', 'd'], ['c']])
  })

  test('sends a part that is larger than a message on its own', async () => {
    const { threads, add } = sceneOf({}, 1)
    await add(1_000, 'a', 'b')
    expect(threads.map(namesOf)).toEqual([['a', 'b']])
  })

  test('refuses a call beyond the bound, wholly, and takes others when there is room again', async () => {
    const { crew, threads, add } = sceneOf({ partsWaitingMax: 3, messagesPerThreadMax: 1 }, 1)
    await add(100, 'a')
    await add(100, 'b', 'c')
    await expect(add(100, 'd', 'e')).rejects.toMatchObject({ code: 'overloaded' })
    await add(100, 'f')
    threads[0]?.answer()
    threads[0]?.answer()
    expect(threads.map(namesOf)).toEqual([['c']])
    await add(100, 'g')
    void crew
  })
})

describe('a thread that dies', () => {
  test('fails what it had under way, and nothing else; another takes its place', async () => {
    const { threads, settled, add } = sceneOf({ messagesPerThreadMax: 1 })
    await add(100, 'a', 'b', 'c')
    threads[0]?.events.onDeath(new Error('out of memory'))
    expect(settled).toEqual(['a a thread that works on chunks died'])
    expect(threads.map(namesOf)).toEqual([['a'], ['b'], ['c']])
    threads[1]?.answer()
    threads[2]?.answer()
    expect(settled.slice(1)).toEqual(['b done', 'c done'])
  })

  test('is replaced so many times, then everything fails, with the last cause', async () => {
    const { crew, threads, settled, add } = sceneOf({ threadsLostMax: 1, messagesPerThreadMax: 1 }, 1)
    await add(100, 'a', 'b', 'c')
    threads[0]?.events.onDeath(new Error('first'))
    threads[1]?.events.onDeath(new Error('second'))
    expect(settled).toEqual([
      'a a thread that works on chunks died',
      'b 2 threads that work on chunks have died',
      'c 2 threads that work on chunks have died',
    ])
    await expect(add(100, 'd')).rejects.toMatchObject({ code: 'workshop-failed', cause: new Error('second') })
    await crew.close()
  })
})

test('what cannot be sent fails alone, and closing waits for nothing then', async () => {
  const { crew, threads, settled, add } = sceneOf({}, 1)
  await add(100, 'a')
  const [thread] = threads
  Object.assign(thread ?? {}, { work: () => expect.fail('no memory') })
  await add(100, 'b')
  expect(settled).toEqual(['b no thread can be given work on chunks'])
  thread?.answer()
  await crew.close()
  expect(settled[1]).toBe('a done')
})

describe('keys and closing', () => {
  test('keys are confirmed when each thread that runs has confirmed them, or died', async () => {
    const { crew, threads, add } = sceneOf({}, 3)
    await crew.useKeys(keys)
    await add(100, 'a', 'b')
    let isConfirmed = false
    const confirmed = crew.useKeys(keys).then(() => (isConfirmed = true))
    expect(threads.map(({ keysGiven }) => keysGiven)).toEqual([1, 1])
    threads[0]?.events.onKeysUsed()
    await turns()
    expect(isConfirmed).toBe(false)
    threads[1]?.events.onDeath(undefined)
    await confirmed
  })

  test('closing waits for what was added, waiting or under way, then closes the threads', async () => {
    const { crew, threads, settled, add } = sceneOf({ messagesPerThreadMax: 1 }, 1)
    await add(100, 'a', 'b')
    let isClosed = false
    const closing = crew.close().then(() => (isClosed = true))
    await turns()
    threads[0]?.answer()
    await turns()
    expect({ isClosed, thread: threads[0]?.isClosed }).toEqual({ isClosed: false, thread: false })
    threads[0]?.answer()
    await closing
    expect(settled).toEqual(['a done', 'b done'])
    expect(threads[0]?.isClosed).toBe(true)
  })
})

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}
