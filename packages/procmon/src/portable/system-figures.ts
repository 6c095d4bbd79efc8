import type {
  DiskReading,
  FileSystemReading,
  MemoryReading,
  NetworkReading,
  PowerReading,
  TemperatureReading,
} from '../readings.ts'
import {
  counted,
  type PortableBattery,
  type PortableDiskBytes,
  type PortableDiskOperations,
  type PortableFileSystem,
  type PortableMemory,
  type PortableNetwork,
} from './parts.ts'

export function memoryOf(memory: PortableMemory): MemoryReading | undefined {
  const totalBytes = counted(memory.total)
  const freeBytes = counted(memory.free)
  if (totalBytes === undefined || totalBytes === 0 || freeBytes === undefined) return undefined
  const cached = counted(memory.cached)
  return {
    totalBytes,
    freeBytes,
    availableBytes: counted(memory.available) ?? freeBytes,
    ...(cached === undefined ? {} : { cachedBytes: cached + (counted(memory.reclaimable) ?? 0) }),
    ...(counted(memory.buffers) === undefined ? {} : { buffersBytes: memory.buffers }),
    swapTotalBytes: counted(memory.swaptotal) ?? 0,
    swapFreeBytes: counted(memory.swapfree) ?? 0,
  }
}

/** All disks are one, called `all`; how long something was under way is not known, so it is never busy. */
export function disksOf(
  operations: PortableDiskOperations | null | undefined,
  bytes: PortableDiskBytes | null | undefined,
): readonly DiskReading[] | undefined {
  const readBytes = counted(bytes?.rx)
  const writtenBytes = counted(bytes?.wx)
  if (readBytes === undefined || writtenBytes === undefined) return undefined
  const reads = counted(operations?.rIO) ?? 0
  const writes = counted(operations?.wIO) ?? 0
  return [{ name: 'all', reads, writes, readBytes, writtenBytes, busyMs: 0 }]
}

/** Files are not counted. */
export function fileSystemOf({ fs, type, size, used, available, mount, rw }: PortableFileSystem): FileSystemReading {
  const totalBytes = counted(size)
  const usedBytes = counted(used)
  const found = { mount, device: fs, type, isReadOnly: rw === false }
  if (totalBytes === undefined || usedBytes === undefined) return found
  const freeBytes = Math.max(totalBytes - usedBytes, 0)
  const availableBytes = counted(available) ?? freeBytes
  return { ...found, space: { totalBytes, freeBytes, availableBytes, files: 0, filesFree: 0 } }
}

/** Packets are not counted. */
export function networkOf(network: PortableNetwork): NetworkReading | undefined {
  const receivedBytes = counted(network.rx_bytes)
  const sentBytes = counted(network.tx_bytes)
  if (receivedBytes === undefined || sentBytes === undefined) return undefined
  return {
    name: network.iface,
    isUp: network.operstate !== 'down',
    receivedBytes,
    sentBytes,
    receivedPackets: 0,
    sentPackets: 0,
    receiveErrors: counted(network.rx_errors) ?? 0,
    sendErrors: counted(network.tx_errors) ?? 0,
    receiveDrops: counted(network.rx_dropped) ?? 0,
    sendDrops: counted(network.tx_dropped) ?? 0,
  }
}

export function temperaturesOf({ main }: { readonly main: number | null }): readonly TemperatureReading[] {
  return main === null || !Number.isFinite(main) ? [] : [{ name: 'processor', celsius: main }]
}

export function powerOf({ hasBattery, isCharging, percent }: PortableBattery): readonly PowerReading[] {
  if (!hasBattery) return []
  const batteryPercent = counted(percent)
  return [{ name: 'battery', isCharging, ...(batteryPercent === undefined ? {} : { batteryPercent }) }]
}
