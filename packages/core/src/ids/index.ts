/**
 * Ids as branded strings, so that one is never taken for another. A `NodeId` is the hash of the node's Ed25519 public
 * key, so it cannot be claimed by someone else, in a text form with a checksum, so that a mistyped one is refused.
 */
export { nodeIdFromPublicKey, nodeIdLength, parseNodeId, type NodeId, type NodeIdErrorCode } from './node-id.ts'
