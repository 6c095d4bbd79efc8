/**
 * Hashes, key derivation and Ed25519 signatures, all synchronous. This is the interface; `@flotilla/core/crypto/node`
 * has the implementation by `node:crypto`, `@flotilla/core/crypto/noble` the one in plain JavaScript, about a tenth as
 * fast. They agree on every input, because one rule (`ed25519-rules.ts`) decides for both whatever the two would treat
 * differently, and what is left has only one answer.
 */
export type { Crypto, CryptoErrorCode, Ed25519 } from './crypto.ts'
export { publicKeyLength, secretKeyLength, signatureLength } from './ed25519-rules.ts'
