import { expect, test } from 'vitest'
import { datagramLanes } from './datagram-lanes.ts'
import type { DatagramHandlers, Datagrams } from './ports.ts'

const from = { host: '192.0.2.1', port: 7 }

test('what is sent on a lane comes out of the same lane, and of no other', async () => {
  let shared: DatagramHandlers | undefined
  const sent: Uint8Array[] = []
  const datagrams: Datagrams = {
    addresses: () => [from],
    send: (_to, bytes) => void sent.push(bytes),
    announce: (bytes) => void sent.push(bytes),
    start: (handlers) => (shared = handlers),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const { beacons, membership } = datagramLanes(datagrams)
  const got: string[] = []
  beacons.start({
    received: (_from, bytes) => got.push(`beacons ${bytes.join()}`),
    addressesChanged: () => got.push('beacons moved'),
  })
  membership.send(from, Uint8Array.of(1, 2))
  beacons.announce(Uint8Array.of(3))
  for (const bytes of sent) shared?.received(from, bytes)
  expect(got).toEqual(['beacons 3'])

  membership.start({
    received: (_from, bytes) => got.push(`membership ${bytes.join()}`),
    addressesChanged: () => got.push('membership moved'),
  })
  for (const bytes of [...sent, new Uint8Array(), Uint8Array.of(9, 9)]) shared?.received(from, bytes)
  shared?.addressesChanged()
  expect(got.slice(1)).toEqual(['membership 1,2', 'beacons 3', 'beacons moved', 'membership moved'])

  await membership[Symbol.asyncDispose]()
  for (const bytes of sent) shared?.received(from, bytes)
  expect(got.slice(5)).toEqual(['beacons 3'])
})
