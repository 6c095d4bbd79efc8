/**
 * How messages are made shorter on the wire; `zstdCompression` of `@flotilla/transport/node` is one. Both ends must
 * have one of the same name, else nothing is compressed.
 */
export interface Compression {
  /** Told in the greeting, such as `zstd`. */
  readonly name: string
  /** Shorter messages go as they are. */
  readonly bytesMin: number
  compress(bytes: Uint8Array): Uint8Array
  /** What these bytes stand for, which must be exactly so many, or undefined; whatever they are, no more memory. */
  decompress(bytes: Uint8Array, length: number): Uint8Array | undefined
}

/** Longer messages go as they are: compressing them would hold up everything else for milliseconds. */
export const compressedMessageBytesMax: number = 2 ** 20
