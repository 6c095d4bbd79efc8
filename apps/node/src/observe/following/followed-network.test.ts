import { expect, test } from 'vitest'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { IncomingRequest, Network } from '@flotilla/core/network'
import { directWire, ManualClock, memoryHub } from '@flotilla/core/testing'
import { followedNetwork } from './followed-network.ts'
import { RequestContexts, type RequestContext } from './request-contexts.ts'
import type { Span } from './span.ts'
import { Tracing } from './tracing.ts'

const [ann, bob] = ['ann', 'bob'] as NodeId[] as [NodeId, NodeId]

interface Side {
  readonly tracing: Tracing
  readonly spans: Span[]
}

function side(clock: ManualClock): Side {
  const spans: Span[] = []
  let seed = 0
  const entropy = { bytes: (length: number) => new Uint8Array(length).fill(++seed) }
  const sink = { take: (span: Span) => void spans.push(span) }
  return { tracing: new Tracing({ contexts: new RequestContexts(), entropy, clock, sink }), spans }
}

/** Bob says for which request he was asked, and what he was asked. */
function answering(network: Network, { contexts }: Tracing): RequestContext[] {
  const seen: RequestContext[] = []
  network.open('machines', {
    async request({ payload }: IncomingRequest) {
      await Promise.resolve()
      seen.push(contexts.current ?? { id: 'nobody' })
      return payload
    },
  })
  return seen
}

test('a request to another node is known there by the same name, and its spans hang together', async () => {
  const clock = new ManualClock()
  const hub = memoryHub({ clock, wire: directWire() })
  const [one, other] = [side(clock), side(clock)]
  const networks = { ann: hub.join(ann).network, bob: hub.join(bob).network }
  const seen = answering(followedNetwork(networks.bob, other.tracing), other.tracing)
  const channel = followedNetwork(networks.ann, one.tracing).open('machines', {})
  const ask = (): Promise<Uint8Array> => channel.request(bob, new Uint8Array([1, 2, 3]), { timeoutMs: 1_000 })
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  await one.tracing.serving('mine-1', { traceparent }, async () => {
    expect(await ask()).toEqual(new Uint8Array([1, 2, 3]))
    return { name: 'POST /v1/kill', attributes: {} }
  })
  expect(await ask()).toEqual(new Uint8Array([1, 2, 3]))
  expect(seen.map(({ id }) => id)).toEqual(['mine-1', 'nobody'])
  const [client, server] = one.spans
  const [far] = other.spans
  for (const span of [client, server, far]) expect(span?.traceId).toBe('a'.repeat(32))
  expect(server).toMatchObject({ kind: 'server', name: 'POST /v1/kill', parentSpanId: 'b'.repeat(16) })
  expect(client).toMatchObject({ kind: 'client', name: 'mesh machines', parentSpanId: server?.spanId })
  expect(far).toMatchObject({ kind: 'server', parentSpanId: client?.spanId })
  expect(seen[0]?.trace?.spanId).toBe(far?.spanId)
})

test('an older node, which knows nothing of this, is asked once', async () => {
  const clock = new ManualClock()
  const hub = memoryHub({ clock, wire: directWire() })
  const { tracing } = side(clock)
  const networks = { ann: hub.join(ann).network, bob: hub.join(bob).network }
  const seen = answering(networks.bob, tracing)
  const channel = followedNetwork(networks.ann, tracing).open('machines', {})
  for (const id of ['mine-1', 'mine-2']) {
    await tracing.serving(id, {}, async () => {
      expect(await channel.request(bob, new Uint8Array([7]), { timeoutMs: 1_000 })).toEqual(new Uint8Array([7]))
      return { name: '', attributes: {} }
    })
  }
  expect(seen).toHaveLength(2)
})

test('a request is done once, also where its channel is closed meanwhile and there again at once', async () => {
  const clock = new ManualClock()
  const hub = memoryHub({ clock, wire: directWire() })
  const { tracing } = side(clock)
  const networks = { ann: hub.join(ann).network, bob: hub.join(bob).network }
  const served = followedNetwork(networks.bob, tracing)
  const begun = Promise.withResolvers<void>()
  let times = 0
  const request = (): Promise<Uint8Array> => {
    times++
    begun.resolve()
    return new Promise(() => {})
  }
  const first = served.open('machines', { request })
  const channel = followedNetwork(networks.ann, tracing).open('machines', {})
  await tracing.serving('mine-1', {}, async () => {
    const asked = channel.request(bob, new Uint8Array([7]), { timeoutMs: 1_000 })
    const refused = asked.catch((error: unknown) => error)
    await begun.promise
    const closed = first[Symbol.asyncDispose]()
    // The plain channel is there again before the other has closed.
    networks.bob.open('machines', { request: () => Promise.resolve(new Uint8Array([++times])) })
    await closed
    expect(await refused).toMatchObject({ code: 'not-served' })
    return { name: '', attributes: {} }
  })
  expect(times).toBe(1)
})

test('a handler’s own refusal is no reason to ask it again', async () => {
  const clock = new ManualClock()
  const hub = memoryHub({ clock, wire: directWire() })
  const { tracing } = side(clock)
  const networks = { ann: hub.join(ann).network, bob: hub.join(bob).network }
  let times = 0
  followedNetwork(networks.bob, tracing).open('machines', {
    request() {
      times++
      return Promise.reject(new FlotillaError('not-served', 'somebody else does not serve this'))
    },
  })
  const channel = followedNetwork(networks.ann, tracing).open('machines', {})
  await tracing.serving('mine-1', {}, async () => {
    await expect(channel.request(bob, new Uint8Array([7]), { timeoutMs: 1_000 })).rejects.toThrow('does not serve')
    return { name: '', attributes: {} }
  })
  expect(times).toBe(1)
})

test('what goes on after the answer is nobody’s', async () => {
  const { tracing } = side(new ManualClock())
  const later = Promise.withResolvers<void>()
  let goesOn: Promise<string | undefined> = Promise.resolve(undefined)
  await tracing.serving('mine-1', {}, () => {
    expect(tracing.contexts.fields()).toMatchObject({ requestId: 'mine-1' })
    goesOn = later.promise.then(() => tracing.contexts.current?.id)
    return Promise.resolve({ name: '', attributes: {} })
  })
  later.resolve()
  expect(await goesOn).toBeUndefined()
  expect(tracing.contexts.fields()).toEqual({})
})
