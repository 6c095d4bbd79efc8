import { processSignals, type ProcessSignal } from '@flotilla/procmon'
import { nodeLimitsDefaults } from '../limits.ts'
import { count, moment, object, oneOf, optional, text, usual, whole } from '../schema/building.ts'
import type { Schema } from '../schema/schema.ts'

const { documentTextLengthMax } = nodeLimitsDefaults
const { niceLeast, niceMost, pidMax, textLengthMax } = nodeLimitsDefaults.processes

const nodeWords = 'its name, its id or the beginning of one'
const node = text({ lengthMax: documentTextLengthMax, description: nodeWords })
const pid = count({ most: pidMax, description: 'the number of a process' })

export const nodeRest: { readonly name: string; readonly description: string } = {
  name: 'node',
  description: nodeWords,
}

export interface WantedHistory {
  readonly node?: string
  readonly figure: string
  readonly resolution: '1s' | '1min' | '1h'
  readonly since?: string
}

export const historyQuery: Schema<WantedHistory> = object(
  {
    node: optional({ ...node, description: `${nodeWords}; this node if not given` }),
    figure: text({ lengthMin: 1, lengthMax: textLengthMax, description: 'the name of a figure, as processor.usage' }),
    resolution: usual(oneOf(['1s', '1min', '1h']), '1min'),
    since: optional(moment()),
  },
  { examples: [{ figure: 'processor.usage', resolution: '1min' }] },
)

export interface WantedTree {
  readonly node?: string
  readonly pid?: number
}

export const treeQuery: Schema<WantedTree> = object({
  node: optional({ ...node, description: `${nodeWords}; this node if not given` }),
  pid: optional(pid),
})

/** A process of some node, so that no other is meant that got its number later. */
export interface NamedProcess {
  readonly node: string
  readonly bootId: string
  readonly pid: number
  readonly startTicks: number
}

export interface SignalDocument extends NamedProcess {
  readonly signal: ProcessSignal
}

export interface NiceDocument extends NamedProcess {
  readonly nice: number
}

export interface ProcessOrdered {
  readonly node: string
  readonly pid: number
}

const process = {
  node,
  bootId: text({ lengthMax: textLengthMax }),
  pid,
  startTicks: count({ description: 'as lists of processes say it' }),
} as const

const example = { node: 'ann', bootId: '8a7f7c1e-0c52-4a1c-9e0e-3d6c1f1a2b3c', pid: 4_711, startTicks: 98_765 }

export const signalDocument: Schema<SignalDocument> = object(
  { ...process, signal: oneOf(processSignals) },
  { examples: [{ ...example, signal: 'SIGTERM' }] },
)

export const niceDocument: Schema<NiceDocument> = object(
  { ...process, nice: whole({ least: niceLeast, most: niceMost }) },
  { examples: [{ ...example, nice: 10 }] },
)
