/** A peer to measure against: etcd as real processes. */
export { etcdFailOver, etcdPeer, type EtcdPeerOptions } from './node-etcd-peer.ts'
export { etcdVersion, startEtcd, type EtcdCluster } from './node-etcd.ts'
