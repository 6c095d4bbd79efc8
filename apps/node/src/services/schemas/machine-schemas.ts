import type { AuditRecord } from '@flotilla/core/audit'
import type { DiskPath } from '@flotilla/core/disk'
import {
  count,
  either,
  figure,
  flag,
  kindOf,
  list,
  moment,
  named,
  nullable,
  object,
  oneOf,
  optional,
  table,
  text,
  whole,
} from '../../schema/building.ts'
import type { Schema } from '../../schema/schema.ts'
import type {
  AlertsAnswer,
  AuditAnswer,
  HistoryAnswer,
  MachineAnswer,
  MachinesAnswer,
  MachinesEvent,
  NodeReference,
  ProcessEntry,
  ProcessesAnswer,
} from '../machine-answers.ts'
import { summaryFigures, systemFigures } from './figure-schemas.ts'
import { nodeId } from './cluster-schemas.ts'

export const nodeReference: Schema<NodeReference> = named(
  'NodeReference',
  object({ id: nodeId, name: text({ description: 'empty where this node has not heard it yet' }) }),
)

const machines = list(
  named(
    'Machine',
    object({
      node: nodeReference,
      self: flag(),
      stale: flag({ description: 'nothing was heard of it for a while' }),
      secondsAgo: figure(),
      figures: summaryFigures,
      alertsRaised: count(),
    }),
  ),
)

export const machinesAnswer: Schema<MachinesAnswer> = named('Machines', object({ machines }))

export const machinesEvent: Schema<MachinesEvent> = named(
  'MachinesEvent',
  either([object({ event: oneOf(['beat']) }), object({ event: oneOf(['machines']), machines })]),
)

export const machineAnswer: Schema<MachineAnswer> = named(
  'MachineFigures',
  object({
    node: nodeReference,
    figures: systemFigures,
    history: list(text(), { description: 'the figures of which there is a history on this node; none of others' }),
  }),
)

export const historyAnswer: Schema<HistoryAnswer> = named(
  'MachineHistory',
  object({
    node: nodeReference,
    figure: text(),
    points: list(object({ atMs: figure(), mean: figure(), least: figure(), most: figure() })),
  }),
)

export const alertsAnswer: Schema<AlertsAnswer> = named(
  'Alerts',
  object({
    alerts: list(
      object({
        rule: text(),
        figure: text(),
        severity: oneOf(['notice', 'warning', 'critical']),
        state: oneOf(['raised', 'over']),
        value: figure(),
        sinceMs: figure(),
        message: text({ description: 'a sentence for people' }),
        node: nodeReference,
      }),
    ),
  }),
)

export const unanswered: Schema<ProcessesAnswer['unanswered']> = list(object({ node: nodeReference, why: text() }), {
  description: 'who did not answer in time',
})

const processEntry: Schema<ProcessEntry> = named(
  'Process',
  object({
    node: nodeReference,
    vm: nullable(text(), { description: 'the virtual machine in which it is' }),
    bootId: text(),
    pid: count(),
    startTicks: figure({ description: 'with pid and bootId, which process it is: pids are used again' }),
    parent: count(),
    name: text(),
    command: text(),
    user: text(),
    state: oneOf(['running', 'sleeping', 'waiting', 'stopped', 'zombie', 'idle', 'unknown']),
    processor: figure({ description: 'of one core' }),
    residentBytes: figure(),
    memory: figure({ description: "of the machine's memory, 0 to 1" }),
    privateBytes: nullable(figure()),
    threads: count(),
    nice: whole(),
    startedAt: moment(),
    openFiles: nullable(figure()),
    readBytesPerSecond: nullable(figure()),
    writtenBytesPerSecond: nullable(figure()),
  }),
)

export const processesAnswer: Schema<ProcessesAnswer> = named(
  'Processes',
  object({
    processes: list(processEntry),
    matching: count({ description: 'before the limit' }),
    total: count(),
    unanswered,
  }),
)

export const processTreeAnswer: Schema<Pick<ProcessesAnswer, 'processes'>> = object({
  processes: list(processEntry, { description: 'parents first' }),
})

export const processOrderAnswer: Schema<{ readonly node: string; readonly pid: number }> = object({
  node: nodeId,
  pid: count(),
})

const auditRecord: Schema<AuditRecord> = named(
  'AuditRecord',
  object({
    seq: count({ description: 'from 1 on, without a gap' }),
    at: moment(),
    actor: text({ description: 'who, as far as is known' }),
    action: text({ description: 'what, as cluster.revoke' }),
    target: text({ description: 'to what' }),
    outcome: oneOf(['asked', 'done', 'refused', 'failed']),
    details: optional(table(either([text(), figure(), flag()]))),
  }),
)

export const auditAnswer: Schema<AuditAnswer> = named(
  'Audit',
  object({
    records: count(),
    first: count(),
    last: count(),
    hash: text({ description: 'of the last record: who keeps it elsewhere notices when the end is cut off' }),
    tornBytes: count(),
    damage: nullable(object({ file: kindOf<DiskPath>(text()), line: count(), why: text() })),
    newest: list(auditRecord, { description: 'the newest first' }),
  }),
)
