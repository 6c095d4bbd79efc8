/**
 * A store in a folder of this machine: SQLite for what it knows, pack files for what it holds, threads for what costs
 * time.
 */
export { getFile, type GetFileOptions, type GetFileResult } from './files/node-get-file.ts'
export { putFile, type PutFileOptions } from './files/node-put-file.ts'
export { putFiles, type PutFilesOptions, type PutFilesOutcome, type PutFilesProgress } from './files/node-put-files.ts'
export { keyFileSecret, type KeyFileOptions } from './sealing/keyring/node-key-file.ts'
export { passphraseSecret } from './sealing/keyring/node-passphrase.ts'
export { openReplicaStore, type OpenReplicaStoreOptions } from './replicas/node-open-replica-store.ts'
export { openBlobStore, type OpenBlobStoreOptions } from './store/node-open-blob-store.ts'
export {
  rebuildBlobStore,
  type RebuildOptions,
  type RebuildReport,
} from './store/rebuilding/node-rebuild-blob-store.ts'
export { strangerWorkshop, type StrangerWorkshop } from './transfer/strangers/node-stranger-workshop.ts'
