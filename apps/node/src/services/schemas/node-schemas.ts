import type { NodeFigures } from '../../observe/node-figures.ts'
import type { HistoryType } from '../../storage/history.ts'
import { count, figure, list, moment, named, object, oneOf, optional, text } from '../../schema/building.ts'
import type { Schema } from '../../schema/schema.ts'

export const nodeAnswer: Schema<NodeFigures> = named(
  'NodeFigures',
  object({
    name: text(),
    id: text(),
    version: text(),
    life: count({ description: 'the so many-th start of this node' }),
    pid: count(),
    startedAt: moment(),
    uptimeSeconds: figure(),
    dataFolder: text(),
    storage: object({ sqliteBytes: count(), diskFreeBytes: count(), diskBytes: count(), historyRows: count() }),
    memory: object({ residentBytes: count(), heapUsedBytes: count() }),
    eventLoopDelay: object(
      { medianSeconds: figure(), p99Seconds: figure(), maxSeconds: figure() },
      { description: 'how late the event loop came to its timers' },
    ),
    runtime: object({ node: text(), platform: text() }),
  }),
)

/** A row of the history as it is answered. */
export interface HistoryEntry {
  readonly id: number
  readonly life: number
  readonly type: HistoryType
  readonly version: string
  readonly at: string
}

export const historyAnswer: Schema<{ readonly history: readonly HistoryEntry[] }> = named(
  'NodeHistory',
  object({
    history: list(
      object({
        id: count(),
        life: count(),
        type: oneOf(['started', 'stopped', 'unclean stop']),
        version: text(),
        at: moment(),
      }),
    ),
  }),
)

const failed = optional(list(text(), { description: 'the parts that do not work' }))
const working = optional(list(text(), { description: 'those that do; said where one does not' }))

export const healthAnswer: Schema<{
  readonly status: 'healthy' | 'degraded'
  readonly failed?: readonly string[]
  readonly working?: readonly string[]
}> = object({ status: oneOf(['healthy', 'degraded']), failed, working })

export const readyAnswer: Schema<{
  readonly status: 'starting' | 'ready' | 'stopping'
  readonly failed?: readonly string[]
  readonly working?: readonly string[]
}> = object({ status: oneOf(['starting', 'ready', 'stopping']), failed, working })
