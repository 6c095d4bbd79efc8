/** What Flotilla needs of cryptography. Both implementations answer every input alike, malformed ones too. */
export interface Crypto {
  sha256(bytes: Uint8Array): Uint8Array
  sha512(bytes: Uint8Array): Uint8Array
  /** RFC 5869. `length` is 1 to 8,160 bytes and `info` at most 1,024, or it throws `wrong-length`. */
  hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array
  readonly ed25519: Ed25519
}

/** RFC 8032, with strict verification: `ed25519-rules.ts` says what is refused. */
export interface Ed25519 {
  /** The public key of a secret key, the 32 bytes that RFC 8032 calls the seed; other lengths throw `wrong-length`. */
  publicKey(secretKey: Uint8Array): Uint8Array
  /** 64 bytes, always the same for the same key and message. */
  sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array
  /** Never throws for what the signer chose: a key or signature that is not well formed gives `false`. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}

/** The code of the `FlotillaError` that every method but `verify` may throw. */
export type CryptoErrorCode = 'wrong-length'
