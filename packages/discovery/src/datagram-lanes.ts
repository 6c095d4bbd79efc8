import { assert } from '@flotilla/core/errors'
import type { DatagramHandlers, Datagrams } from './ports.ts'

/** Which protocol a datagram belongs to: its first byte. */
const laneBytes = { beacons: 0xb1, membership: 0xb2 } as const

export type DatagramLane = keyof typeof laneBytes

/**
 * Shares one `Datagrams` between the protocols of this package: what is sent on a lane comes out of the same lane at
 * the other end. What comes in before a lane was started, or on no lane, is dropped, as datagrams may be. Disposing a
 * lane ends its deliveries; the shared `Datagrams` belong to whoever made them.
 */
export function datagramLanes(shared: Datagrams): Readonly<Record<DatagramLane, Datagrams>> {
  const handlersByLane = new Map<number, DatagramHandlers>()
  let isStarted = false

  const startShared = (): void => {
    if (isStarted) return
    isStarted = true
    shared.start({
      received: (from, bytes) => handlersByLane.get(bytes[0] ?? 0)?.received(from, bytes.subarray(1)),
      addressesChanged: () => handlersByLane.forEach((handlers) => handlers.addressesChanged()),
    })
  }
  const lane = (byte: number): Datagrams => ({
    addresses: () => shared.addresses(),
    send: (to, bytes) => shared.send(to, marked(byte, bytes)),
    announce: (bytes) => shared.announce(marked(byte, bytes)),
    start(handlers) {
      assert(!handlersByLane.has(byte), 'a lane is started once')
      handlersByLane.set(byte, handlers)
      startShared()
    },
    [Symbol.asyncDispose]() {
      handlersByLane.delete(byte)
      return Promise.resolve()
    },
  })
  return { beacons: lane(laneBytes.beacons), membership: lane(laneBytes.membership) }
}

function marked(byte: number, bytes: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(bytes.length + 1)
  datagram[0] = byte
  datagram.set(bytes, 1)
  return datagram
}
