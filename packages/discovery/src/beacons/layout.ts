/**
 * The bytes of a beacon, version 1. What costs least to look at comes first.
 *
 * | offset | bytes | what                                       |
 * | -----: | ----: | ------------------------------------------ |
 * |      0 |     1 | version, 1                                 |
 * |      1 |     1 | length c of the cluster's name, 1 to 64    |
 * |      2 |     c | name of the cluster, printable ASCII       |
 * |  2 + c |     2 | length p of the proof, big-endian          |
 * |  4 + c |     p | proof                                      |
 * |        |       | body: msgpack, as `bodyCodec` has it       |
 * |    -64 |    64 | signature                                  |
 *
 * Signed is everything before the signature, behind a text that says what it is, so that no signature of this key for
 * another purpose is ever one for a beacon. The proof is in it too, so nobody can put another in its place.
 */
import { array, boolean, bytes, createCodec, integer, object, optional, refined, string } from '@flotilla/core/codec'
import { signatureLength } from '@flotilla/core/crypto'
import { assert, FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { WallMillis } from '@flotilla/core/time'
import { ipFamily, ipTextLengthMax } from '../ip-address.ts'
import type { Credentials } from '../ports.ts'
import { runLength, type BeaconBody, type BeaconRefusal } from './beacon.ts'

const version = 1
const clusterLengthMax = 64
const domain = new TextEncoder().encode('flotilla beacon v1\0')
/** More than any setting lets anybody tell, so that the setting of one release does not bind another. */
const addressesMax = 64

const host = refined(string({ bytesMax: ipTextLengthMax }), (text) => {
  if (ipFamily(text) === undefined || text.includes('%')) throw new ProtocolError('malformed', 'it is no IP address')
  return text
})
const bodyCodec = createCodec<BeaconBody>({
  name: 'beacon',
  // A later version may say more: what is signed and relayed are the bytes as they came, so nothing is lost.
  schema: object(
    {
      run: bytes({ bytesMax: runLength }),
      timestamp: integer<WallMillis>(),
      addresses: array(object({ host, port: integer({ min: 1, max: 65_535 }) }), { countMax: addressesMax }),
      datagramPort: integer({ max: 65_535 }),
      seeking: boolean(),
      question: optional(integer()),
    },
    { unknownFields: 'skip' },
  ),
  limits: { bytesMax: 4_096, itemsMax: 256 },
})

/** A beacon's parts, as views into its bytes; nothing of it is verified. */
export interface LaidOutBeacon {
  readonly proof: Uint8Array
  readonly body: Uint8Array
  readonly signature: Uint8Array
}

/** Signs the beacon. Addresses at the end are left out where it would be longer than `bytesMax`. */
export function sealBeacon(credentials: Credentials, body: BeaconBody, bytesMax: number): Uint8Array {
  assert(body.run.length === runLength, 'a run has 8 bytes')
  const proof = credentials.proof()
  for (let count = Math.min(body.addresses.length, addressesMax); count >= 0; count--) {
    const encoded = bodyCodec.encode({ ...body, addresses: body.addresses.slice(0, count) })
    const unsigned = assembled(credentials.cluster, proof, encoded)
    if (unsigned.length + signatureLength > bytesMax) continue
    const sealed = new Uint8Array(unsigned.length + signatureLength)
    sealed.set(unsigned)
    sealed.set(credentials.sign(signedBytesOf(sealed)), unsigned.length)
    return sealed
  }
  throw new FlotillaError('too-large', `a proof of ${proof.length} bytes leaves no room in a beacon`, {
    hint: `proofs and names must be shorter: a beacon has at most ${bytesMax} bytes (beaconBytesMax)`,
  })
}

/** What the signature is made over. */
export function signedBytesOf(sealed: Uint8Array): Uint8Array {
  const signed = new Uint8Array(domain.length + sealed.length - signatureLength)
  signed.set(domain)
  signed.set(sealed.subarray(0, sealed.length - signatureLength), domain.length)
  return signed
}

/** Takes a beacon apart as far as its cluster is the one asked for; makes nothing, so that garbage costs nothing. */
export function takeApart(sealed: Uint8Array, cluster: string, bytesMax: number): LaidOutBeacon | BeaconRefusal {
  if (sealed.length > bytesMax) return 'too-large'
  if (sealed.length === 0) return 'malformed'
  if (sealed[0] !== version) return 'unsupported-version'
  const clusterLength = sealed[1] ?? 0
  const proofAt = 4 + clusterLength
  if (clusterLength === 0 || clusterLength > clusterLengthMax || proofAt > sealed.length) return 'malformed'
  if (!namesCluster(sealed, clusterLength, cluster)) return 'other-cluster'
  const bodyAt = proofAt + (sealed[proofAt - 2] ?? 0) * 256 + (sealed[proofAt - 1] ?? 0)
  const signatureAt = sealed.length - signatureLength
  if (bodyAt >= signatureAt) return 'malformed'
  return {
    proof: sealed.subarray(proofAt, bodyAt),
    body: sealed.subarray(bodyAt, signatureAt),
    signature: sealed.subarray(signatureAt),
  }
}

/** Undefined if these are no bytes of a body. */
export function readBody(body: Uint8Array): BeaconBody | undefined {
  try {
    const read = bodyCodec.decode(body)
    return read.run.length === runLength ? read : undefined
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

function namesCluster(sealed: Uint8Array, length: number, cluster: string): boolean {
  if (length !== cluster.length) return false
  for (let index = 0; index < length; index++) if (sealed[2 + index] !== cluster.charCodeAt(index)) return false
  return true
}

function assembled(cluster: string, proof: Uint8Array, body: Uint8Array): Uint8Array {
  assert(/^[!-~]{1,64}$/.test(cluster), 'the name of a cluster is 1 to 64 printable ASCII characters')
  assert(proof.length < 65_536, 'a proof is shorter than 64 KiB')
  const bodyAt = 4 + cluster.length + proof.length
  const unsigned = new Uint8Array(bodyAt + body.length)
  unsigned[0] = version
  unsigned[1] = cluster.length
  for (let index = 0; index < cluster.length; index++) unsigned[2 + index] = cluster.charCodeAt(index)
  unsigned[2 + cluster.length] = proof.length >> 8
  unsigned[3 + cluster.length] = proof.length & 255
  unsigned.set(proof, 4 + cluster.length)
  unsigned.set(body, bodyAt)
  return unsigned
}
