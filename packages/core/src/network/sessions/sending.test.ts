import { expect, test } from 'vitest'
import { outcomeOf } from '../../testing/network-conformance/outcome.ts'
import { turns } from '../../testing/memory-network/turns.ts'
import type { ByteStream } from '../index.ts'
import { codeOf, peer, ScriptedPeer } from './scripted-peer.ts'

const empty = new Uint8Array()
const kib = (count: number): Uint8Array => new Uint8Array(count * 1_024)

test('callers that give up while nothing leaves do not pile up requests', async () => {
  const scripted = new ScriptedPeer({ requestsInFlightMax: 3, messageBytesMax: 1_024, messageBytesHeldMax: 2_048 })
  const channel = scripted.network.open('name', {})
  const giveUp = async (payload: Uint8Array): Promise<string> => {
    const code = codeOf(() => channel.request(peer, payload, { timeoutMs: 10 }))
    scripted.clock.advance(10)
    return code
  }
  expect([await giveUp(empty), await giveUp(empty), await giveUp(empty)]).toEqual([
    'deadline-exceeded',
    'deadline-exceeded',
    'deadline-exceeded',
  ])
  expect(await giveUp(empty)).toBe('overloaded')
  expect(scripted.kinds()).toEqual(['request', 'cancel', 'request', 'cancel', 'request', 'cancel'])
  scripted.leave(1)
  expect([await giveUp(kib(1)), await giveUp(empty)]).toEqual(['deadline-exceeded', 'overloaded'])
  scripted.leave(4)
  expect([await giveUp(kib(1)), await giveUp(kib(1))]).toEqual(['deadline-exceeded', 'overloaded'])
  scripted.leave()
  expect([await giveUp(kib(1)), await giveUp(kib(1))]).toEqual(['deadline-exceeded', 'deadline-exceeded'])
  expect(scripted.network.figures(peer)?.requestsWaiting).toBe(0)
})

test('openers that give up while nothing leaves do not pile up streams', async () => {
  const scripted = new ScriptedPeer({ streamsOpenMax: 2 })
  const channel = scripted.network.open('name', {})
  const giveUp = async (): Promise<string> => {
    const cancel = new AbortController()
    const code = codeOf(() => channel.openStream(peer, { signal: cancel.signal }))
    cancel.abort(new Error('given up'))
    return code
  }
  expect([await giveUp(), await giveUp(), await giveUp()]).toEqual(['Error: given up', 'Error: given up', 'overloaded'])
  scripted.leave()
  expect(await giveUp()).toBe('Error: given up')
  expect(scripted.network.figures(peer)?.streamsOpen).toBe(0)
})

test('however much room a reader claims, one window of a stream waits to be sent, in pieces of 64 KiB', async () => {
  const scripted = new ScriptedPeer({ streamWindowBytes: 150 * 1_024 })
  const opening = scripted.network.open('name', {}).openStream(peer)
  scripted.receive({ kind: 'stream-accept', stream: 0, window: 2 ** 40 })
  const stream = await opening
  const write = outcomeOf(stream.write(kib(1_000)))
  const lengths = (): readonly number[] => scripted.take('stream-data').map(({ payload }) => payload.byteLength / 1_024)
  expect(lengths()).toEqual([64, 64, 22])
  scripted.leave(1) // The opening.
  expect(lengths()).toEqual([])
  scripted.leave(1)
  expect(lengths()).toEqual([64])
  scripted.leave(3)
  expect(lengths()).toEqual([64, 64, 22])
  expect(write.settled).toBe(false)
  for (let times = 0; times < 10; times++) scripted.leave()
  await turns()
  expect(write.settled).toBe(true)
  expect(lengths().reduce((sum, length) => sum + length, 0)).toBe(1_000 - 364)
  const ended = outcomeOf(stream.end())
  stream.reset('enough')
  scripted.leave()
  await turns()
  expect(ended.error).toMatchObject({ code: 'closed' })
  expect(scripted.kinds()).toEqual(['stream-open', 'stream-end', 'stream-reset'])
})

test('after a reset nothing more of a stream is sent, though more of it leaves', async () => {
  const scripted = new ScriptedPeer({ streamWindowBytes: 1_024 })
  const opening = scripted.network.open('name', {}).openStream(peer)
  scripted.receive({ kind: 'stream-accept', stream: 0, window: 2 ** 40 })
  const stream: ByteStream = await opening
  const write = codeOf(() => stream.write(kib(3)))
  const ended = codeOf(() => stream.end())
  stream.reset('enough')
  scripted.leave()
  expect([await write, await ended]).toEqual(['closed', 'closed'])
  expect(scripted.kinds()).toEqual(['stream-open', 'stream-data', 'stream-reset'])
})

test('notices are refused and counted until those before have left', () => {
  const scripted = new ScriptedPeer({ noticesQueuedMax: 2, messageBytesMax: 1_024, messageBytesHeldMax: 1_024 })
  const channel = scripted.network.open('name', {})
  const notify = (payload: Uint8Array): boolean => channel.notify(peer, payload)
  expect([notify(kib(1)), notify(Uint8Array.of(1)), notify(empty), notify(empty)]).toEqual([true, false, true, false])
  expect(scripted.network.figures(peer)).toMatchObject({ noticesRefused: 2, noticesWaiting: 2 })
  scripted.leave()
  expect([notify(kib(1)), notify(empty)]).toEqual([true, true])
})

test('publications of a node whose peer takes nothing are dropped and counted, and others do not wait for them', () => {
  const scripted = new ScriptedPeer({ publicationsQueuedMax: 10 })
  const channel = scripted.network.open('name', {})
  expect(channel.publish('red', empty)).toBe(0)
  scripted.receive({ kind: 'subscribe', topic: 'red' })
  for (let count = 0; count < 25; count++) expect(channel.publish('red', empty)).toBe(1)
  expect(scripted.network.figures(peer)).toMatchObject({ publicationsDropped: 5, publicationsWaiting: 10 })
  expect(channel.notify(peer, empty)).toBe(true)
  expect(scripted.kinds()).toEqual([...Array.from({ length: 10 }, () => 'publication'), 'notice'])
  scripted.leave()
  expect(scripted.take('publication')).toHaveLength(20)
})

test('answers that have not left count, and when the connection breaks they count no more', async () => {
  const scripted = new ScriptedPeer({ messageBytesMax: 1_024, messageBytesHeldMax: 1_024 })
  scripted.network.open('name', { request: async () => kib(1) })
  scripted.network.open('slow', { request: () => new Promise(() => {}) })
  scripted.receive({ kind: 'request', channel: 'slow', call: 1, payload: empty }) // So its work is remembered.
  let call = 1
  const answered = async (): Promise<readonly string[]> => {
    scripted.sent.length = 0
    scripted.receive({ kind: 'request', call: ++call, payload: empty })
    await turns()
    return scripted.kinds()
  }
  expect([await answered(), await answered()]).toEqual([['answer'], ['failure']])
  scripted.leave()
  expect(await answered()).toEqual(['answer'])
  scripted.disconnect()
  scripted.connect()
  expect(await answered()).toEqual(['answer'])
  scripted.leave() // Also the frame of the connection that broke.
  expect([await answered(), await answered()]).toEqual([['answer'], ['failure']])
})
