import { deepStrictEqual } from 'node:assert/strict'
import type { NodeId } from '@flotilla/core/ids'
import type { ConformanceCase } from '@flotilla/core/testing'
import type { WallMillis } from '@flotilla/core/time'
import type { PeerStore, StoredPeer } from '../peer-store.ts'

/** A peer store under test, empty at first. */
export interface PeerStoreSubject {
  readonly open: () => PeerStore
  /** Whether what was stored is there when it is opened again. */
  readonly survives: boolean
}

const one: StoredPeer = {
  id: 'fl1ghfrcx7kl54ep83jz4dzv3grtfs78pkk0e2g7x' as NodeId,
  name: 'Größe "1"\u0000\'; DROP TABLE peer',
  roles: ['node', 'voter'],
  addresses: [
    { host: '192.0.2.1', port: 1 },
    { host: 'fe80::1%eth0', port: 65_535 },
    { host: '2001:db8::1', port: 7_000 },
  ],
  status: 'connected',
  lastSeen: 1_735_689_600_000 as WallMillis,
}
const other: StoredPeer = {
  id: 'fl1qgxzv5k72qxe64nk2um44j6anzceggjlm94yc8' as NodeId,
  name: '',
  roles: [],
  addresses: [],
  status: 'unreachable',
  lastSeen: 0 as WallMillis,
}

/** What every `PeerStore` does. */
export function peerStoreConformance(make: () => PeerStoreSubject): readonly ConformanceCase[] {
  const cases: Record<string, (subject: PeerStoreSubject) => Promise<void>> = {
    'holds nothing at first': async ({ open }) => {
      await using store = open()
      deepStrictEqual(store.list(), [])
      store.upsert([])
      store.forget([])
      deepStrictEqual(store.list(), [])
    },
    'gives back what was put in, text of any kind and addresses in their order': async ({ open }) => {
      await using store = open()
      store.upsert([one, other])
      deepStrictEqual(sorted(store.list()), sorted([one, other]))
    },
    'puts a peer in place of what it was before': async ({ open }) => {
      await using store = open()
      const moved: StoredPeer = { ...one, addresses: [{ host: '::1', port: 2 }], roles: [], status: 'seen' }
      store.upsert([one, other])
      store.upsert([moved])
      deepStrictEqual(sorted(store.list()), sorted([moved, other]))
    },
    'forgets whom it is told to, and minds nobody that is not there': async ({ open }) => {
      await using store = open()
      store.upsert([one, other])
      store.forget([one.id])
      store.forget([one.id])
      deepStrictEqual(store.list(), [other])
      store.upsert([one])
      deepStrictEqual(sorted(store.list()), sorted([one, other]))
    },
    'shares nothing with what it was given': async ({ open }) => {
      await using store = open()
      const roles = ['node']
      store.upsert([{ ...one, roles }])
      roles.push('intruder')
      deepStrictEqual(store.list(), [{ ...one, roles: ['node'] }])
    },
    'keeps what was stored for the next one to open it': async ({ open, survives }) => {
      if (!survives) return
      {
        await using store = open()
        store.upsert([one, other])
        store.forget([other.id])
      }
      await using again = open()
      deepStrictEqual(again.list(), [one])
    },
  }
  return Object.entries(cases).map(([name, run]) => ({ name, run: () => run(make()) }))
}

function sorted(peers: readonly StoredPeer[]): readonly StoredPeer[] {
  return peers.toSorted((first, second) => (first.id < second.id ? -1 : 1))
}
