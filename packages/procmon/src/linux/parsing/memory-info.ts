import type { MemoryReading } from '../../readings.ts'
import { parseNamedNumbers } from './named-numbers.ts'

const bytesPerKibibyte = 1_024

/** `/proc/meminfo`; undefined where it does not say how much there is and how much is free. */
export function parseMemoryInfo(text: string): MemoryReading | undefined {
  const numbers = parseNamedNumbers(text)
  const bytesOf = (name: string): number | undefined => {
    const kibibytes = numbers.get(name)
    return kibibytes === undefined ? undefined : kibibytes * bytesPerKibibyte
  }
  const totalBytes = bytesOf('MemTotal')
  const freeBytes = bytesOf('MemFree')
  if (totalBytes === undefined || freeBytes === undefined) return undefined
  const buffersBytes = bytesOf('Buffers')
  const pageCacheBytes = bytesOf('Cached')
  // As `free` does: what the kernel keeps for itself but would give back counts as cache.
  const cachedBytes = pageCacheBytes === undefined ? undefined : pageCacheBytes + (bytesOf('SReclaimable') ?? 0)
  return {
    totalBytes,
    freeBytes,
    // Kernels before 3.14 do not say.
    availableBytes: bytesOf('MemAvailable') ?? freeBytes + (buffersBytes ?? 0) + (cachedBytes ?? 0),
    ...(cachedBytes === undefined ? {} : { cachedBytes }),
    ...(buffersBytes === undefined ? {} : { buffersBytes }),
    swapTotalBytes: bytesOf('SwapTotal') ?? 0,
    swapFreeBytes: bytesOf('SwapFree') ?? 0,
  }
}
