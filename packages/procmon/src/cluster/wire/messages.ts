import {
  array,
  boolean,
  createCodec,
  integer,
  literal,
  object,
  optional,
  union,
  type Codec,
  type Schema,
} from '@flotilla/core/codec'
import type { Alert, HistoryPoint, HistoryQuery, ProcessSignal, SummaryFigures } from '../../contract.ts'
import type { ProcessFigures, ProcessQuery, ProcessSortKey } from '../../figures.ts'
import type { ProcessIdentity } from '../../readings.ts'
import type { SummaryMessage } from '../summary-feed.ts'
import {
  amount,
  historyPoint,
  identity,
  processState,
  name,
  pid,
  placedProcess,
  processSchema,
  systemOnWire,
  type SystemOnWire,
  text,
} from './figure-schemas.ts'
import { wireLimits } from './wire-limits.ts'

/** What nodes tell each other without being asked. A later release may add fields; unknown ones are skipped. */
export type MonitorNotice =
  | { readonly type: 'summary'; readonly summary: SummaryMessage }
  /** Something is missing: say the whole of it again. */
  | { readonly type: 'ask' }
  /** Somebody looks at us: tell more often for a while. */
  | { readonly type: 'look' }

export type MonitorRequest =
  | { readonly type: 'figures' }
  | { readonly type: 'processes'; readonly query: ProcessQuery; readonly withGuests: boolean }
  | { readonly type: 'tree'; readonly pid?: number }
  | { readonly type: 'history'; readonly query: HistoryQuery }
  | {
      readonly type: 'signal'
      readonly process: ProcessIdentity
      readonly actor: string
      readonly signal: ProcessSignal
    }
  | { readonly type: 'nice'; readonly process: ProcessIdentity; readonly actor: string; readonly nice: number }

export interface ProcessesAnswer {
  readonly processes: readonly (ProcessFigures & { readonly vm?: string })[]
  readonly matching: number
  readonly total: number
}

const later = { unknownFields: 'skip' } as const
const maybe = optional(amount)

const summaryFigures: Schema<SummaryFigures> = object(
  {
    uptimeMs: maybe,
    processor: maybe,
    cores: maybe,
    load1: maybe,
    memoryUsedBytes: maybe,
    memoryTotalBytes: maybe,
    swapUsedBytes: maybe,
    diskReadBytesPerSecond: maybe,
    diskWrittenBytesPerSecond: maybe,
    networkReceivedBytesPerSecond: maybe,
    networkSentBytesPerSecond: maybe,
    fullestFileSystem: maybe,
    hottestCelsius: maybe,
    processCount: maybe,
  },
  later,
)

const alert: Schema<Alert> = object(
  {
    rule: name,
    figure: name,
    severity: literal('notice', 'warning', 'critical'),
    state: literal('raised', 'over'),
    value: amount,
    sinceMs: amount,
    message: text,
  },
  later,
)
const alerts = array(alert, { countMax: wireLimits.alertsMax })
const place = { life: name, seq: integer(), wallMs: amount } as const

const summary: Schema<SummaryMessage> = union({
  full: object({ ...place, figures: summaryFigures, alerts }, later),
  delta: object(
    { ...place, changed: summaryFigures, gone: array(name, { countMax: 64 }), alerts: optional(alerts) },
    later,
  ),
})

const noticeSchema: Schema<MonitorNotice> = union({
  summary: object({ summary }, later),
  ask: object({}, later),
  look: object({}, later),
})

const sort: Schema<ProcessSortKey> = literal(
  'cpu',
  'memory',
  'private',
  'pid',
  'name',
  'user',
  'threads',
  'files',
  'io',
  'age',
)

const processQuery: Schema<ProcessQuery> = object({
  text: optional(text),
  user: optional(name),
  states: optional(array(processState, { countMax: 7 })),
  pids: optional(array(pid, { countMax: wireLimits.pidsMax })),
  processorMin: maybe,
  residentBytesMin: maybe,
  memoryMin: maybe,
  withDetail: optional(boolean()),
  sort: optional(sort),
  isReversed: optional(boolean()),
  limit: optional(integer({ min: 1, max: wireLimits.processesMax })),
})

const historyQuery: Schema<HistoryQuery> = object({
  figure: name,
  resolution: literal('1s', '1min', '1h'),
  sinceMs: maybe,
})

const signals: Schema<ProcessSignal> = literal(
  'SIGTERM',
  'SIGKILL',
  'SIGINT',
  'SIGHUP',
  'SIGSTOP',
  'SIGCONT',
  'SIGUSR1',
  'SIGUSR2',
)

const requestSchema: Schema<MonitorRequest> = union({
  figures: object({}),
  processes: object({ query: processQuery, withGuests: boolean() }),
  tree: object({ pid: optional(pid) }),
  history: object({ query: historyQuery }),
  signal: object({ process: identity, actor: name, signal: signals }),
  nice: object({ process: identity, actor: name, nice: integer({ min: -20, max: 19 }) }),
})

export const noticeCodec: Codec<MonitorNotice> = createCodec({ name: 'monitor notice', schema: noticeSchema })
export const requestCodec: Codec<MonitorRequest> = createCodec({ name: 'monitor request', schema: requestSchema })

export const figuresCodec: Codec<SystemOnWire> = createCodec({ name: 'figures', schema: systemOnWire })

export const processesCodec: Codec<ProcessesAnswer> = createCodec({
  name: 'processes',
  schema: object({
    processes: array(placedProcess, { countMax: wireLimits.processesMax }),
    matching: integer(),
    total: integer(),
  }),
})

export const treeCodec: Codec<{ readonly processes: readonly ProcessFigures[] }> = createCodec({
  name: 'process tree',
  schema: object({ processes: array(processSchema, { countMax: wireLimits.treeMax }) }),
})

export const historyCodec: Codec<{ readonly points: readonly HistoryPoint[] }> = createCodec({
  name: 'history',
  schema: object({ points: array(historyPoint, { countMax: wireLimits.historyPointsMax }) }),
})

export const doneCodec: Codec<{ readonly isDone: boolean }> = createCodec({
  name: 'answer',
  schema: object({ isDone: boolean() }),
})
