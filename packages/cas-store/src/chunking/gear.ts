import type { Crypto } from '@flotilla/core/crypto'
import { EndSearch, type GearWords, type QuickOptions } from './end-search.ts'

/** What decides where content is cut; known only to who has the identity secret. */
export interface Gear {
  readonly words: GearWords
  readonly search: EndSearch
}

const wordCount = 256

/**
 * The words that decide where content is cut. Without them the ends of chunks say nothing about a file that an
 * outsider knows. It is no encryption: who can have content of his choice stored, and sees the sizes of its chunks,
 * can solve for the words and then recognise files by the sizes of theirs.
 */
export function gearTable(crypto: Pick<Crypto, 'hkdfSha256'>, secret: Uint8Array, quick: QuickOptions = {}): Gear {
  const info = new TextEncoder().encode('flotilla cas gear v1')
  const bytes = crypto.hkdfSha256(secret, new Uint8Array(0), info, wordCount * 4)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = Int32Array.from({ length: wordCount }, (_, index) => view.getInt32(index * 4, true)) as GearWords
  return { words, search: new EndSearch(words, quick) }
}
