/** Cryptography by `node:crypto`. */
export { nodeCrypto } from './node-crypto.ts'
