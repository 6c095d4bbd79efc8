/** Cryptography in plain JavaScript, for browsers. */
export { nobleCrypto } from './noble-crypto.ts'
