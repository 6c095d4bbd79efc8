import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeIdFromPublicKey } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { ManualClock, memoryHub, RecordingLogger, RecordingMetrics, type MemoryHub } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import type { Broadcast, Broadcasts } from './broadcast.ts'
import { createBroadcasts, type BroadcastsOptions } from './driver.ts'

const crypto = nodeCrypto()
const text = (word: string): Uint8Array => new TextEncoder().encode(word)
const words = (heard: readonly Broadcast[]): string[] => heard.map(({ payload }) => new TextDecoder().decode(payload))
/** Handlers of the hub's networks run as microtasks of microtasks; a turn of the event loop ends them all. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function optionsFor(name: string, hub: MemoryHub, clock: ManualClock): BroadcastsOptions {
  const secretKey = crypto.sha256(text(name))
  const self = nodeIdFromPublicKey(crypto, crypto.ed25519.publicKey(secretKey))
  const prng = new Prng(name.length)
  return {
    network: hub.join(self).network,
    crypto,
    secretKey,
    clock,
    entropy: { bytes: (length) => prng.bytes(length) },
    prng: prng.split('broadcasts'),
    member: () => true,
  }
}

function world() {
  const clock = new ManualClock()
  const hub = memoryHub({ clock })
  return { clock, hub, join: (name: string) => createBroadcasts(optionsFor(name, hub, clock)) }
}

function hearing(broadcasts: Broadcasts, type: string): Broadcast[] {
  const heard: Broadcast[] = []
  broadcasts.subscribe(type, (broadcast) => void heard.push(broadcast))
  return heard
}

describe('broadcasts over a network', () => {
  test('come to those who subscribe to their type, as often as they do, until they dispose of it', async () => {
    const { join } = world()
    await using ann = join('ann')
    await using bob = join('bob')
    const [heard, other] = [hearing(bob, 'test.a'), hearing(bob, 'test.b')]
    const twice: Broadcast[] = []
    const take = (broadcast: Broadcast): void => void twice.push(broadcast)
    using first = bob.subscribe('test.a', take)
    using _second = bob.subscribe('test.a', take)
    await settled()
    ann.publish('test.a', text('one'))
    await settled()
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    ann.publish('test.a', text('two'))
    await settled()
    expect([words(heard), words(other), words(twice)]).toEqual([['one', 'two'], [], ['one', 'one', 'two']])
  })

  test('a taker may answer with a broadcast, subscribe and throw, and harms nobody by it', async () => {
    const { hub, clock, join } = world()
    await using ann = join('ann')
    const logger = new RecordingLogger()
    await using bob = createBroadcasts({ ...optionsFor('bobby', hub, clock), logger })
    const answers = hearing(ann, 'test.answer')
    bob.subscribe('test.question', () => {
      bob.subscribe('test.question', () => bob.publish('test.answer', text('late')))
      bob.publish('test.answer', text('yes'))
      throw new Error('of the taker')
    })
    const heard = hearing(bob, 'test.question')
    await settled()
    ann.publish('test.question', text('well?'))
    await settled()
    expect([words(answers), words(heard)]).toEqual([['yes'], ['well?']])
    expect(logger.entries.map(({ message }) => message)).toEqual(['a broadcast was not taken'])
  })

  test('those published before anybody is there reach who comes within the window', async () => {
    const { clock, join } = world()
    await using ann = join('ann')
    ann.publish('test.a', text('early'))
    clock.advance(20_000)
    await using bob = join('bobby')
    const heard = hearing(bob, 'test.a')
    for (let round = 0; round < 5; round++) {
      await settled()
      clock.advance(100)
    }
    expect(words(heard)).toEqual(['early'])
  })

  test('when disposed of, nothing is left: no timer, no channel; and what is called then says so', async () => {
    const { clock, hub } = world()
    const options = optionsFor('ann', hub, clock)
    const ann = createBroadcasts(options)
    await ann[Symbol.asyncDispose]()
    await ann[Symbol.asyncDispose]()
    expect(clock.timersWaiting).toBe(0)
    expect(() => ann.publish('test.a', text('late'))).toThrow('these broadcasts were closed')
    expect(() => ann.subscribe('test.a', () => undefined)).toThrow('these broadcasts were closed')
    await using _again = createBroadcasts(options)
  })

  test('subscriptions are bounded', async () => {
    const { clock, hub } = world()
    await using ann = createBroadcasts({ ...optionsFor('ann', hub, clock), settings: { subscriptionsMax: 2 } })
    const first = ann.subscribe('test.a', () => undefined)
    ann.subscribe('test.a', () => undefined)
    expect(() => ann.subscribe('test.b', () => undefined)).toThrow('2 subscriptions to broadcasts are open')
    first[Symbol.dispose]()
    ann.subscribe('test.b', () => undefined)
  })

  test('what goes on is counted, offences are told, and a throw at that is logged', async () => {
    const { clock, hub, join } = world()
    const [metrics, logger] = [new RecordingMetrics(), new RecordingLogger()]
    const told: string[] = []
    const options = optionsFor('bobby', hub, clock)
    await using bob = createBroadcasts({
      ...options,
      metrics,
      logger,
      onOffence: ({ peer, code }) => {
        told.push(`${peer} ${code}`)
        throw new Error('of the listener')
      },
    })
    await using ann = join('ann')
    const eve = optionsFor('eveline', hub, clock).network
    await using channel = eve.open('broadcast', {})
    await settled()
    ann.publish('test.a', text('hello'))
    channel.notify(options.network.self, Uint8Array.of(1, 2, 3))
    await settled()
    bob.publish('test.a', text('hello'))
    expect(told).toEqual([`${eve.self} malformed-message`])
    expect(metrics.value('flotilla_broadcasts_published_total')).toBe(1)
    expect(metrics.value('flotilla_broadcasts_delivered_total')).toBe(1)
    expect(metrics.value('flotilla_broadcasts_offences_total', { code: 'malformed-message' })).toBe(1)
    expect(metrics.value('flotilla_broadcasts_refused_total', { reason: 'malformed-message' })).toBe(1)
    expect(logger.entries.map(({ message }) => message)).toEqual([
      'a member misbehaves in broadcasts',
      'an offence was not dealt with',
    ])
  })

  test('a key that is not this node’s, and a setting that may not be, are refused with a sentence', () => {
    const { clock, hub } = world()
    const options = optionsFor('ann', hub, clock)
    expect(() => createBroadcasts({ ...options, secretKey: crypto.sha256(text('eve')) })).toThrow(
      'broadcasts: the secret key is that of fl1',
    )
    const narrow = hub.join(nodeIdFromPublicKey(crypto, crypto.sha256(text('narrow'))), {
      limits: { messageBytesMax: 60_000 },
    })
    expect(() => createBroadcasts({ ...options, network: { ...narrow.network, self: options.network.self } })).toThrow(
      'broadcasts: messages have up to 65754 bytes, the network takes 60000',
    )
    expect(() => createBroadcasts({ ...options, settings: { eagerPeersMax: 0 } })).toThrow(
      'broadcasts: eagerPeersMax is 0; it must be a whole number from 1 to 1024',
    )
    expect(() =>
      createBroadcasts({ ...options, settings: { perOriginPerSecondMax: 10_000, originsMax: 100 } }),
    ).toThrow('broadcasts: originsMax is 100; with these rates and this clockToleranceMs at most 25')
  })
})
