import { expect, test } from 'vitest'
import { turns } from '../../testing/memory-network/turns.ts'
import type { NodeId } from '../../ids/index.ts'
import type { IncomingRequest } from '../index.ts'
import { peer, ScriptedPeer, self } from './scripted-peer.ts'

const empty = new Uint8Array()

test('the figures of a connection say what is under way, and begin anew with the next connection', async () => {
  const scripted = new ScriptedPeer()
  const { network } = scripted
  const channel = network.open('name', { request: () => new Promise(() => {}) })
  const failed = channel.request(peer, empty, { timeoutMs: 1_000 }).catch(() => 'failed')
  const lost = channel.openStream(peer).catch(() => 'lost')
  scripted.receive({ kind: 'request', call: 1, payload: empty })
  scripted.receive({ kind: 'subscribe', topic: 'red' })
  channel.notify(peer, empty)
  expect(network.figures(peer)).toEqual({
    noticesRefused: 0,
    noticesWaiting: 1,
    publicationsDropped: 0,
    publicationsWaiting: 0,
    messagesPassedOver: 0,
    requestsWaiting: 1,
    requestsRunning: 1,
    streamsOpen: 1,
    topicsSubscribed: 1,
  })
  scripted.disconnect()
  expect(network.figures(peer)).toBeUndefined()
  expect([await failed, await lost]).toEqual(['failed', 'lost'])
  expect(channel.publish('red', empty)).toBe(0)
  scripted.connect()
  const figures = Object.values(network.figures(peer) ?? {})
  expect([figures.length, figures.every((figure) => figure === 0)]).toEqual([9, true])
})

test('a new connection is told of all that is subscribed to, and of nothing else', () => {
  const scripted = new ScriptedPeer()
  const { network } = scripted
  const [one, two] = [network.open('one', {}), network.open('two', {})]
  const red = one.subscribe('red', () => {})
  one.subscribe('blue', () => {})
  two.subscribe('red', () => {})
  red[Symbol.dispose]()
  expect(scripted.sent).toEqual([
    { kind: 'subscribe', channel: 'one', topic: 'red' },
    { kind: 'subscribe', channel: 'one', topic: 'blue' },
    { kind: 'subscribe', channel: 'two', topic: 'red' },
    { kind: 'unsubscribe', channel: 'one', topic: 'red' },
  ])
  scripted.disconnect()
  scripted.sent.length = 0
  two.subscribe('grey', () => {})
  scripted.leave()
  expect(scripted.sent).toEqual([])
  scripted.connect()
  expect(scripted.sent).toEqual([
    { kind: 'subscribe', channel: 'one', topic: 'blue' },
    { kind: 'subscribe', channel: 'two', topic: 'red' },
    { kind: 'subscribe', channel: 'two', topic: 'grey' },
  ])
})

test('work of a peer that is gone counts when it comes back, whoever comes and goes, until it is done', async () => {
  const scripted = new ScriptedPeer({ requestsInFlightMax: 1 })
  const { network } = scripted
  const answers: (() => void)[] = []
  network.open('name', { request: () => new Promise((resolve) => answers.push(() => resolve(empty))) })
  scripted.receive({ kind: 'request', call: 1, payload: empty })
  scripted.disconnect()
  for (let index = 0; index < 10; index++) {
    network.connected(`other-${index}` as NodeId, 0, () => {})
    network.disconnected(`other-${index}` as NodeId)
  }
  scripted.connect()
  scripted.receive({ kind: 'request', call: 1, payload: empty })
  expect(scripted.take('failure')).toMatchObject([{ code: 'overloaded' }])
  answers[0]?.()
  await turns()
  scripted.receive({ kind: 'request', call: 2, payload: empty })
  expect(scripted.take('failure')).toEqual([])
  expect(answers).toHaveLength(2)
})

test('a handler that asks for its signal late finds it as it is by then', async () => {
  const scripted = new ScriptedPeer()
  const requests: IncomingRequest[] = []
  scripted.network.open('name', {
    request: (request) => {
      requests.push(request)
      return new Promise(() => {})
    },
  })
  for (const call of [1, 2]) scripted.receive({ kind: 'request', call, payload: empty })
  scripted.receive({ kind: 'cancel', call: 1 })
  const [cancelled, wanted] = requests.map(({ signal }) => signal)
  expect(cancelled?.reason).toMatchObject({ code: 'cancelled' })
  expect([wanted?.aborted, wanted === requests[1]?.signal]).toEqual([false, true])
  scripted.disconnect()
  expect(wanted?.reason).toMatchObject({ code: 'peer-unreachable' })
})

test('a frame of a peer that is not connected is nothing', () => {
  const scripted = new ScriptedPeer()
  scripted.disconnect()
  expect(scripted.complaint({ kind: 'answer', call: 99, payload: empty })).toBeUndefined()
  expect(scripted.network.peers()).toEqual([])
  expect(scripted.network.self).toBe(self)
})

test('a subscriber that subscribes or ends while it is told neither misses nor repeats anything', () => {
  const scripted = new ScriptedPeer()
  const channel = scripted.network.open('name', {})
  const told: string[] = []
  const second: { ending?: Disposable } = {}
  const first = channel.subscribe('red', () => {
    told.push('first')
    first[Symbol.dispose]()
    second.ending?.[Symbol.dispose]()
    channel.subscribe('red', () => void told.push('third'))
  })
  second.ending = channel.subscribe('red', () => void told.push('second'))
  for (const _each of [1, 2]) scripted.receive({ kind: 'publication', topic: 'red', payload: empty })
  expect(told).toEqual(['first', 'third'])
})

test('closing the channel in the middle of a publication ends it for the other subscribers', async () => {
  const scripted = new ScriptedPeer()
  const channel = scripted.network.open('name', {})
  const told: string[] = []
  channel.subscribe('red', () => {
    told.push('first')
    void channel[Symbol.asyncDispose]()
  })
  channel.subscribe('red', () => void told.push('second'))
  scripted.receive({ kind: 'publication', topic: 'red', payload: empty })
  expect(told).toEqual(['first'])
})
