import type { Crypto } from '@flotilla/core/crypto'

/** A random 32-bit word for each value of a byte, known only to who has the identity secret. */
export type Gear = Int32Array & { readonly brand: 'Gear' }

const words = 256

/**
 * The words that decide where content is cut. Without them the ends of chunks say nothing about a file that an
 * outsider knows. It is no encryption: who can have content of his choice stored, and sees the sizes of its chunks,
 * can solve for the words and then recognise files by the sizes of theirs.
 */
export function gearTable(crypto: Pick<Crypto, 'hkdfSha256'>, secret: Uint8Array): Gear {
  const info = new TextEncoder().encode('flotilla cas gear v1')
  const bytes = crypto.hkdfSha256(secret, new Uint8Array(0), info, words * 4)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Int32Array.from({ length: words }, (_, index) => view.getInt32(index * 4, true)) as Gear
}
