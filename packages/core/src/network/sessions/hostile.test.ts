import { expect, test } from 'vitest'
import { turns } from '../../testing/memory-network/turns.ts'
import type { ByteStream } from '../index.ts'
import { codeOf, peer, ScriptedPeer } from './scripted-peer.ts'

const empty = new Uint8Array()
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7)
const limits = { streamWindowBytes: 1_024, topicsSubscribedMax: 2, messageBytesMax: 1_024 }
const numbersThatAreNone = [0.5, -1, Number.NaN, Infinity, 2 ** 53]

function busy(): { scripted: ScriptedPeer; streams: ByteStream[] } {
  const scripted = new ScriptedPeer(limits)
  const streams: ByteStream[] = []
  scripted.network.open('name', {
    request: () => new Promise(() => {}),
    stream: async (stream) => {
      streams.push(stream)
      await new Promise(() => {})
    },
  })
  return { scripted, streams }
}

test('a request has a number above the one before', () => {
  const { scripted } = busy()
  for (const call of [0, ...numbersThatAreNone]) {
    expect(scripted.complaint({ kind: 'request', call, payload: empty })).toBe(
      'peer numbers a request not above the one before',
    )
  }
  expect(scripted.complaint({ kind: 'request', call: 5, payload: empty })).toBeUndefined()
  for (const call of [5, 4, 1]) {
    expect(scripted.complaint({ kind: 'request', call, payload: empty })).toContain('numbers a request')
  }
  // Also one that nobody serves has had its number.
  expect(scripted.complaint({ kind: 'request', channel: 'none', call: 6, payload: empty })).toBeUndefined()
  expect(scripted.complaint({ kind: 'request', call: 6, payload: empty })).toContain('numbers a request')
  expect(scripted.network.figures(peer)?.requestsRunning).toBe(1)
})

test('only what was asked is cancelled or answered', async () => {
  const { scripted } = busy()
  for (const call of [...numbersThatAreNone, 0, 2]) {
    expect(scripted.complaint({ kind: 'cancel', call })).toContain('cancels a request that it never made')
    expect(scripted.complaint({ kind: 'answer', call, payload: empty })).toContain('answers a request')
    expect(scripted.complaint({ kind: 'failure', call, code: 'overloaded', reason: '' })).toContain('answers a request')
  }
  const channel = scripted.network.open('asking', {})
  const asked = channel.request(peer, empty, { timeoutMs: 1_000 })
  const [request] = scripted.take('request')
  const call = request?.call
  expect(scripted.complaint({ kind: 'failure', call, code: 'closed', reason: 'so' })).toContain('a reason that is none')
  expect(scripted.complaint({ kind: 'answer', call, payload: bytes(3) })).toBeUndefined()
  expect(await asked).toEqual(bytes(3))
})

test('what an honest peer sends too late is nothing', async () => {
  const { scripted } = busy()
  const channel = scripted.network.open('asking', {})
  const cancel = new AbortController()
  const outcomes = [1, 2].map(() =>
    codeOf(() => channel.request(peer, empty, { timeoutMs: 1_000, signal: cancel.signal })),
  )
  cancel.abort()
  await Promise.all(outcomes)
  expect(scripted.complaint({ kind: 'answer', call: 1, payload: empty })).toBeUndefined()
  expect(scripted.complaint({ kind: 'failure', call: 2, code: 'overloaded', reason: '' })).toBeUndefined()
  scripted.receive({ kind: 'request', channel: 'none', call: 1, payload: empty })
  expect(scripted.complaint({ kind: 'cancel', call: 1 })).toBeUndefined()
  expect(scripted.complaint({ kind: 'publication', topic: 'never', payload: empty })).toBeUndefined()
  scripted.receive({ kind: 'stream-open', stream: 1, window: 10, payload: empty })
  scripted.receive({ kind: 'stream-reset', stream: 1, code: 'stream-reset', reason: 'enough' })
  const ours = codeOf(() => channel.openStream(peer))
  scripted.receive({ kind: 'stream-reset', stream: 0, code: 'overloaded', reason: 'full' })
  expect(await ours).toBe('overloaded')
  for (const stream of [0, 1]) {
    for (const body of [
      { kind: 'stream-accept', window: 1 },
      { kind: 'stream-data', payload: bytes(9_999) },
      { kind: 'stream-credit', room: 2 ** 50 },
      { kind: 'stream-end' },
      { kind: 'stream-read' },
      { kind: 'stream-reset', code: 'stream-reset', reason: '' },
    ]) {
      expect(scripted.complaint({ stream, ...body })).toBeUndefined()
    }
  }
})

test('a stream has a number of its opener, above the one before', () => {
  const { scripted, streams } = busy()
  const open = (stream: number) => scripted.complaint({ kind: 'stream-open', stream, window: 10, payload: empty })
  for (const stream of [0, 2, ...numbersThatAreNone]) expect(open(stream)).toContain('numbers a stream')
  expect(open(3)).toBeUndefined()
  for (const stream of [3, 1, 4]) expect(open(stream)).toContain('numbers a stream')
  scripted.receive({ kind: 'stream-open', channel: 'none', stream: 5, window: 10, payload: empty })
  expect(open(5)).toContain('numbers a stream')
  for (const window of numbersThatAreNone) {
    expect(scripted.complaint({ kind: 'stream-open', stream: 7, window, payload: empty })).toBeDefined()
  }
  expect(streams).toHaveLength(1)
  for (const stream of [2, 9, ...numbersThatAreNone]) {
    expect(scripted.complaint({ kind: 'stream-end', stream })).toContain('of a stream that never was')
  }
})

test('a stream is accepted once; before that it has no room and no end, though data of it may have come', async () => {
  const { scripted } = busy()
  const opening = scripted.network.open('opening', {}).openStream(peer)
  expect(scripted.complaint({ kind: 'stream-credit', stream: 0, room: 1 })).toContain('more room in a stream')
  expect(scripted.complaint({ kind: 'stream-read', stream: 0 })).toContain('an end that it has not')
  expect(scripted.complaint({ kind: 'stream-data', stream: 0, payload: bytes(1_025) })).toContain('than there is room')
  expect(scripted.complaint({ kind: 'stream-data', stream: 0, payload: bytes(3) })).toBeUndefined()
  for (const window of numbersThatAreNone) {
    expect(scripted.complaint({ kind: 'stream-accept', stream: 0, window })).toContain('accepts a stream')
  }
  expect(scripted.complaint({ kind: 'stream-accept', stream: 0, window: 10 })).toBeUndefined()
  expect((await (await opening)[Symbol.asyncIterator]().next()).value).toEqual(bytes(3))
  expect(scripted.complaint({ kind: 'stream-accept', stream: 0, window: 10 })).toContain('was accepted')
  scripted.receive({ kind: 'stream-open', stream: 1, window: 10, payload: empty })
  expect(scripted.complaint({ kind: 'stream-accept', stream: 1, window: 10 })).toContain('was accepted')
})

test('a stream carries no more than there is room for, nothing empty, and nothing after its end', async () => {
  const { scripted, streams } = busy()
  scripted.receive({ kind: 'stream-open', stream: 1, window: 10, payload: empty })
  const data = (length: number) => scripted.complaint({ kind: 'stream-data', stream: 1, payload: bytes(length) })
  expect(data(0)).toContain('that are none')
  expect(data(1_025)).toContain('more of a stream than there is room for')
  expect(data(1_000)).toBeUndefined()
  expect(data(25)).toContain('more of a stream than there is room for')
  expect(data(24)).toBeUndefined()
  expect(data(1)).toContain('more of a stream than there is room for')
  const reader = streams[0]?.[Symbol.asyncIterator]()
  await reader?.next()
  expect(scripted.take('stream-credit').map(({ room }) => room)).toEqual([1_024])
  expect(data(1_024)).toBeUndefined()
  expect(scripted.complaint({ kind: 'stream-end', stream: 1 })).toBeUndefined()
  expect(data(1)).toContain('goes on with a stream that it ended')
  expect(scripted.complaint({ kind: 'stream-end', stream: 1 })).toContain('ends a stream twice')
})

test('a peer gives no more room than it said that it had, and has read no end that there was not', async () => {
  const { scripted, streams } = busy()
  scripted.receive({ kind: 'stream-open', stream: 1, window: 10, payload: empty })
  const credit = (room: number) => scripted.complaint({ kind: 'stream-credit', stream: 1, room })
  for (const room of [0, 1, ...numbersThatAreNone]) expect(credit(room)).toContain('more room in a stream')
  await streams[0]?.write(bytes(4))
  expect(credit(5)).toContain('more room in a stream')
  expect(credit(4)).toBeUndefined()
  expect(credit(1)).toContain('more room in a stream')
  expect(scripted.complaint({ kind: 'stream-read', stream: 1 })).toContain('an end that it has not')
  const ended = streams[0]?.end()
  expect(scripted.complaint({ kind: 'stream-read', stream: 1 })).toBeUndefined()
  await ended
  expect(scripted.complaint({ kind: 'stream-read', stream: 1 })).toContain('an end that it has not')
  const reset = { kind: 'stream-reset', stream: 1, code: 'closed', reason: '' }
  expect(scripted.complaint(reset)).toContain('a reason that is none')
})

test('a peer subscribes to no more topics than may be, to each once, and to names only', async () => {
  const { scripted } = busy()
  const subscribe = (topic: string, channel = 'name') => scripted.complaint({ kind: 'subscribe', channel, topic })
  const unsubscribe = (topic: string) => scripted.complaint({ kind: 'unsubscribe', topic })
  for (const name of ['', 'a b', '\n', 'é']) {
    expect(subscribe(name)).toContain('what is no name')
    expect(subscribe('topic', name)).toContain('what is no name')
    expect(unsubscribe(name)).toContain('what is no name')
  }
  expect(unsubscribe('red')).toContain('a subscription that it does not have')
  expect(subscribe('red')).toBeUndefined()
  expect(subscribe('red')).toContain('to a topic twice')
  expect(subscribe('red', 'other')).toBeUndefined()
  expect(subscribe('blue')).toContain('more topics than topicsSubscribedMax, which is 2')
  expect(unsubscribe('red')).toBeUndefined()
  expect(unsubscribe('red')).toContain('a subscription that it does not have')
  expect(subscribe('blue')).toBeUndefined()
  const long = 'x'.repeat(65)
  for (const times of [1, 2, 3]) {
    expect([times, subscribe(long), subscribe('red', long), unsubscribe(long)]).toEqual([
      times,
      undefined,
      undefined,
      undefined,
    ])
  }
  expect(scripted.network.figures(peer)?.topicsSubscribed).toBe(2)
})

test('what is longer than limits that the peer need not know is refused, or passed over and counted', async () => {
  const { scripted } = busy()
  let came = 0
  const channel = scripted.network.open('taking', { notice: () => void came++ })
  channel.subscribe('red', () => void came++)
  const tooLong = bytes(1_025)
  scripted.receive({ kind: 'notice', channel: 'taking', payload: tooLong })
  scripted.receive({ kind: 'publication', channel: 'taking', topic: 'red', payload: tooLong })
  expect([came, scripted.network.figures(peer)?.messagesPassedOver]).toEqual([0, 2])
  scripted.receive({ kind: 'request', call: 1, payload: tooLong })
  expect(scripted.take('failure')).toMatchObject([{ call: 1, code: 'too-large' }])
  const asked = channel.request(peer, empty, { timeoutMs: 1_000 })
  scripted.receive({ kind: 'answer', call: 1, payload: tooLong })
  await expect(asked).rejects.toThrow('the answer of peer of 1025 bytes is longer than messageBytesMax, which is 1024')
})

test('reasons are cut, whoever gives them', async () => {
  const scripted = new ScriptedPeer({ reasonLengthMax: 64 })
  const channel = scripted.network.open('name', {})
  const asked = channel.request(peer, empty, { timeoutMs: 1_000 })
  scripted.receive({ kind: 'failure', call: 1, code: 'remote-failed', reason: 'x'.repeat(65) })
  await expect(asked).rejects.toThrow(`${'x'.repeat(63)}…`)
  const opening = channel.openStream(peer)
  scripted.receive({ kind: 'stream-reset', stream: 0, code: 'stream-reset', reason: 'y'.repeat(65) })
  await expect(opening).rejects.toThrow(`${'y'.repeat(63)}…`)
  scripted.receive({ kind: 'request', channel: 'z'.repeat(1_000), call: 1, payload: empty })
  scripted.receive({ kind: 'stream-open', channel: 'z'.repeat(1_000), stream: 1, window: 1, payload: empty })
  expect(scripted.take('failure')[0]?.reason).toHaveLength(64)
  expect(scripted.take('stream-reset')[0]?.reason).toHaveLength(64)
})

test('a frame of an unknown kind is the fault of the peer', async () => {
  expect(busy().scripted.complaint({ kind: 'gossip' })).toContain('of a kind that there is not')
  await turns()
})
