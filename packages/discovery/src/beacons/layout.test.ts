import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { WallMillis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { memoryAuthority } from '../testing/memory-authority.ts'
import type { BeaconBody } from './beacon.ts'
import { readBody, sealBeacon, takeApart } from './layout.ts'

const credentials = memoryAuthority({ crypto: nodeCrypto(), cluster: 'fc1ours' }).admit('ben')
const body: BeaconBody = {
  run: new Uint8Array(8).fill(7),
  timestamp: 1_735_700_000_000 as WallMillis,
  addresses: [
    { host: '192.0.2.1', port: 1 },
    { host: '2001:db8::1', port: 65_535 },
  ],
  datagramPort: 4_000,
  seeking: true,
}

function bodyOf(sealed: Uint8Array): BeaconBody | undefined {
  const laidOut = takeApart(sealed, 'fc1ours', 1_200)
  return typeof laidOut === 'string' ? undefined : readBody(laidOut.body)
}

test('what is sealed is read back', () => {
  expect(bodyOf(sealBeacon(credentials, body, 1_200))).toEqual(body)
})

test('it fits into its datagram, with a proof as long as a certificate, and many addresses', () => {
  const long = { ...credentials, proof: () => new Uint8Array(500).fill(1) }
  const addresses = Array.from({ length: 64 }, (_, number) => ({
    host: `2001:db8:1234:5678:9abc:def0:1234:${number}`,
    port: 65_535,
  }))
  const sealed = sealBeacon(long, { ...body, addresses }, 1_200)
  expect(sealed.length).toBeLessThanOrEqual(1_200)
  const told = bodyOf(sealed)?.addresses ?? []
  expect(told.length).toBeGreaterThanOrEqual(8)
  expect(told).toEqual(addresses.slice(0, told.length))
})

test('a proof that leaves no room is refused with a sentence', () => {
  const long = { ...credentials, proof: () => new Uint8Array(1_100) }
  expect(() => sealBeacon(long, body, 1_200)).toThrow('a proof of 1100 bytes leaves no room in a beacon')
})

test('names and zones are no addresses', () => {
  for (const host of ['example.org', 'fe80::1%eth0', '', '1.2.3']) {
    expect(bodyOf(sealBeacon(credentials, { ...body, addresses: [{ host, port: 1 }] }, 1_200))).toBeUndefined()
  }
})
