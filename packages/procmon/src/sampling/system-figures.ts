import type {
  ContainerFigures,
  FileSystemFigures,
  MemoryFigures,
  PowerFigures,
  ProcessorFigures,
  SystemFigures,
} from '../figures.ts'
import type {
  ContainerReading,
  FileSystemReading,
  MemoryReading,
  PowerReading,
  ProcessorReading,
  SystemReading,
} from '../readings.ts'
import { diskFigures, networkFigures } from './device-figures.ts'
import { cpuShares, ratePerSecond, shareOfTime, spanOf } from './rates.ts'

/** Figures of the second reading, with rates since the first where there is one that goes with it. */
export function systemFigures(before: SystemReading | undefined, now: SystemReading): SystemFigures {
  const spanMs = before === undefined ? undefined : spanOf(before, now)
  const earlier = spanMs === undefined ? undefined : before
  const span = spanMs ?? 0
  const { processor, memory, disks, fileSystems, networks, temperatures, power, pressure, container, processCount } =
    now
  return {
    wallMs: now.wallMs,
    bootId: now.bootId,
    ...present({ uptimeMs: now.uptimeMs, temperatures, pressure, processCount }),
    ...(processor && { processor: processorFigures(earlier?.processor, processor, span) }),
    ...(memory && { memory: memoryFigures(memory) }),
    ...(disks && { disks: diskFigures(earlier?.disks ?? [], disks, span) }),
    ...(fileSystems && { fileSystems: fileSystems.map(fileSystemFigures) }),
    ...(networks && { networks: networkFigures(earlier?.networks ?? [], networks, span) }),
    ...(power && { power: powerFigures(earlier?.power ?? [], power, span) }),
    ...(container && { container: containerFigures(earlier?.container, container, span) }),
    problems: now.problems,
  }
}

/** Without the fields that are undefined. */
function present<Fields extends object>(
  fields: Fields,
): {
  readonly [Name in keyof Fields]?: Exclude<Fields[Name], undefined>
} {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}

function processorFigures(
  before: ProcessorReading | undefined,
  now: ProcessorReading,
  spanMs: number,
): ProcessorFigures {
  const availableMs = spanMs * Math.max(1, now.cores.length)
  const earlier = new Map(before?.cores.map(({ core, times }) => [core, times]))
  // Cores that came or went change the sum at a stroke, so then it is made of those that were there all the time.
  const sameCores = before?.cores.length === now.cores.length && now.cores.every(({ core }) => earlier.has(core))
  const shares = before && sameCores ? cpuShares(before.total, now.total, availableMs) : undefined
  return {
    ...shares,
    cores: now.cores.map(({ core, times }) => {
      const past = earlier.get(core)
      return { core, ...present({ usage: past && cpuShares(past, times, spanMs)?.usage }) }
    }),
    ...present({
      load: now.load,
      contextSwitchesPerSecond: ratePerSecond(before?.contextSwitches, now.contextSwitches, spanMs),
    }),
  }
}

function memoryFigures(memory: MemoryReading): MemoryFigures {
  const { totalBytes, availableBytes, swapTotalBytes, swapFreeBytes } = memory
  return {
    totalBytes,
    usedBytes: Math.max(0, totalBytes - availableBytes),
    availableBytes,
    ...present({ cachedBytes: memory.cachedBytes }),
    swapTotalBytes,
    swapUsedBytes: Math.max(0, swapTotalBytes - swapFreeBytes),
  }
}

function fileSystemFigures({ mount, device, type, isReadOnly, space }: FileSystemReading): FileSystemFigures {
  const place = { mount, device, type, isReadOnly, isHung: space === undefined }
  if (space === undefined) return place
  const { totalBytes, freeBytes, availableBytes, files, filesFree } = space
  return {
    ...place,
    totalBytes,
    usedBytes: Math.max(0, totalBytes - freeBytes),
    availableBytes,
    files,
    filesUsed: Math.max(0, files - filesFree),
  }
}

function powerFigures(before: readonly PowerReading[], now: readonly PowerReading[], spanMs: number): PowerFigures[] {
  const earlier = new Map(before.map((meter) => [meter.name, meter]))
  return now.map(({ name, energyJoules, watts, batteryPercent, isCharging }) => {
    const counted = ratePerSecond(earlier.get(name)?.energyJoules, energyJoules, spanMs)
    return { name, ...present({ watts: watts ?? counted, batteryPercent, isCharging }) }
  })
}

function containerFigures(
  before: ContainerReading | undefined,
  now: ContainerReading,
  spanMs: number,
): ContainerFigures {
  const { cores, memoryLimitBytes, memoryBytes, throttledMs } = now
  const throttled = shareOfTime(before?.throttledMs, throttledMs, spanMs)
  return present({ cores, memoryLimitBytes, memoryBytes, throttled })
}
