import type { DiskFigures, FileSystemFigures, NetworkFigures, SystemFigures } from '../figures.ts'
import type { PressureReading } from '../readings.ts'
import { figureWord } from './figure-names.ts'

/** Figures by name: shares from 0 to 1, bytes, rates by the second, 1 and 0 for yes and no. */
export type FlatFigures = ReadonlyMap<string, number>

/**
 * Every figure as a number with a name, for the history and the alerts. What is not known is absent. The names are part
 * of the public interface: see the README.
 */
export function flatFigures(figures: SystemFigures): FlatFigures {
  const flat = new Map<string, number>()
  const put: Put = (name, value) => {
    if (value !== undefined && Number.isFinite(value)) flat.set(name, value)
  }
  put('uptime', figures.uptimeMs === undefined ? undefined : figures.uptimeMs / 1_000)
  put('processes.count', figures.processCount)
  putProcessor(put, figures)
  putMemory(put, figures)
  for (const disk of figures.disks ?? []) putDisk(put, disk)
  for (const fileSystem of figures.fileSystems ?? []) putFileSystem(put, fileSystem)
  for (const network of figures.networks ?? []) putNetwork(put, network)
  for (const { name, celsius, criticalCelsius } of figures.temperatures ?? []) {
    put(`temperature.${figureWord(name)}.celsius`, celsius)
    put(`temperature.${figureWord(name)}.ofCritical`, ratio(celsius, criticalCelsius))
  }
  for (const { name, watts, batteryPercent } of figures.power ?? []) {
    put(`power.${figureWord(name)}.watts`, watts)
    put(`power.${figureWord(name)}.battery`, ratio(batteryPercent, 100))
  }
  putPressure(put, figures.pressure)
  putContainer(put, figures)
  for (const [name, value] of Object.entries(figures.extra ?? {})) put(`plugin.${name}`, value)
  put('problems.count', figures.problems.length)
  for (const { part } of figures.problems) put(`problem.${figureWord(part)}`, 1)
  return flat
}

type Put = (name: string, value: number | undefined) => void

function putProcessor(put: Put, { processor }: SystemFigures): void {
  if (processor === undefined) return
  const { cores, load } = processor
  put('processor.usage', processor.usage)
  put('processor.user', processor.user)
  put('processor.system', processor.system)
  put('processor.ioWait', processor.ioWait)
  put('processor.steal', processor.steal)
  put('processor.contextSwitches', processor.contextSwitchesPerSecond)
  for (const { core, usage } of cores) put(`core.${core}.usage`, usage)
  put('load.1', load?.[0])
  put('load.5', load?.[1])
  put('load.15', load?.[2])
  put('load.perCore', ratio(load?.[1], cores.length))
}

function putMemory(put: Put, { memory }: SystemFigures): void {
  if (memory === undefined) return
  put('memory.used', ratio(memory.usedBytes, memory.totalBytes))
  put('memory.usedBytes', memory.usedBytes)
  put('memory.availableBytes', memory.availableBytes)
  put('memory.cachedBytes', memory.cachedBytes)
  put('swap.used', ratio(memory.swapUsedBytes, memory.swapTotalBytes))
  put('swap.usedBytes', memory.swapUsedBytes)
}

function putDisk(put: Put, disk: DiskFigures): void {
  const word = `disk.${figureWord(disk.name)}`
  put(`${word}.busy`, disk.busy)
  put(`${word}.read`, disk.readBytesPerSecond)
  put(`${word}.written`, disk.writtenBytesPerSecond)
  put(`${word}.reads`, disk.readsPerSecond)
  put(`${word}.writes`, disk.writesPerSecond)
}

function putFileSystem(put: Put, fileSystem: FileSystemFigures): void {
  const word = `fileSystem.${figureWord(fileSystem.mount)}`
  const { usedBytes, availableBytes, isReadOnly } = fileSystem
  put(`${word}.hung`, fileSystem.isHung ? 1 : 0)
  put(`${word}.usedBytes`, usedBytes)
  put(`${word}.availableBytes`, availableBytes)
  // What only root may still use counts as used, as in `df`. A full one that is read-only is as it should be.
  if (isReadOnly || usedBytes === undefined || availableBytes === undefined) return
  put(`${word}.used`, ratio(usedBytes, usedBytes + availableBytes))
  put(`${word}.filesUsed`, ratio(fileSystem.filesUsed, fileSystem.files))
}

function putNetwork(put: Put, network: NetworkFigures): void {
  const word = `network.${figureWord(network.name)}`
  put(`${word}.received`, network.receivedBytesPerSecond)
  put(`${word}.sent`, network.sentBytesPerSecond)
  put(`${word}.receivedPackets`, network.receivedPacketsPerSecond)
  put(`${word}.sentPackets`, network.sentPacketsPerSecond)
  put(`${word}.errors`, network.errorsPerSecond)
  put(`${word}.drops`, network.dropsPerSecond)
}

function putPressure(put: Put, pressure: PressureReading | undefined): void {
  for (const [name, stall] of Object.entries(pressure ?? {})) {
    const { some10s, full10s } = stall as NonNullable<PressureReading['io']>
    put(`pressure.${name}.some`, some10s)
    put(`pressure.${name}.full`, full10s)
  }
}

function putContainer(put: Put, { container }: SystemFigures): void {
  put('container.memory', ratio(container?.memoryBytes, container?.memoryLimitBytes))
  put('container.memoryBytes', container?.memoryBytes)
  put('container.throttled', container?.throttled)
}

/** Undefined where there is nothing to be a part of. */
function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole <= 0 ? undefined : part / whole
}
