import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { tagBytes, type ChunkCipher, type ChunkCompressor } from './chunk-cipher.ts'
import { freeMemory } from './freed-memory.ts'
import { sealedLimits } from './limits.ts'

const algorithm = 'aes-256-gcm'
const options = { authTagLength: tagBytes } as const

/**
 * OpenSSL, through Node. The key goes in as a key object: measured, 2.7 µs for a cipher, where one from the bytes of
 * the key takes 11.7.
 */
export function nodeChunkCipher(): ChunkCipher {
  return {
    encrypt({ key, nonce, associated, bytes }, target, offset) {
      const cipher = createCipheriv(algorithm, createSecretKey(key), nonce, options)
      cipher.setAAD(associated)
      const encrypted = cipher.update(bytes)
      target.set(encrypted, offset)
      freeMemory(encrypted)
      cipher.final()
      target.set(cipher.getAuthTag(), offset + bytes.length)
    },
    decrypt({ key, nonce, associated, bytes }) {
      const length = bytes.length - tagBytes
      if (length < 0) return undefined
      const decipher = createDecipheriv(algorithm, createSecretKey(key), nonce, options)
      decipher.setAAD(associated)
      decipher.setAuthTag(bytes.subarray(length))
      const plain = decipher.update(bytes.subarray(0, length))
      try {
        decipher.final()
      } catch {
        return undefined // The tag is not that of these bytes under this key; they may be anything.
      }
      return plainView(plain)
    },
  }
}

/** Level 1 compresses text at 750 to 950 MiB/s here, and level 3 at 400 for a few percent less. */
export function nodeChunkCompressor({ level = 1 }: { readonly level?: 1 | 2 | 3 } = {}): ChunkCompressor {
  return {
    compress: (bytes) =>
      plainView(
        // One piece of memory that is surely enough: without it the result is gathered from pieces of 16 KiB.
        zstdCompressSync(bytes, {
          chunkSize: Math.max(bytes.length + (bytes.length >> 7) + 128, constants.Z_MIN_CHUNK),
          params: { [constants.ZSTD_c_compressionLevel]: level },
        }),
      ),
    decompress(bytes, length) {
      try {
        const plain = zstdDecompressSync(bytes, {
          // One more than is right, so that too much is seen as that.
          chunkSize: Math.max(length + 1, constants.Z_MIN_CHUNK),
          maxOutputLength: Math.max(length, 1),
          params: { [constants.ZSTD_d_windowLogMax]: sealedLimits.windowLogMax },
        })
        return plain.length === length ? plainView(plain) : undefined
      } catch {
        return undefined // Whatever is wrong with it, or it yields more than that.
      }
    },
  }
}

/** The same bytes without the ways of `Buffer`, whose `slice` does not copy. */
function plainView(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
