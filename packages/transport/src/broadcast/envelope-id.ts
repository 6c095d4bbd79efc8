import type { Crypto } from '@flotilla/core/crypto'

/**
 * The first 16 bytes of the SHA-256 of all of an envelope's bytes, the signature included, as a string of 16 characters
 * below 256 because a map compares those by value. Whoever changes a byte makes another envelope: no forgery has the id
 * of the true one. (To find one would take 2^128 tries, and an id is good for a minute.)
 */
export type EnvelopeId = string & { readonly brand: 'EnvelopeId' }

export const envelopeIdBytes = 16

export function envelopeId(crypto: Crypto, envelope: Uint8Array): EnvelopeId {
  return idAt(crypto.sha256(envelope), 0)
}

/** The ids in a byte string that holds nothing else. */
export function splitIds(bytes: Uint8Array): readonly EnvelopeId[] {
  return Array.from({ length: Math.floor(bytes.length / envelopeIdBytes) }, (_, index) =>
    idAt(bytes, index * envelopeIdBytes),
  )
}

export function joinIds(ids: readonly EnvelopeId[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * envelopeIdBytes)
  for (const [index, id] of ids.entries()) {
    for (let offset = 0; offset < envelopeIdBytes; offset++) {
      bytes[index * envelopeIdBytes + offset] = id.charCodeAt(offset)
    }
  }
  return bytes
}

function idAt(bytes: Uint8Array, at: number): EnvelopeId {
  return String.fromCharCode(...bytes.subarray(at, at + envelopeIdBytes)) as EnvelopeId
}
