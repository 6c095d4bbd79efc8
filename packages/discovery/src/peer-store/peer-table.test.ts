import type { NodeId } from '@flotilla/core/ids'
import type { Millis, WallMillis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import { validatePeerTableSettings } from './limits.ts'
import type { StoredPeer } from './peer-store.ts'
import { PeerTable, type PeerNews } from './peer-table.ts'

const at = (ms: number): Millis => ms as Millis
const id = (name: string): NodeId => name as NodeId
const hour = 3_600_000

function news(name: string, ms: number, host = '192.0.2.1'): PeerNews {
  return { id: id(name), name, roles: ['node'], addresses: [{ host, port: 1 }], datagramAddresses: [], at: at(ms) }
}

function table(settings: { readonly peersMax?: number } = {}): PeerTable {
  return new PeerTable(validatePeerTableSettings(settings))
}

const names = (peers: PeerTable): string[] => peers.list().map(({ name }) => name)

describe('a peer', () => {
  test('is seen, connected, unreachable, and seen again only by what is newer than that', () => {
    const peers = table()
    const status = (): string | undefined => peers.get(id('ben'))?.status
    peers.heard(news('ben', 1))
    expect(status()).toBe('seen')
    peers.connected(id('ben'), true, at(2))
    peers.heard(news('ben', 3))
    expect(status()).toBe('connected')
    peers.connected(id('ben'), false, at(4))
    expect(status()).toBe('unreachable')
    peers.heard(news('ben', 4))
    expect(status()).toBe('unreachable')
    peers.heard(news('ben', 5))
    expect(status()).toBe('seen')
  })

  test('that connected before anything was heard of it is connected', () => {
    const peers = table()
    peers.connected(id('ben'), true, at(1))
    expect(peers.size).toBe(0)
    peers.heard(news('ben', 2))
    expect(peers.get(id('ben'))?.status).toBe('connected')
  })

  test('is at its new addresses alone when it has moved', () => {
    const peers = table()
    peers.heard(news('ben', 1))
    const before = peers.version
    peers.heard(news('ben', 2))
    expect(peers.version).toBe(before)
    peers.heard(news('ben', 3, '192.0.2.99'))
    expect(peers.version).toBeGreaterThan(before)
    expect(peers.get(id('ben'))?.addresses).toEqual([{ host: '192.0.2.99', port: 1 }])
  })

  test('is forgotten when nobody has seen it for an hour, unless it is connected', () => {
    const peers = table()
    for (const name of ['ben', 'anna', 'carl']) peers.heard(news(name, 0))
    peers.connected(id('anna'), true, at(0))
    peers.heard(news('carl', 10))
    peers.clean(at(hour))
    expect(peers.size).toBe(3)
    peers.clean(at(hour + 1))
    expect(names(peers).toSorted()).toEqual(['anna', 'carl'])
    expect(peers.unstored({ now: at(hour + 1), wallNow: 0 as WallMillis }).forget).toEqual(['ben'])
  })
})

test('there are never more than so many, and those seen last stay', () => {
  const peers = table({ peersMax: 3 })
  peers.connected(id('p0'), true, at(0))
  for (let peer = 0; peer < 1_000; peer++) peers.heard(news(`p${peer}`, peer))
  expect(names(peers).toSorted()).toEqual(['p0', 'p998', 'p999'])
})

describe('what is stored', () => {
  const stored = (name: string, lastSeen: number, status: StoredPeer['status'] = 'seen'): StoredPeer => {
    const { addresses, roles } = news(name, 0)
    return { id: id(name), name, roles, addresses, status, lastSeen: lastSeen as WallMillis }
  }

  test('is what has changed, with the time by the calendar', () => {
    const peers = table()
    peers.heard(news('ben', 100))
    const moment = { now: at(1_100), wallNow: 50_000 as WallMillis }
    expect(peers.unstored(moment)).toEqual({ upsert: [stored('ben', 49_000)], forget: [] })
    expect(peers.unstored(moment)).toEqual({ upsert: [], forget: [] })
    peers.connected(id('ben'), true, at(1_100))
    expect(peers.unstored(moment).upsert).toEqual([stored('ben', 50_000, 'connected')])
    expect(peers.unstored({ ...moment, now: at(2_100) }).upsert).toEqual([stored('ben', 50_000, 'connected')])
  })

  test('is as old after a night off as it was before, and nobody is connected', () => {
    const peers = table()
    const evening = 1_735_700_000_000
    peers.load(
      [
        stored('ben', evening, 'connected'),
        stored('anna', evening - hour, 'unreachable'),
        stored('carl', evening - hour - 1),
      ],
      at(5),
    )
    expect(peers.list().map(({ name, status }) => [name, status])).toEqual([
      ['ben', 'seen'],
      ['anna', 'unreachable'],
    ])
  })

  test('a peer that is heard of again after it was forgotten is not taken out of the store', () => {
    const peers = table()
    peers.heard(news('ben', 0))
    peers.forget(id('ben'))
    peers.heard(news('ben', 1))
    const { upsert, forget } = peers.unstored({ now: at(1), wallNow: 1 as WallMillis })
    expect([upsert.length, forget.length]).toEqual([1, 0])
  })
})
