/**
 * Ids as branded strings, so that one is never taken for another. A `NodeId` is the hash of the node's Ed25519 public
 * key, so it cannot be claimed by someone else, in a text form with a checksum, so that a mistyped one is refused. A
 * `ClusterId` is the same of the public key of the cluster's authority.
 */
export {
  clusterIdFromPublicKey,
  clusterIdLength,
  hashInClusterId,
  parseClusterId,
  type ClusterId,
  type ClusterIdErrorCode,
} from './cluster-id.ts'
export {
  hashInNodeId,
  nodeIdFromPublicKey,
  nodeIdLength,
  parseNodeId,
  type NodeId,
  type NodeIdErrorCode,
} from './node-id.ts'
