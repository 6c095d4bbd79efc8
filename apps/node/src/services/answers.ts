/** What the paths of the mesh answer, and what the page shows of it. Times are ISO texts, addresses `host:port`. */
export interface ClusterAnswer {
  /** `null` where the node is in no cluster. */
  readonly cluster: ClusterPlace | null
  /** Where it listens for other nodes. */
  readonly listening: readonly string[]
}

export interface ClusterPlace {
  readonly id: string
  readonly role: string
  readonly name: string
  /** Whether the key of the cluster's authority is on this machine. */
  readonly authorityHeld: boolean
  readonly certificate: { readonly serial: string; readonly notBefore: string; readonly notAfter: string }
}

export interface InvitationAnswer {
  readonly token: string
  readonly role: string
  readonly expiresAt: string
  readonly addresses: readonly string[]
}

export interface NodesAnswer {
  /** This node sees less than a majority of those that it knows. */
  readonly degraded: boolean
  readonly nodes: readonly NodeEntry[]
}

export interface NodeEntry {
  readonly id: string
  readonly name: string
  readonly self: boolean
  readonly status: 'alive' | 'suspect' | 'dead' | 'left'
  readonly roles: readonly string[]
  readonly version: string
  readonly addresses: readonly string[]
  readonly connected: boolean
  readonly roundTripMs: number | null
  readonly bytesIn: number
  readonly bytesOut: number
  /** `null` where nobody has shown it here. */
  readonly certificateNotAfter: string | null
}

export interface NotesAnswer {
  /** The latest last. */
  readonly notes: readonly NoteEntry[]
}

/** What somebody told all nodes. */
export interface NoteEntry {
  readonly at: string
  readonly from: string
  readonly name: string
  readonly text: string
}

export interface MeshAnswer {
  readonly peers: readonly PeerEntry[]
  /** How often somebody was refused, by why. */
  readonly refusals: Readonly<Record<string, number>>
  readonly bans: readonly { readonly id: string; readonly reason: string; readonly secondsLeft: number }[]
}

export interface PeerEntry {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly address: string
  readonly dialledHere: boolean
  readonly connectedSeconds: number
  readonly messagesIn: number
  readonly messagesOut: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly roundTripMs: number | null
  readonly queuedFrames: number
  readonly queuedBytes: number
  readonly publicationsDropped: number
  readonly partitionSuspected: boolean
}
