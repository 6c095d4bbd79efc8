import process from 'node:process'
import { expect, test } from 'vitest'
import type { NodeId } from '../../ids/index.ts'
import { ManualClock } from '../manual-clock.ts'
import type { HandlerFailure } from '../../network/sessions/index.ts'
import { memoryHub } from './hub.ts'
import { turns } from './turns.ts'

const a = 'a' as NodeId
const b = 'b' as NodeId
const timeoutMs = 1_000
const empty = new Uint8Array()

test('what handlers throw is handed over with where it happened', async () => {
  const failures: HandlerFailure[] = []
  const hub = memoryHub({ clock: new ManualClock(), onHandlerError: (failure) => failures.push(failure) })
  const [one, other] = [hub.join(a), hub.join(b)]
  const fail = (what: string) => (): never => {
    throw new Error(what)
  }
  const handlers = { peer: fail('1'), notice: fail('2'), request: fail('3'), stream: fail('4') }
  other.network.open('name', handlers)
  const channel = one.network.open('name', {})
  channel.notify(b, empty)
  await channel.request(b, empty, { timeoutMs }).catch(() => {})
  other.network.open('topics', {}).subscribe('red', fail('5'))
  await turns()
  one.network.open('topics', {}).publish('red', empty)
  const stream = await channel.openStream(b)
  await expect(stream.end()).rejects.toThrow('its handler failed; the log of that node says why')
  const where = { node: b, channel: 'name', peer: a }
  expect(failures).toEqual([
    { ...where, handler: 'peer', error: new Error('1') },
    { ...where, handler: 'notice', error: new Error('2') },
    { ...where, handler: 'request', error: new Error('3') },
    { ...where, channel: 'topics', handler: 'publication', error: new Error('5') },
    { ...where, handler: 'stream', error: new Error('4') },
  ])
  const long = other.network.open('long', {
    request: async () => new Uint8Array(other.network.limits.messageBytesMax + 1),
  })
  await one.network
    .open('long', {})
    .request(b, empty, { timeoutMs })
    .catch(() => {})
  expect(failures.at(-1)).toMatchObject({ channel: 'long', handler: 'request', error: { code: 'too-large' } })
  await long[Symbol.asyncDispose]()
})

test('a request handler that fails because it was told to give up is no news', async () => {
  const failures: HandlerFailure[] = []
  const hub = memoryHub({ clock: new ManualClock(), onHandlerError: (failure) => failures.push(failure) })
  const [one, other] = [hub.join(a), hub.join(b)]
  other.network.open('name', {
    request: ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  })
  const cancel = new AbortController()
  const request = one.network.open('name', {}).request(b, empty, { timeoutMs, signal: cancel.signal })
  await turns()
  cancel.abort(new Error('enough'))
  await expect(request).rejects.toThrow('enough')
  await turns()
  expect(failures).toEqual([])
})

test('without anyone to hand it to, what a handler throws is thrown uncaught', async () => {
  const caught = Promise.withResolvers<unknown>()
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', caught.resolve)
  try {
    const hub = memoryHub({ clock: new ManualClock() })
    const [one, other] = [hub.join(a), hub.join(b)]
    const bug = new Error('a bug')
    other.network.open('name', {
      notice: () => {
        throw bug
      },
    })
    one.network.open('name', {}).notify(b, empty)
    expect(await caught.promise).toBe(bug)
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
})
