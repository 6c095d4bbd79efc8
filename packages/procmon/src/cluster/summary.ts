import type { SummaryFigures } from '../contract.ts'
import type { SystemFigures } from '../figures.ts'

export type SummaryName = keyof SummaryFigures

/** How exactly each is told. What changes by less than that is not worth a message. */
const exactness: { readonly [Name in SummaryName]: Exactness } = {
  uptimeMs: { step: 60_000 },
  processor: { step: 0.001 },
  cores: { step: 1 },
  load1: { step: 0.01 },
  memoryUsedBytes: { digits: 3 },
  memoryTotalBytes: { step: 1 },
  swapUsedBytes: { digits: 3 },
  diskReadBytesPerSecond: { digits: 2 },
  diskWrittenBytesPerSecond: { digits: 2 },
  networkReceivedBytesPerSecond: { digits: 2 },
  networkSentBytesPerSecond: { digits: 2 },
  fullestFileSystem: { step: 0.001 },
  hottestCelsius: { step: 0.5 },
  processCount: { step: 1 },
}

type Exactness = { readonly step: number } | { readonly digits: number }

export const summaryNames: readonly SummaryName[] = Object.keys(exactness) as SummaryName[]

/** The few figures by which machines are compared. */
export function summaryOf(figures: SystemFigures): SummaryFigures {
  const { processor, memory, disks, networks } = figures
  const hottest = most(figures.temperatures?.map(({ celsius }) => celsius))
  return rounded({
    uptimeMs: figures.uptimeMs,
    processor: processor?.usage,
    cores: processor?.cores.length,
    load1: processor?.load?.[0],
    memoryUsedBytes: memory?.usedBytes,
    memoryTotalBytes: memory?.totalBytes,
    swapUsedBytes: memory?.swapUsedBytes,
    diskReadBytesPerSecond: sum(disks?.map((disk) => disk.readBytesPerSecond)),
    diskWrittenBytesPerSecond: sum(disks?.map((disk) => disk.writtenBytesPerSecond)),
    networkReceivedBytesPerSecond: sum(networks?.map((network) => network.receivedBytesPerSecond)),
    networkSentBytesPerSecond: sum(networks?.map((network) => network.sentBytesPerSecond)),
    fullestFileSystem: most(
      figures.fileSystems
        ?.filter(({ isReadOnly }) => !isReadOnly)
        .map(fullness)
        .filter((share) => share !== undefined),
    ),
    hottestCelsius: hottest,
    processCount: figures.processCount,
  })
}

function fullness({ usedBytes, availableBytes }: { usedBytes?: number; availableBytes?: number }): number | undefined {
  if (usedBytes === undefined || availableBytes === undefined) return undefined
  const usable = usedBytes + availableBytes
  return usable > 0 ? usedBytes / usable : undefined
}

function rounded(figures: { readonly [Name in SummaryName]: number | undefined }): SummaryFigures {
  const told: { [Name in SummaryName]?: number } = {}
  for (const name of summaryNames) {
    const value = figures[name]
    if (value !== undefined && Number.isFinite(value)) told[name] = toldAs(value, exactness[name])
  }
  return told
}

function toldAs(value: number, how: Exactness): number {
  if ('digits' in how) return Number(value.toPrecision(how.digits))
  // Dividing by the whole number that the step is a fraction of keeps 0.1 + 0.2 out of what people see.
  return how.step < 1
    ? Math.round(value / how.step) / Math.round(1 / how.step)
    : Math.round(value / how.step) * how.step
}

/** Of those that are known; undefined where none is. */
function sum(values: readonly (number | undefined)[] | undefined): number | undefined {
  const known = values?.filter((value) => value !== undefined) ?? []
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0)
}

function most(values: readonly number[] | undefined): number | undefined {
  return values === undefined || values.length === 0 ? undefined : Math.max(...values)
}
