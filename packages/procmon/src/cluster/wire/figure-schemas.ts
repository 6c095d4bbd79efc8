import {
  array,
  boolean,
  float,
  integer,
  literal,
  map,
  object,
  optional,
  string,
  type Schema,
} from '@flotilla/core/codec'
import type { HistoryPoint } from '../../contract.ts'
import type { ProcessFigures, ProcessorFigures, SystemFigures } from '../../figures.ts'
import type { Problem, ProcessIdentity, ProcessState } from '../../readings.ts'
import { wireLimits } from './wire-limits.ts'

const { partsMax, coresMax, problemsMax, extraMax } = wireLimits

export const name: Schema<string> = string({ bytesMax: wireLimits.nameBytesMax })
export const text: Schema<string> = string({ bytesMax: wireLimits.textBytesMax })
export const pid: Schema<number> = integer({ max: 2 ** 32 - 1 })
/** Whatever was measured; whole or not. */
export const amount: Schema<number> = float()
const maybe = optional(amount)

const problem: Schema<Problem> = object({ part: name, code: name, message: text })
const problems = array(problem, { countMax: problemsMax })

const processor = object({
  usage: maybe,
  user: maybe,
  system: maybe,
  ioWait: maybe,
  steal: maybe,
  cores: array(object({ core: integer(), usage: maybe }), { countMax: coresMax }),
  load: optional(array(amount, { countMax: 3 })),
  contextSwitchesPerSecond: maybe,
})

const memory = object({
  totalBytes: amount,
  usedBytes: amount,
  availableBytes: amount,
  cachedBytes: maybe,
  swapTotalBytes: amount,
  swapUsedBytes: amount,
})

const disk = object({
  name,
  readBytesPerSecond: maybe,
  writtenBytesPerSecond: maybe,
  readsPerSecond: maybe,
  writesPerSecond: maybe,
  busy: maybe,
})

const fileSystem = object({
  mount: text,
  device: text,
  type: name,
  isReadOnly: boolean(),
  isHung: boolean(),
  totalBytes: maybe,
  usedBytes: maybe,
  availableBytes: maybe,
  filesUsed: maybe,
  files: maybe,
})

const network = object({
  name,
  isUp: boolean(),
  receivedBytesPerSecond: maybe,
  sentBytesPerSecond: maybe,
  receivedPacketsPerSecond: maybe,
  sentPacketsPerSecond: maybe,
  errorsPerSecond: maybe,
  dropsPerSecond: maybe,
  bitsPerSecond: maybe,
})

const stall = object({
  some10s: amount,
  some60s: amount,
  full10s: maybe,
  full60s: maybe,
  someTotalMs: maybe,
  fullTotalMs: maybe,
})

/** On the wire the load is a list, and the figures of plugins are a map, whose names the schema need not know. */
export interface SystemOnWire extends Omit<SystemFigures, 'processor' | 'extra'> {
  readonly processor?: Omit<ProcessorFigures, 'load'> & { readonly load?: readonly number[] }
  readonly extra?: ReadonlyMap<string, number>
}

export const systemOnWire: Schema<SystemOnWire> = object({
  wallMs: amount,
  bootId: name,
  uptimeMs: maybe,
  processor: optional(processor),
  memory: optional(memory),
  disks: optional(array(disk, { countMax: partsMax })),
  fileSystems: optional(array(fileSystem, { countMax: partsMax })),
  networks: optional(array(network, { countMax: partsMax })),
  temperatures: optional(array(object({ name, celsius: amount, criticalCelsius: maybe }), { countMax: partsMax })),
  power: optional(
    array(object({ name, watts: maybe, batteryPercent: maybe, isCharging: optional(boolean()) }), {
      countMax: partsMax,
    }),
  ),
  pressure: optional(object({ processor: optional(stall), memory: optional(stall), io: optional(stall) })),
  container: optional(object({ cores: maybe, memoryLimitBytes: maybe, memoryBytes: maybe, throttled: maybe })),
  extra: optional(map(name, amount, { countMax: extraMax })),
  processCount: maybe,
  problems,
})

export const processState: Schema<ProcessState> = literal(
  'running',
  'sleeping',
  'waiting',
  'stopped',
  'zombie',
  'idle',
  'unknown',
)

export const identity: Schema<ProcessIdentity> = object({ bootId: name, pid, startTicks: integer() })

const processFields = {
  bootId: name,
  pid,
  startTicks: integer(),
  parent: pid,
  name,
  command: text,
  user: name,
  state: processState,
  processor: amount,
  residentBytes: amount,
  memory: amount,
  privateBytes: maybe,
  threads: integer(),
  nice: integer({ min: -128, max: 127 }),
  startedAtMs: amount,
  openFiles: maybe,
  readBytesPerSecond: maybe,
  writtenBytesPerSecond: maybe,
} as const

export const processSchema: Schema<ProcessFigures> = object(processFields)
/** With the virtual machine in which it is. */
export const placedProcess: Schema<ProcessFigures & { readonly vm?: string }> = object({
  ...processFields,
  vm: optional(name),
})

export const historyPoint: Schema<HistoryPoint> = object({ atMs: amount, mean: amount, least: amount, most: amount })
