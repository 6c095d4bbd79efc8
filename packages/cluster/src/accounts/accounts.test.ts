import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import { ManualClock, memoryHub, RecordingLogger, type MemoryHub } from '@flotilla/core/testing'
import type { WallMillis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import { clusterDefaults } from '../config.ts'
import { memoryClusterStore, type MemoryClusterStore } from '../testing/index.ts'
import { bookCodec } from './account-book.ts'
import { Accounts, type AccountsOptions } from './accounts.ts'
import { accountLimits } from './config.ts'
import type { AccountIssuer } from './entry.ts'
import { accountAnswerCodec, accountRequestCodec, bookStateCodec } from './messages.ts'
import { sampleBytes, sampleIssuer, sampleNow, sampleRemoval, sampleUser } from './sample-accounts.ts'

const crypto = nodeCrypto()
const authority = sampleIssuer(crypto, 99, 'the-cluster')
const asMember = { scope: authority.scope, publicKey: authority.publicKey }
const ann = { role: 'operator', password: 'hash of ann' } as const

interface Sample {
  readonly id: NodeId
  readonly accounts: Accounts
  readonly store: MemoryClusterStore
  readonly logger: RecordingLogger
}

class World {
  readonly clock: ManualClock = new ManualClock({ wallMs: sampleNow })
  readonly hub: MemoryHub = memoryHub({ clock: this.clock, connectOnJoin: false })
  readonly guests: Set<NodeId> = new Set()

  async open(seed: number, options: Partial<AccountsOptions> = {}, records = new Map()): Promise<Sample> {
    const key = sampleIssuer(crypto, seed)
    const id = nodeIdFromPublicKey(crypto, key.publicKey)
    const own = { ...key, scope: id }
    const store = memoryClusterStore({ records })
    const logger = new RecordingLogger()
    const { clock } = this
    const accounts = await Accounts.open({ store, crypto, clock, logger, own, cluster: () => asMember, ...options })
    return { id, accounts, store, logger }
  }

  /** On the network, connected with those. */
  async attached(seed: number, issuer: AccountIssuer, ...peers: readonly Sample[]): Promise<Sample> {
    const sample = await this.open(seed, { cluster: () => issuer })
    const { network } = this.hub.join(sample.id)
    sample.accounts.attach({ network, admits: (peer) => !this.guests.has(peer) })
    for (const peer of peers) this.hub.connect(sample.id, peer.id)
    await this.settled()
    return sample
  }

  async settled(beats: number = 0): Promise<void> {
    for (let beat = 0; beat <= beats; beat++) {
      if (beat > 0) this.clock.advance(clusterDefaults.heartbeatMs)
      for (let turn = 0; turn < 400; turn++) await Promise.resolve()
    }
  }
}

const users = ({ accounts }: Sample): readonly string[] => accounts.users().map(({ name }) => name)

describe('accounts', () => {
  test('are known to all members at once, however far away, and after a restart', async () => {
    const world = new World()
    const first = await world.attached(1, authority)
    const second = await world.attached(2, asMember, first)
    const third = await world.attached(3, asMember, second)
    await first.accounts.setUser('ann', ann)
    await world.settled()
    expect(third.accounts.user('ann')).toMatchObject(ann)
    await first.accounts.removeUser('ann')
    await world.settled()
    expect([users(first), users(second), users(third)]).toEqual([[], [], []])
    await first.accounts.setUser('bob', ann)
    await world.settled()
    const again = await world.open(3, {}, new Map(third.store.records()))
    expect(users(again)).toEqual(['bob'])
    expect(again.accounts.state()).toEqual(first.accounts.state())
  })

  test('that two copies of the authority change at once are all kept, and the later change counts', async () => {
    const world = new World()
    const [first, second] = [await world.attached(1, authority), await world.attached(2, authority)]
    await first.accounts.setUser('ann', ann)
    world.clock.advance(1)
    await second.accounts.setUser('ann', { ...ann, role: 'admin' })
    await second.accounts.setUser('bob', ann)
    await first.accounts.setUser('cas', ann)
    world.hub.connect(first.id, second.id)
    await world.settled(2)
    for (const { accounts } of [first, second]) {
      expect(accounts.users().map(({ name, role }) => `${name} ${role}`)).toEqual([
        'ann admin',
        'bob operator',
        'cas operator',
      ])
    }
    expect(first.accounts.state()).toEqual(second.accounts.state())
  })

  test('do not come back by a member that says what was once, or makes something up', async () => {
    const world = new World()
    const first = await world.attached(1, authority)
    await first.accounts.setUser('ann', ann)
    const old = first.accounts.page('').entries
    await first.accounts.removeUser('ann')
    const liar = await world.open(7)
    const forged = sampleBytes(sampleIssuer(crypto, 7, authority.scope), sampleUser('eve', 10, { role: 'admin' }))
    const channel = world.hub.join(liar.id).network.open('cluster-accounts', {
      request: async () => accountAnswerCodec.encode({ type: 'page', entries: [...old, forged], next: null }),
    })
    world.hub.connect(liar.id, first.id)
    for (let beat = 0; beat < 30; beat++) {
      channel.notify(first.id, bookStateCodec.encode({ digest: new Uint8Array(16).fill(beat), latest: 2 ** 50 }))
      await world.settled(1)
    }
    expect(first.accounts.users()).toEqual([])
    const warnings = first.logger.entries.filter(({ message }) => message === 'the accounts could not be fetched')
    expect(warnings.length).toBeGreaterThan(2)
    expect(warnings.length).toBeLessThan(7)
  })

  test('are told to guests and replicas never, nor taken from them', async () => {
    const world = new World()
    const first = await world.attached(1, authority)
    await first.accounts.setUser('ann', ann)
    const guest = await world.open(5)
    world.guests.add(guest.id)
    await world.attached(5, asMember, first)
    await world.settled(20)
    expect(users(guest)).toEqual([])
    // Nor when one asks.
    const stranger = await world.open(6)
    world.guests.add(stranger.id)
    const channel = world.hub.join(stranger.id).network.open('cluster-accounts', {})
    world.hub.connect(stranger.id, first.id)
    const asked = channel.request(first.id, accountRequestCodec.encode({ type: 'page', after: '' }), {
      timeoutMs: 1_000,
    })
    await expect(asked).rejects.toMatchObject({
      message: expect.stringContaining('nodes and operators only') as string,
    })
  })

  test('are told to nobody who asks without end', async () => {
    const world = new World()
    const first = await world.attached(1, authority)
    const greedy = await world.open(7)
    const channel = world.hub.join(greedy.id).network.open('cluster-accounts', {})
    world.hub.connect(greedy.id, first.id)
    const question = accountRequestCodec.encode({ type: 'page', after: '' })
    const ask = (): Promise<Uint8Array> => channel.request(first.id, question, { timeoutMs: 1_000 })
    for (let asked = 0; asked < accountLimits.requestsPerPeerBurst; asked++) await ask()
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('too many requests') as string })
    world.clock.advance(accountLimits.requestsPerPeerEveryMs)
    await ask()
  })

  test('are changed where the authority is, and nowhere else', async () => {
    const world = new World()
    const member = await world.attached(2, asMember)
    const token = { id: '0'.repeat(32), name: 'ci', role: 'viewer', until: (sampleNow + 1_000) as WallMillis } as const
    await expect(member.accounts.setUser('ann', ann)).rejects.toMatchObject({ code: 'not-the-authority' })
    await expect(member.accounts.addToken(token)).rejects.toMatchObject({ code: 'not-the-authority' })
    expect(users(member)).toEqual([])
  })

  test('have sensible names, and are there to be changed', async () => {
    const { accounts } = await new World().open(1, { cluster: () => authority })
    await expect(accounts.setUser('Ann', ann)).rejects.toMatchObject({ code: 'wrong-field' })
    await expect(accounts.setUser('ann', { role: 'admin' })).rejects.toMatchObject({ code: 'not-found' })
    await expect(accounts.removeUser('ann')).rejects.toMatchObject({ code: 'not-found' })
    await expect(accounts.revokeToken('0')).rejects.toMatchObject({ code: 'not-found' })
    await accounts.setUser('ann', ann)
    await accounts.removeUser('ann')
    await expect(accounts.setUser('ann', { role: 'admin' })).rejects.toMatchObject({ code: 'not-found' })
    await accounts.setUser('ann', { ...ann, role: 'admin' })
    expect(accounts.user('ann')).toMatchObject({ role: 'admin' })
  })

  test('are bounded, and so are the names of those who were removed', async () => {
    const removed = Array.from({ length: accountLimits.userNamesMax }, (_, index) => sampleRemoval(`u${index}`, 0))
    const entries = removed.map((entry) => sampleBytes(authority, entry))
    const record = bookCodec.encode({ version: 1, scope: authority.scope, entries })
    const { accounts } = await new World().open(1, { cluster: () => authority }, new Map([['accounts', record]]))
    await expect(accounts.setUser('one-more', ann)).rejects.toMatchObject({ code: 'overloaded' })
    await expect(accounts.setUser('u7', ann)).resolves.toBeUndefined()
  })
})

describe('a token', () => {
  const tokenOf = (digit: string, untilMs: number) =>
    ({ id: digit.repeat(32), name: 'ci', role: 'viewer', until: (sampleNow + untilMs) as WallMillis }) as const

  test('is known until it is revoked, or over', async () => {
    const world = new World()
    const first = await world.attached(1, authority)
    const second = await world.attached(2, asMember, first)
    for (const [digit, untilMs] of [
      ['1', 3_000],
      ['2', 60_000],
      ['3', 60_000],
    ] as const) {
      await first.accounts.addToken(tokenOf(digit, untilMs))
    }
    await first.accounts.revokeToken('2'.repeat(32))
    await world.settled(1)
    expect(new Set(second.accounts.tokens().map(({ id }) => id[0]))).toEqual(new Set(['1', '3']))
    await world.settled(4)
    expect(second.accounts.tokens().map(({ id }) => id[0])).toEqual(['3'])
    expect(second.accounts.state()).toEqual(first.accounts.state())
  })

  test('is good for a while that has an end', async () => {
    const { accounts } = await new World().open(1, { cluster: () => authority })
    for (const untilMs of [0, -1, accountLimits.tokenMsMax + 1]) {
      await expect(accounts.addToken(tokenOf('1', untilMs))).rejects.toMatchObject({ code: 'wrong-field' })
    }
  })
})

describe('the users of a machine in no cluster', () => {
  const place = { cluster: undefined as AccountIssuer | undefined }
  const alone = (world: World) => {
    place.cluster = undefined
    return world.open(1, { cluster: () => place.cluster })
  }

  test('are its own, and those of the cluster that it makes', async () => {
    const world = new World()
    const { accounts, store } = await alone(world)
    await accounts.setUser('ann', ann)
    place.cluster = authority
    await accounts.begin({ hasMade: true })
    expect(accounts.user('ann')).toMatchObject(ann)
    const again = await world.open(1, { cluster: () => asMember }, new Map(store.records()))
    expect(users(again)).toEqual(['ann'])
  })

  test('do not come into a cluster that it joins, nor into one whose authority it is given', async () => {
    for (const issuer of [asMember, authority]) {
      const { accounts } = await alone(new World())
      await accounts.setUser('ann', ann)
      place.cluster = issuer
      await accounts.begin({ hasMade: false })
      expect(accounts.users()).toEqual([])
    }
  })

  test('do not come into it either when the machine dies in between', async () => {
    const world = new World()
    const { accounts, store } = await alone(world)
    await accounts.setUser('ann', ann)
    const again = await world.open(1, { cluster: () => asMember }, new Map(store.records()))
    expect([users(again), again.accounts.issuer.scope]).toEqual([[], authority.scope])
  })
})

test('a damaged record stops the start: a removed user would come back with a new one', async () => {
  const world = new World()
  const { accounts, store } = await world.open(1, { cluster: () => authority })
  await accounts.setUser('ann', ann)
  const bytes = store.records().get('accounts') ?? new Uint8Array(0)
  for (const at of [0, 5, bytes.length >> 1, bytes.length - 1]) {
    const damaged = new Map([['accounts', bytes.with(at, (bytes[at] ?? 0) ^ 1)]])
    await expect(world.open(1, { cluster: () => authority }, damaged)).rejects.toMatchObject({ code: 'damaged' })
  }
  const foreign = new Map([['accounts', bytes]])
  const other = { ...authority, scope: 'another' }
  await expect(world.open(1, { cluster: () => other }, foreign)).rejects.toMatchObject({ code: 'damaged' })
})
