/** AES-256-GCM. Whoever uses a key and a nonce for two different texts has given both away. */
export interface LineCipher {
  /** Ciphertext and, behind it, the tag of 16 bytes. */
  seal(key: Uint8Array, nonce: Uint8Array, text: Uint8Array): Uint8Array
  /** Undefined unless all of it is what was sealed. */
  open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
}
