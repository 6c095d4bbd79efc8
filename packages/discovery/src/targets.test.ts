import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import type { PeerStatus } from './peer-store/peer-store.ts'
import type { KnownPeer } from './peer-store/peer-table.ts'
import { mergedTargets, targetsKey, type TargetSources } from './targets.ts'

const at = (host: string): { host: string; port: number } => ({ host, port: 7 })
const id = (name: string): NodeId => name as NodeId
const peer = (name: string, hosts: readonly string[], status: PeerStatus = 'seen'): KnownPeer => ({
  id: id(name),
  name,
  roles: [],
  addresses: hosts.map(at),
  datagramAddresses: [],
  status,
  seenAt: 0 as Millis,
})
const none: TargetSources = { self: id('self'), staticPeers: [], bootstrapPeers: [], peers: [] }

describe('targets', () => {
  test('are those that were typed in, then those that were found, each once and never ourselves', () => {
    const targets = mergedTargets({
      ...none,
      staticPeers: [
        { id: id('ben'), addresses: [at('192.0.2.1')] },
        { id: undefined, addresses: [at('192.0.2.2')] },
        { id: id('self'), addresses: [at('192.0.2.3')] },
      ],
      bootstrapPeers: [at('198.51.100.1')],
      peers: [peer('ben', ['192.0.2.1', '192.0.2.11']), peer('anna', ['192.0.2.4']), peer('self', ['192.0.2.3'])],
    })
    expect(targets).toEqual([
      { id: 'ben', addresses: [at('192.0.2.1'), at('192.0.2.11')] },
      { id: undefined, addresses: [at('192.0.2.2')] },
      { id: undefined, addresses: [at('198.51.100.1')] },
      { id: 'anna', addresses: [at('192.0.2.4')] },
    ])
  })

  test('leave a bootstrap address out while whoever lives there is connected', () => {
    const targets = (status: PeerStatus): number =>
      mergedTargets({ ...none, bootstrapPeers: [at('192.0.2.4')], peers: [peer('anna', ['192.0.2.4'], status)] }).length
    expect([targets('connected'), targets('seen'), targets('unreachable')]).toEqual([1, 2, 2])
  })

  test('leave out whose addresses nobody knows', () => {
    expect(mergedTargets({ ...none, peers: [peer('anna', [])] })).toEqual([])
  })

  test('come in the same order whatever was heard last, and in another on every node', () => {
    const peers = Array.from({ length: 20 }, (_, number) => peer(`p${number}`, ['192.0.2.1']))
    const key = (self: string, all: readonly KnownPeer[]): string =>
      targetsKey(mergedTargets({ ...none, self: id(self), peers: all }))
    expect(key('self', peers.toReversed())).toBe(key('self', peers))
    expect(new Set(['a', 'b', 'c', 'd'].map((self) => key(self, peers))).size).toBe(4)
  })
})
