import { assert } from '@flotilla/core/errors'
import { nonceBytes, tagBytes, type ChunkCipher } from '../chunk-cipher.ts'
import { keyringLimits } from '../limits.ts'
import { recipeSaltBytes, type WrappingRecipe } from './wrapping-secret.ts'

/*
 * A wrapped key, version 1: what a key row holds. Numbers are big-endian.
 *
 *   0   2  'fk'
 *   2   1  version: 1
 *   3   1  what it is: 1 data key, 2 identity secret, 3 mark of an identity secret that is kept elsewhere
 *   4   4  epoch of the data key, from 1; 0 for the other two
 *   8   1  recipe: 1 key file, 2 passphrase
 *   9   1  scrypt: log2 of N, or 0
 *  10   1  scrypt: r, or 0
 *  11   1  scrypt: p, or 0
 *  12  16  mark of the key file, or salt of scrypt
 *  28  12  nonce, drawn at random
 *  40  32  AES-256-GCM ciphertext of the 32 bytes of the key
 *  72  16  tag
 *
 * Bytes 0 to 27 are the additional data, so no row can be taken for another.
 */
const version = 1
const epochAt = 4
const recipeAt = 8
const saltAt = 12
const nonceAt = saltAt + recipeSaltBytes
const bodyAt = nonceAt + nonceBytes
export const keyBytes = 32
export const wrappedKeyBytes: number = bodyAt + keyBytes + tagBytes

export type WrappedWhat = 'data-key' | 'identity' | 'identity-mark'

export interface WrappedHeader {
  readonly what: WrappedWhat
  /** 0 unless it is a data key. */
  readonly epoch: number
  readonly recipe: WrappingRecipe
}

export type ParsedWrapped =
  | { readonly type: 'parsed'; readonly header: WrappedHeader }
  | { readonly type: 'refused'; readonly why: string }

export interface WrapOptions {
  readonly cipher: ChunkCipher
  readonly wrappingKey: Uint8Array
}

export function wrapKey(
  header: WrappedHeader,
  key: Uint8Array,
  { cipher, wrappingKey, nonce }: WrapOptions & { readonly nonce: Uint8Array },
): Uint8Array {
  assert(key.length === keyBytes && nonce.length === nonceBytes, 'a key has 32 bytes, and a nonce 12')
  const wrapped = new Uint8Array(wrappedKeyBytes)
  writeHeader(header, wrapped)
  wrapped.set(nonce, nonceAt)
  cipher.encrypt({ key: wrappingKey, nonce, associated: wrapped.subarray(0, nonceAt), bytes: key }, wrapped, bodyAt)
  return wrapped
}

/** Undefined unless it is what was wrapped with that key. Only for what `parseWrapped` took. */
export function unwrapKey(wrapped: Uint8Array, { cipher, wrappingKey }: WrapOptions): Uint8Array | undefined {
  assert(wrapped.length === wrappedKeyBytes, 'a wrapped key was parsed before')
  const key = new Uint8Array(keyBytes)
  const input = {
    key: wrappingKey,
    nonce: wrapped.subarray(nonceAt, bodyAt),
    associated: wrapped.subarray(0, nonceAt),
    bytes: wrapped.subarray(bodyAt),
  }
  return cipher.decrypt(input, key) ? key : undefined
}

export function parseWrapped(bytes: Uint8Array): ParsedWrapped {
  if (bytes.length !== wrappedKeyBytes) return refused(`it has ${bytes.length} bytes, not ${wrappedKeyBytes}`)
  const [magic0, magic1, found, whatCode = 0, e0 = 0, e1 = 0, e2 = 0, e3 = 0] = bytes
  if (magic0 !== 0x66 || magic1 !== 0x6b) return refused('it does not begin as wrapped keys do')
  if (found !== version) return refused(`it has version ${found}, and this release knows version ${version} only`)
  const what = whats[whatCode]
  if (what === undefined) return refused('nobody knows what it is')
  const epoch = e0 * 2 ** 24 + (e1 << 16) + (e2 << 8) + e3
  if ((what === 'data-key') !== epoch > 0) return refused(`epoch ${epoch} does not fit what it is`)
  const recipe = parseRecipe(bytes)
  if (recipe === undefined) return refused('how its wrapping key is made cannot be')
  return { type: 'parsed', header: { what, epoch, recipe } }
}

const whats: readonly (WrappedWhat | undefined)[] = [undefined, 'data-key', 'identity', 'identity-mark']

function writeHeader({ what, epoch, recipe }: WrappedHeader, target: Uint8Array): void {
  target.set([0x66, 0x6b, version, whats.indexOf(what)])
  target.set([epoch >>> 24, epoch >>> 16, epoch >>> 8, epoch], epochAt)
  if (recipe.type === 'key-file') {
    target.set([1, 0, 0, 0], recipeAt)
    target.set(recipe.mark, saltAt)
  } else {
    target.set([2, recipe.costLog2, recipe.blockSize, recipe.parallelization], recipeAt)
    target.set(recipe.salt, saltAt)
  }
}

function parseRecipe(bytes: Uint8Array): WrappingRecipe | undefined {
  const [type = 0, costLog2 = 0, blockSize = 0, parallelization = 0] = bytes.subarray(recipeAt, saltAt)
  const salt = bytes.slice(saltAt, nonceAt)
  if (type === 1 && costLog2 === 0 && blockSize === 0 && parallelization === 0) return { type: 'key-file', mark: salt }
  if (type !== 2 || !isScryptAllowed(costLog2, blockSize, parallelization)) return undefined
  return { type: 'passphrase', salt, costLog2, blockSize, parallelization }
}

/** Whoever can write a row could otherwise make us spend all memory, or all day. */
export function isScryptAllowed(costLog2: number, blockSize: number, parallelization: number): boolean {
  const limits = keyringLimits
  return (
    costLog2 >= limits.scryptCostLog2Min &&
    costLog2 <= limits.scryptCostLog2Max &&
    blockSize >= 1 &&
    blockSize <= limits.scryptBlockSizeMax &&
    parallelization >= 1 &&
    parallelization <= limits.scryptParallelizationMax &&
    128 * blockSize * 2 ** costLog2 <= limits.scryptMemoryBytesMax
  )
}

function refused(why: string): ParsedWrapped {
  return { type: 'refused', why }
}
