import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { ManualClock, memoryHub, RecordingLogger } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import type { Address } from './address.ts'
import { createDiscovery } from './discovery.ts'
import { memoryPeerStore } from './peer-store/memory-peer-store.ts'
import type { PeerStore } from './peer-store/peer-store.ts'
import type { DatagramHandlers, Datagrams, FoundMember } from './ports.ts'
import type { DiscoverySettings } from './settings.ts'
import type { DiscoveryTarget } from './targets.ts'
import { memoryAuthority } from './testing/memory-authority.ts'

const crypto = nodeCrypto()
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}

/** Networks of machines: an announcement reaches those on the same one, a datagram everybody. */
class Air {
  readonly #ends = new Map<
    string,
    { readonly network: string; handlers: DatagramHandlers | undefined; place: Address }
  >()

  join(network: string, host: string): Datagrams & { move(to: string): void } {
    const end = { network, handlers: undefined as DatagramHandlers | undefined, place: { host, port: 4_000 } }
    this.#ends.set(host, end)
    const deliver = (to: string, bytes: Uint8Array): void => {
      const from = end.place
      queueMicrotask(() => this.#ends.get(to)?.handlers?.received(from, bytes))
    }
    return {
      addresses: () => [end.place],
      send: (to, bytes) => deliver(to.host, bytes),
      announce: (bytes) => {
        for (const [other, { network: on }] of this.#ends) if (on === network) deliver(other, bytes)
      },
      start: (handlers) => void (end.handlers = handlers),
      move: (to) => {
        this.#ends.delete(end.place.host)
        end.place = { host: to, port: 4_000 }
        this.#ends.set(to, end)
        end.handlers?.addressesChanged()
      },
      [Symbol.asyncDispose]: () => Promise.resolve(void this.#ends.delete(end.place.host)),
    }
  }
}

function world() {
  const clock = new ManualClock()
  const hub = memoryHub({ clock, connectOnJoin: false })
  const authority = memoryAuthority({ crypto, cluster: 'fc1ours' })
  const air = new Air()
  const join = (
    name: string,
    options: {
      readonly network?: string
      readonly host?: string
      readonly store?: PeerStore
      readonly settings?: Partial<DiscoverySettings>
      readonly silent?: boolean
    } = {},
  ) => {
    const { network: lan = 'lan', host = `10.0.0.${name.length}`, store = memoryPeerStore(), silent = false } = options
    const credentials = authority.admit(name)
    const node = hub.join(credentials.self)
    const datagrams = air.join(lan, host)
    const told: (readonly DiscoveryTarget[])[] = []
    const found: FoundMember[] = []
    const logger = new RecordingLogger()
    const discovery = createDiscovery({
      datagrams: silent ? undefined : datagrams,
      network: node.network,
      credentials,
      crypto,
      store,
      clock,
      prng: new Prng(name.length),
      entropy: { bytes: (length) => new Uint8Array(length).fill(name.length) },
      listening: () => [{ host: '0.0.0.0', port: 7_000 }],
      onTargets: (targets) => void told.push(targets),
      onFound: (member) => void found.push(member),
      question: 4_711,
      logger,
      settings: options.settings ?? {},
    })
    const names = (): string[] =>
      discovery
        .peers()
        .map(({ name: of }) => of)
        .toSorted()
    return { id: credentials.self, credentials, discovery, told, found, names, store, datagrams, logger, node }
  }
  const pass = async (ms: number): Promise<void> => {
    await settle()
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100)
      await settle()
    }
  }
  return { clock, hub, join, pass, authority }
}

describe('discovery', () => {
  test('finds everybody on the network and says whom to be connected with', async () => {
    const { hub, join, pass } = world()
    const [a, bb, ccc] = [join('a'), join('bb'), join('ccc')]
    await pass(200)
    expect([a.names(), bb.names(), ccc.names()]).toEqual([
      ['bb', 'ccc'],
      ['a', 'ccc'],
      ['a', 'bb'],
    ])
    const expected = [
      { id: bb.id, addresses: [{ host: '10.0.0.2', port: 7_000 }] },
      { id: ccc.id, addresses: [{ host: '10.0.0.3', port: 7_000 }] },
    ]
    expect(a.told).toEqual([[]]) // Not before the air is calm.
    await pass(4_000)
    expect(a.told.at(-1)).toEqual(expect.arrayContaining(expected))
    expect(a.discovery.targets()).toEqual(a.told.at(-1))
    const count = a.told.length
    hub.connect(a.id, bb.id)
    await pass(10_000)
    hub.disconnect(a.id, bb.id)
    await pass(10_000)
    expect(a.told.length).toBe(count) // Whom to be connected with has not changed, so nobody is told.
  })

  test('shows whom it hears at once, and of two lets the one with the lower id dial first', async () => {
    const { join, pass } = world()
    const [low, high] = [join('a'), join('bb')].toSorted((one, other) => (one.id < other.id ? -1 : 1))
    await pass(100)
    const [address] = high?.datagrams.addresses() ?? []
    const proof = high?.credentials.proof()
    const shown = { id: high?.id, datagramAddresses: [address], proof, question: 4_711 }
    expect(low?.found[0]).toEqual(shown)
    await pass(600)
    expect([low?.told.at(-1)?.length, high?.told.at(-1)?.length]).toEqual([1, 0])
    await pass(1_500)
    expect(high?.told.at(-1)?.map(({ id }) => id)).toEqual([low?.id])
  })

  test('keeps up a connection that somebody else has made, without waiting', async () => {
    const { hub, join, pass } = world()
    const [a, bb] = [join('a'), join('bb')]
    await pass(100)
    hub.connect(a.id, bb.id)
    await pass(100)
    expect([a.told.at(-1)?.length, bb.told.at(-1)?.length]).toEqual([1, 1])
  })

  test('notices that a member has moved, and says so at once', async () => {
    const { join, pass } = world()
    const [a, bb] = [join('a'), join('bb')]
    await pass(5_000)
    bb.datagrams.move('10.0.0.77')
    await pass(100)
    expect(a.told.at(-1)).toEqual([{ id: bb.id, addresses: [{ host: '10.0.0.77', port: 7_000 }] }])
  })

  test('finds another network through one bootstrap peer', async () => {
    const { hub, join, pass } = world()
    const [a, bb] = [join('a'), join('bb')]
    const bootstrap = { host: '10.0.0.1', port: 7_000 }
    const far = join('far away', { network: 'other', settings: { bootstrapPeers: [bootstrap] } })
    await pass(200)
    expect(far.told).toEqual([[{ id: undefined, addresses: [bootstrap] }]])
    hub.connect(far.id, a.id)
    await pass(200)
    expect(far.names()).toEqual(['a', 'bb'])
    expect(a.names()).toEqual(['bb', 'far away'])
    expect(new Set(far.discovery.targets().map(({ id }) => id))).toEqual(new Set([a.id, bb.id]))
    // By now `a` may tell the rest of its network.
    hub.connect(bb.id, a.id)
    await pass(200)
    expect(bb.names()).toEqual(['a', 'far away'])
  })

  test('takes other bootstrap peers while it runs, and keeps what it has where they are wrong', async () => {
    const { join, pass } = world()
    const before = { host: '10.0.0.1', port: 7_000 }
    const later = { host: '10.0.0.2', port: 7_000 }
    const { discovery, told } = join('far away', { network: 'other', settings: { bootstrapPeers: [before] } })
    await pass(200)
    discovery.setBootstrapPeers([later])
    await pass(200)
    expect(told).toEqual([[{ id: undefined, addresses: [before] }], [{ id: undefined, addresses: [later] }]])
    expect(() => discovery.setBootstrapPeers([{ host: 'example.org', port: 1 }])).toThrow('is no address of a peer')
    expect(discovery.targets()).toEqual([{ id: undefined, addresses: [later] }])
    discovery.setBootstrapPeers([])
    await pass(200)
    expect(told.at(-1)).toEqual([])
  })

  test('works without datagrams, from its store', async () => {
    const { join, pass, hub } = world()
    const store = memoryPeerStore()
    const first = join('a', { store })
    const bb = join('bb')
    await pass(1_000)
    await first.discovery[Symbol.asyncDispose]()
    await first.node[Symbol.asyncDispose]()
    expect(store.list().map(({ name }) => name)).toEqual(['bb'])
    const again = join('a', { store, silent: true })
    await settle()
    expect(again.told).toEqual([[{ id: bb.id, addresses: [{ host: '10.0.0.2', port: 7_000 }] }]])
    hub.connect(again.id, bb.id)
    await pass(100)
    expect(again.discovery.peers()).toMatchObject([{ name: 'bb', status: 'connected' }])
    expect(again.discovery.figures()).toMatchObject({ peers: 1, connected: 1 })
  })

  test('forgets whom nobody has seen for an hour, in the store too', async () => {
    const { clock, join, pass } = world()
    const a = join('a')
    const bb = join('bb')
    await pass(30_000)
    expect(a.store.list()).toHaveLength(1)
    await bb.discovery[Symbol.asyncDispose]()
    clock.advance(3_700_000)
    await settle()
    expect(a.discovery.peers()).toEqual([])
    expect(a.store.list()).toEqual([])
    expect(a.told.at(-1)).toEqual([])
  })

  test('goes on when its store does not, and says so once', async () => {
    const { join, pass } = world()
    const fail = (): never => {
      throw new FlotillaError('storage-failed', 'the disk is full')
    }
    const store: PeerStore = { ...memoryPeerStore(), list: fail, upsert: fail, forget: fail }
    const a = join('a', { store })
    join('bb')
    await pass(100_000)
    expect(a.names()).toEqual(['bb'])
    expect(a.logger.entries.filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  test('says so when others would refuse its beacons', async () => {
    const { authority, join } = world()
    authority.revoke(authority.admit('a').self)
    const { logger } = join('a')
    await settle()
    expect(logger.entries).toMatchObject([{ level: 'error', fields: { why: 'revoked' } }])
    expect(join('bb').logger.entries).toEqual([])
  })

  test('refuses an address that is none with a sentence', () => {
    const { join } = world()
    const wrong = { bootstrapPeers: [{ host: 'example.org', port: 7_000 }] }
    expect(() => join('a', { settings: wrong })).toThrow('discovery: "example.org" port 7000 is no address of a peer')
  })

  test('leaves nothing running when it is closed', async () => {
    const { clock, join, pass } = world()
    const nodes = [join('a'), join('bb')]
    await pass(1_000)
    for (const { discovery } of nodes) await discovery[Symbol.asyncDispose]()
    for (const { discovery } of nodes) await discovery[Symbol.asyncDispose]()
    expect(clock.timersWaiting).toBe(0)
  })

  test('is not told of itself by others', async () => {
    const { hub, join, pass } = world()
    const [a, bb] = [join('a'), join('bb', { network: 'other' })]
    hub.connect(a.id, bb.id)
    await pass(1_000)
    hub.disconnect(a.id, bb.id)
    hub.connect(a.id, bb.id)
    await pass(60_000)
    expect(a.names()).toEqual(['bb'])
    expect(a.discovery.peers().map(({ id }) => id)).toEqual([bb.id] satisfies NodeId[])
  })
})
