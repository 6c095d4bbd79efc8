/** A node somewhere else, which is asked over TLS with a token. */
export interface RemoteNode {
  /** Only its origin. */
  readonly url: URL
  /** An API token; undefined where none was given. */
  readonly token: string | undefined
  /** SHA-256 of its certificate or of its key, in lower-case hexadecimal; undefined where authorities vouch for it. */
  readonly fingerprint: string | undefined
}

/** Another node of the cluster, which is asked through one that can be reached. */
interface RelayedNode {
  readonly through: string | RemoteNode
  /** Its name, its id or the beginning of one. */
  readonly node: string
}

/** Which node is asked: the one that runs on a data folder of this machine, one elsewhere, or one behind either. */
export type NodePlace = string | RemoteNode | RelayedNode
