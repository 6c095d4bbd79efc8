import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { ManualClock, memoryHub, RecordingLogger } from '@flotilla/core/testing'
import type { WallMillis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import { BeaconGate } from '../beacons/gate.ts'
import { sealBeacon } from '../beacons/layout.ts'
import { beaconDefaults } from '../beacons/limits.ts'
import type { Credentials } from '../ports.ts'
import { memoryAuthority } from '../testing/memory-authority.ts'
import { Exchange } from './driver.ts'
import { validateExchangeSettings, type ExchangeSettings } from './limits.ts'
import { answerCodec, askCodec } from './messages.ts'

const crypto = nodeCrypto()
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}

function world(settings: Partial<ExchangeSettings> = {}) {
  const clock = new ManualClock()
  const hub = memoryHub({ clock, connectOnJoin: false })
  const authority = memoryAuthority({ crypto, cluster: 'fc1ours' })
  const complete = validateExchangeSettings(settings)
  const record = (by: Credentials, ageMs = 0): Uint8Array =>
    sealBeacon(
      by,
      {
        run: new Uint8Array(8).fill(2),
        timestamp: (clock.wallNow() - ageMs) as WallMillis,
        addresses: [{ host: '192.0.2.7', port: 5_000 }],
        datagramPort: 4_000,
        seeking: false,
      },
      1_200,
    )
  const join = (name: string, logger = new RecordingLogger()) => {
    const credentials = authority.admit(name)
    const { network } = hub.join(credentials.self)
    const gate = new BeaconGate({
      credentials,
      crypto,
      settings: beaconDefaults,
      run: new Uint8Array(8).fill(1),
      startedAt: clock.wallNow(),
    })
    const openRelayed = (bytes: Uint8Array) => gate.openRelayed(bytes, { now: clock.now(), wallNow: clock.wallNow() })
    const found: string[] = []
    const exchange = new Exchange({
      network,
      clock,
      prng: new Prng(1).split(name),
      logger,
      settings: complete,
      relayedAgeMsMax: beaconDefaults.relayedAgeMsMax,
      ownRecord: () => record(credentials),
      openRelayed,
      onFound: (beacon) => found.push(beacon.member.name),
      onPeer: () => {},
    })
    const learn = (of: string, ageMs = 0): void => {
      const opened = openRelayed(record(authority.admit(of), ageMs))
      if (opened.type === 'heard') exchange.remember(opened.beacon)
    }
    return { id: credentials.self, exchange, found, learn, logger, network }
  }
  return { clock, hub, authority, record, join }
}

describe('peers that connect', () => {
  test('tell each other of themselves and of whom they have seen in the last half hour', async () => {
    const { hub, join } = world()
    const [one, other] = [join('one'), join('other')]
    one.learn('anna')
    one.learn('ben', 1_700_000)
    other.learn('carl')
    hub.connect(one.id, other.id)
    await settle()
    expect(other.found.toSorted()).toEqual(['anna', 'ben', 'one'])
    expect(one.found.toSorted()).toEqual(['carl', 'other'])
  })

  test('do not tell what was seen longer ago, nor what the other knows', async () => {
    const { clock, hub, join } = world()
    const [one, other] = [join('one'), join('other')]
    for (const name of ['anna', 'ben']) one.learn(name)
    other.learn('ben')
    one.learn('old', 1_799_000)
    clock.advance(2_000)
    hub.connect(one.id, other.id)
    await settle()
    expect(other.found.toSorted()).toEqual(['anna', 'one'])
    expect(other.exchange.counts).not.toHaveProperty('too-old')
    expect(other.exchange.counts).not.toHaveProperty('repeated')
  })

  test('tell at most so many at once, and the rest later', async () => {
    const { clock, hub, join } = world({ recordsPerAnswerMax: 10 })
    const [one, other] = [join('one'), join('other')]
    for (let peer = 0; peer < 25; peer++) one.learn(`p${peer}`)
    hub.connect(one.id, other.id)
    await settle()
    expect(other.found).toHaveLength(10)
    for (let round = 0; round < 30; round++) {
      clock.advance(5_000)
      await settle()
    }
    clock.advance(5_000)
    expect(new Set(other.found)).toHaveLength(26)
  })

  test('are asked anew now and then, and asked no faster than the rate', async () => {
    const { clock, hub, join } = world({ asksPerSecondMax: 2 })
    const one = join('one')
    const others = Array.from({ length: 10 }, (_, number) => join(`o${number}`))
    for (const { id } of others) hub.connect(one.id, id)
    await settle()
    expect(one.exchange.counts.asked).toBe(2)
    clock.advance(1_000)
    await settle()
    expect(one.exchange.counts.asked).toBe(4)
    clock.advance(60_000)
    await settle()
    expect(one.exchange.counts.asked).toBeGreaterThan(10)
  })
})

test('what is found is handed out at a limited rate, and a bounded number waits', async () => {
  const { clock, hub, join } = world({ foundPerSecondMax: 2, foundWaitingMax: 20 })
  const [one, other] = [join('one'), join('other')]
  for (let peer = 0; peer < 60; peer++) one.learn(`p${peer}`)
  hub.connect(one.id, other.id)
  await settle()
  expect(other.found).toHaveLength(4)
  clock.advance(1_000)
  expect(other.found).toHaveLength(6)
  clock.advance(8_000)
  expect(other.found).toHaveLength(22)
  clock.advance(3_000)
  // 61 were found, four handed out at once, and of the others the oldest gave way to the newest 20.
  expect(other.found).toHaveLength(24)
  expect(other.exchange.counts.dropped).toBe(61 - 24)
})

describe('a hostile peer', () => {
  const hostile = (records: (by: Credentials) => readonly Uint8Array[]) => {
    const made = world()
    const victim = made.join('victim')
    const mallory = made.authority.admit('mallory')
    const { network } = made.hub.join(mallory.self)
    network.open('peers', {
      request: () => Promise.resolve(answerCodec.encode({ records: records(made.authority.admit('ben')) })),
    })
    made.hub.connect(victim.id, mallory.self)
    return { ...made, victim }
  }

  test('cannot invent a member, nor move one', async () => {
    const { victim } = hostile((ben) => {
      const moved = sealBeacon(
        { ...ben, sign: (bytes) => crypto.ed25519.sign(new Uint8Array(32), bytes) },
        {
          run: new Uint8Array(8),
          timestamp: 1_735_689_600_000 as WallMillis,
          addresses: [{ host: '203.0.113.66', port: 1 }],
          datagramPort: 1,
          seeking: false,
        },
        1_200,
      )
      return [moved, moved]
    })
    await settle()
    expect(victim.found).toEqual([])
    expect(victim.exchange.counts).toMatchObject({ 'wrong-signature': 1 })
    expect(victim.logger.entries.map(({ level }) => level)).toEqual(['warn'])
  })

  test('that answers nonsense is survived', async () => {
    const made = world()
    const victim = made.join('victim')
    const { network } = made.hub.join('fl1mallory' as NodeId)
    network.open('peers', { request: () => Promise.resolve(Uint8Array.of(1, 2, 3)) })
    made.hub.connect(victim.id, 'fl1mallory' as NodeId)
    await settle()
    expect(victim.exchange.counts).toMatchObject({ failed: 1 })
  })

  test('that asks too often is refused', async () => {
    const made = world()
    const victim = made.join('victim')
    const { network } = made.hub.join('fl1mallory' as NodeId)
    const channel = network.open('peers', {})
    made.hub.connect(victim.id, 'fl1mallory' as NodeId)
    const outcomes: string[] = []
    for (let ask = 0; ask < 10; ask++) {
      channel.request(victim.id, askCodec.encode({ known: [] }), { timeoutMs: 1_000 }).then(
        () => outcomes.push('answered'),
        (error: unknown) => outcomes.push(error instanceof FlotillaError ? error.message : 'other'),
      )
    }
    await settle()
    expect(outcomes.filter((outcome) => outcome === 'answered')).toHaveLength(4)
    expect(outcomes.filter((outcome) => outcome === 'you ask for peers too often')).toHaveLength(6)
  })
})

test('the decoders take no nonsense, whatever it is', () => {
  const seed = Number(process.env['FLOTILLA_FUZZ_SEED'] ?? 1)
  const rounds = Number(process.env['FLOTILLA_FUZZ_ROUNDS'] ?? 5_000)
  const prng = new Prng(seed)
  const ids = [memoryAuthority({ crypto, cluster: 'c' }).admit('a').self]
  const honest = [
    askCodec.encode({ known: ids.map((id) => ({ id, timestamp: 5 as WallMillis })) }),
    answerCodec.encode({ records: [new Uint8Array(50), new Uint8Array(5)] }),
  ]
  for (let round = 0; round < rounds; round++) {
    const bytes = new Uint8Array(prng.chance(1, 3) ? prng.bytes(prng.below(200)) : prng.pick(honest))
    for (let change = prng.below(4); change > 0 && bytes.length > 0; change--)
      bytes[prng.below(bytes.length)] = prng.below(256)
    for (const codec of [askCodec, answerCodec]) {
      expect([seed, round, outcomeOf(() => codec.encode(codec.decode(bytes) as never))]).toEqual([seed, round, 'fine'])
    }
  }
})

/** Bytes that are no message are refused as such, and by nothing else. */
function outcomeOf(work: () => unknown): string {
  try {
    work()
    return 'fine'
  } catch (error) {
    return error instanceof ProtocolError ? 'fine' : String(error)
  }
}

test('closing leaves no timer behind', async () => {
  const { clock, hub, join } = world()
  const [one, other] = [join('one'), join('other')]
  hub.connect(one.id, other.id)
  await settle()
  await one.exchange[Symbol.asyncDispose]()
  await other.exchange[Symbol.asyncDispose]()
  expect(clock.timersWaiting).toBe(0)
})
