/** What of the real world the suite uses: it gives the same answers on every run. */
export { nodeCrypto } from '@flotilla/core/crypto/node'
export { nodeLineCipher } from '../../src/own/node-line-cipher.ts'
export { nodePacking } from '../../src/own/node-packing.ts'
