/** A peer to measure against: etcd as real processes. */
export { etcdVersion, startEtcd, type EtcdCluster } from './node-etcd.ts'
