/** What the paths of the cluster answer, as far as the page shows it. Times are ISO texts. */
export interface NodeAnswer {
  readonly name: string
  readonly id: string
  readonly version: string
  readonly life: number
  readonly pid: number
  readonly startedAt: string
  readonly dataFolder: string
  readonly storage: {
    readonly sqliteBytes: number
    readonly diskFreeBytes: number
    readonly diskBytes: number
    readonly historyRows: number
  }
  readonly memory: { readonly residentBytes: number; readonly heapUsedBytes: number }
  readonly eventLoopDelay: { readonly medianSeconds: number; readonly p99Seconds: number; readonly maxSeconds: number }
  readonly runtime: { readonly node: string; readonly platform: string }
}

export interface ClusterAnswer {
  readonly cluster: {
    readonly id: string
    readonly role: string
    readonly name: string
    readonly authorityHeld: boolean
    readonly certificate: { readonly notBefore: string; readonly notAfter: string }
  } | null
  readonly listening: readonly string[]
}

export interface NodesAnswer {
  readonly degraded: boolean
  readonly nodes: readonly NodeEntry[]
}

type NodeStatus = 'alive' | 'suspect' | 'dead' | 'left'

export interface NodeEntry {
  readonly id: string
  readonly name: string
  readonly self: boolean
  readonly status: NodeStatus
  readonly roles: readonly string[]
  readonly version: string
  readonly addresses: readonly string[]
  readonly connected: boolean
  readonly roundTripMs: number | null
  readonly bytesIn: number
  readonly bytesOut: number
  readonly certificateNotAfter: string | null
}

export interface HistoryAnswer {
  readonly history: readonly {
    readonly at: string
    readonly type: 'started' | 'stopped' | 'unclean stop'
    readonly life: number
    readonly version: string
  }[]
}

export interface NotesAnswer {
  readonly notes: readonly {
    readonly at: string
    readonly from: string
    readonly name: string
    readonly text: string
  }[]
}

export interface AuditAnswer {
  readonly records: number
  readonly damage: { readonly why: string } | null
  readonly newest: readonly {
    readonly seq: number
    readonly at: string
    readonly actor: string
    readonly action: string
    readonly target: string
    readonly outcome: string
  }[]
}
