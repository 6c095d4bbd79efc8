/**
 * The bytes of a membership datagram, version 1. Numbers are big-endian.
 *
 * | offset | bytes | what                                                      |
 * | -----: | ----: | --------------------------------------------------------- |
 * |      0 |     1 | version, 1                                                |
 * |      1 |    41 | id of the sender                                          |
 * |     42 |     8 | session, as in the sender's record                        |
 * |     50 |     8 | counter, one more with each datagram of the session       |
 * |     58 |       | packet: msgpack, as `messages.ts` has it                  |
 * |    -64 |    64 | signature                                                 |
 *
 * Signed is everything before the signature, behind a text that says what it is. There is no time in it: members whose
 * calendars differ understand each other. What was recorded is of no use later: within a session each counter is taken
 * once, and the session of an earlier life stops being the sender's as soon as a newer record of it is known.
 */
import { signatureLength } from '@flotilla/core/crypto'
import { nodeIdLength, type NodeId } from '@flotilla/core/ids'
import { joined } from './vouching.ts'

const version = 1
const senderAt = 1
const sessionAt = senderAt + nodeIdLength
const counterAt = sessionAt + 8
const packetAt = counterAt + 8
/** What a datagram has besides its packet. */
export const sealBytes: number = packetAt + signatureLength
const domain = new TextEncoder().encode('flotilla membership datagram v1\0')

export interface SealedPacket {
  /** Who claims to have sent it; nothing is verified yet. */
  readonly sender: NodeId
  readonly session: number
  readonly counter: number
  readonly packet: Uint8Array
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

export type SealRefusal = 'malformed' | 'too-large' | 'unsupported-version'

export function sealPacket(options: {
  readonly sender: NodeId
  readonly session: number
  readonly counter: number
  readonly packet: Uint8Array
  readonly sign: (bytes: Uint8Array) => Uint8Array
}): Uint8Array {
  const { sender, session, counter, packet, sign } = options
  const bytes = new Uint8Array(sealBytes + packet.length)
  const view = new DataView(bytes.buffer)
  bytes[0] = version
  for (let index = 0; index < nodeIdLength; index++) bytes[senderAt + index] = sender.charCodeAt(index)
  view.setBigUint64(sessionAt, BigInt(session))
  view.setBigUint64(counterAt, BigInt(counter))
  bytes.set(packet, packetAt)
  const signedLength = packetAt + packet.length
  bytes.set(sign(joined(domain, bytes.subarray(0, signedLength))), signedLength)
  return bytes
}

/** Takes a datagram apart. A sender that is no id is simply one that nobody knows. */
export function takeApartPacket(bytes: Uint8Array, bytesMax: number): SealedPacket | SealRefusal {
  if (bytes.length > bytesMax) return 'too-large'
  if (bytes.length > 0 && bytes[0] !== version) return 'unsupported-version'
  if (bytes.length < sealBytes) return 'malformed'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const session = view.getBigUint64(sessionAt)
  const counter = view.getBigUint64(counterAt)
  if (session > Number.MAX_SAFE_INTEGER || counter > Number.MAX_SAFE_INTEGER) return 'malformed'
  const signatureAt = bytes.length - signatureLength
  return {
    sender: String.fromCharCode(...bytes.subarray(senderAt, sessionAt)) as NodeId,
    session: Number(session),
    counter: Number(counter),
    packet: bytes.subarray(packetAt, signatureAt),
    signed: joined(domain, bytes.subarray(0, signatureAt)),
    signature: bytes.subarray(signatureAt),
  }
}
