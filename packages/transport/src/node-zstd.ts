import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { FlotillaError } from '@flotilla/core/errors'
import type { Compression } from './frames/compression.ts'

/** The window that a compressed message may ask for: that of the longest one. */
const windowLogMax = 20

/**
 * Compresses messages of at least `bytesMin` bytes by zstd at its quickest level, synchronously: up to 1 MiB each,
 * which takes a few milliseconds.
 */
export function zstdCompression({ bytesMin = 1_024 }: { readonly bytesMin?: number } = {}): Compression {
  if (!Number.isInteger(bytesMin) || bytesMin < 64) {
    const sentence = `zstd: bytesMin is ${bytesMin}; it must be a whole number from 64 on`
    throw new FlotillaError('wrong-setting', sentence)
  }
  return {
    name: 'zstd',
    bytesMin,
    compress: (bytes) => plain(zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })),
    decompress(bytes, length) {
      if (length === 0) return undefined
      try {
        const params = { [constants.ZSTD_d_windowLogMax]: windowLogMax }
        return plain(zstdDecompressSync(bytes, { maxOutputLength: length, params }))
      } catch {
        return undefined // Whatever is wrong with it: its sender is to blame, and hears so.
      }
    },
  }
}

function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
