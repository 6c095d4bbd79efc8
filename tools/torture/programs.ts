import type { NodeId } from '@flotilla/core/ids'
import type { ClusterId } from '@flotilla/certificates'

/** What a node or a client of the torture is told on the first line of its input, as JSON. Keys are in base64. */
export interface Instructions {
  readonly self: NodeId
  readonly cluster: ClusterId
  readonly identity: { readonly secretKey: string; readonly certificate: string; readonly authority: string }
  /** Where this one listens. */
  readonly address: { readonly host: string; readonly port: number }
  readonly nodes: readonly { readonly id: NodeId; readonly host: string; readonly port: number }[]
}

export interface NodeInstructions extends Instructions {
  readonly folder: string
}

export interface ClientInstructions extends Instructions {
  readonly name: string
  readonly seed: number
  /** How many operations go on at once. */
  readonly concurrency: number
}

export const groupName = 'registers'

/** A node ends so when its disk has failed or is full, and says why on its standard error. */
export const stoppedExitCode = 3

/** What a node is asked on its input, a line each. It answers with a line that begins with the same word. */
export type NodeOrder =
  /** A linearizable read through this node, then what its own machine holds. */
  | 'digest'
  /** Gives leadership away, should it have it. */
  | 'transfer'
  /** Makes this node a learner and then a voter again. */
  | 'rejoin'

/** One operation of one client, as it is recorded and exported. */
export interface HistoryLine {
  /** Does one thing at a time. Whoever did not see an answer never does anything again, under that name. */
  readonly process: string
  /** `ok`: the answer came. `fail`: it certainly did not happen. `info`: nobody knows. */
  readonly type: 'ok' | 'fail' | 'info'
  readonly op: 'read' | 'write' | 'cas'
  readonly key: string
  /** What was read or written; for a `cas` what was expected and what was to take its place. */
  readonly value: string | null | readonly [expected: string | null, replacement: string]
  /** For a `cas` that was answered: whether the expected value was there. Otherwise whether an answer came. */
  readonly ok: boolean
  /** Milliseconds on the machine's monotonic clock. */
  readonly start: number
  /** Null where no answer came. */
  readonly end: number | null
  /** What the client was told instead of an answer: a code. */
  readonly error?: string
}
