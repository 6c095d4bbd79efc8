/** The ports of this package for Node: files for their owner only, and scrypt with AES-256-GCM. */
export { nodeFileStore, type FileStoreOptions } from './node-file-store.ts'
export { nodePassphraseCipher } from './node-passphrase-cipher.ts'
