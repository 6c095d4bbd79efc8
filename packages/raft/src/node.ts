/**
 * Raft in a Node process: what `createRaft` and its clients are, but at the end of each turn of the event loop, when
 * everything that has arrived was handed out. That makes the batches: one write and one message for each peer. And
 * `openNodeStorage`, which keeps the log in a folder.
 */
export { nodeRaft, nodeRaftClient, nodeRaftClients } from './node-raft.ts'
export { openNodeStorage, type NodeStorageOptions } from './node-storage.ts'
