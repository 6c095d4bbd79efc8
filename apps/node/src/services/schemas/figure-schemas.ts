import type { SummaryFigures, SystemFigures } from '@flotilla/procmon'
import { count, figure, flag, list, named, object, optional, table, text } from '../../schema/building.ts'
import type { Schema } from '../../schema/schema.ts'

const some = optional(figure())
const share = optional(figure({ description: '0 to 1' }))

export const summaryFigures: Schema<SummaryFigures> = named(
  'SummaryFigures',
  object({
    uptimeMs: some,
    processor: share,
    cores: some,
    load1: some,
    memoryUsedBytes: some,
    memoryTotalBytes: some,
    swapUsedBytes: some,
    diskReadBytesPerSecond: some,
    diskWrittenBytesPerSecond: some,
    networkReceivedBytesPerSecond: some,
    networkSentBytesPerSecond: some,
    fullestFileSystem: optional(figure({ description: 'the fullest one that can be written, 0 to 1' })),
    hottestCelsius: some,
    processCount: some,
  }),
)

const stall = object({
  some10s: figure(),
  some60s: figure(),
  full10s: some,
  full60s: some,
  someTotalMs: some,
  fullTotalMs: some,
})

const processor = object({
  usage: share,
  user: share,
  system: share,
  ioWait: share,
  steal: share,
  cores: list(object({ core: count(), usage: share })),
  load: optional(triple()),
  contextSwitchesPerSecond: some,
})

const memory = object({
  totalBytes: figure(),
  usedBytes: figure(),
  availableBytes: figure(),
  cachedBytes: some,
  swapTotalBytes: figure(),
  swapUsedBytes: figure(),
})

const disk = object({
  name: text(),
  readBytesPerSecond: some,
  writtenBytesPerSecond: some,
  readsPerSecond: some,
  writesPerSecond: some,
  busy: share,
})

const fileSystem = object({
  mount: text(),
  device: text(),
  type: text(),
  isReadOnly: flag(),
  isHung: flag({ description: 'its mount does not answer; the sizes are absent' }),
  totalBytes: some,
  usedBytes: some,
  availableBytes: some,
  filesUsed: some,
  files: some,
})

const network = object({
  name: text(),
  isUp: flag(),
  receivedBytesPerSecond: some,
  sentBytesPerSecond: some,
  receivedPacketsPerSecond: some,
  sentPacketsPerSecond: some,
  errorsPerSecond: some,
  dropsPerSecond: some,
  bitsPerSecond: some,
})

/** What is not known is missing; rates are, until there are two readings. */
export const systemFigures: Schema<SystemFigures> = named(
  'SystemFigures',
  object({
    wallMs: figure(),
    bootId: text(),
    uptimeMs: some,
    processor: optional(processor),
    memory: optional(memory),
    disks: optional(list(disk)),
    fileSystems: optional(list(fileSystem)),
    networks: optional(list(network)),
    temperatures: optional(list(object({ name: text(), celsius: figure(), criticalCelsius: some }))),
    power: optional(list(object({ name: text(), watts: some, batteryPercent: some, isCharging: optional(flag()) }))),
    pressure: optional(object({ processor: optional(stall), memory: optional(stall), io: optional(stall) })),
    container: optional(object({ cores: some, memoryLimitBytes: some, memoryBytes: some, throttled: share })),
    extra: optional(table(figure(), { description: 'of plugins, by plugin.figure' })),
    processCount: some,
    problems: list(object({ part: text(), code: text(), message: text() })),
  }),
)

/** The load of the last minute, five and fifteen. */
function triple(): Schema<readonly [number, number, number]> {
  return { type: 'array', items: figure(), minItems: 3, maxItems: 3, description: 'of 1, 5 and 15 minutes' }
}
