/** AES-256-GCM. Whoever uses a key and a nonce for two different inputs has given both away. */
export interface ChunkCipher {
  /** Writes the ciphertext, as long as `bytes`, and behind it the tag. */
  encrypt(input: CipherInput, target: Uint8Array, offset: number): void
  /**
   * `bytes` is ciphertext and tag. Writes what was encrypted to the beginning of `target`, which may be where `bytes`
   * are. False, and zeros there, unless all of it is what was encrypted.
   */
  decrypt(input: CipherInput, target: Uint8Array): boolean
}

interface CipherInput {
  readonly key: Uint8Array
  readonly nonce: Uint8Array
  /** Not encrypted, but as hard to change. */
  readonly associated: Uint8Array
  readonly bytes: Uint8Array
}

export const nonceBytes = 12
export const tagBytes = 16

/** zstd: whatever level made it, every implementation can read it. */
export interface ChunkCompressor {
  /** The memory is its own, unless it is small. */
  compress(bytes: Uint8Array): Uint8Array
  /** Undefined unless it yields exactly so many bytes; it takes no more memory than they need. */
  decompress(bytes: Uint8Array, length: number): Uint8Array | undefined
}
