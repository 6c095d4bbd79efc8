const windowBytes = 32
const windowsMax = 32
/** How much oftener than by pure chance the same byte is met twice, in percent, where compressing is worth a try. */
const percentMin = 112

/**
 * Whether zstd may make clearly less of it, told from at most 1 KiB of samples spread over all of it: 2 µs, where a try
 * takes 40 µs at 4 KiB and 600 at 1 MiB. It counts how often two bytes of the sample are equal: one time in 256 for
 * what is encrypted or compressed already, and at least twice as often in text, code, tables and pictures. `counts` is
 * memory for 256 numbers, which may be used again.
 */
export function looksCompressible(bytes: Uint8Array, counts: Uint16Array = new Uint16Array(256)): boolean {
  counts.fill(0)
  let pairs = 0
  const windows = Math.min(windowsMax, Math.ceil(bytes.length / windowBytes))
  // A whole number from window to window, and the last one ends with the last byte.
  const last = Math.max(0, bytes.length - windowBytes)
  let sampled = 0
  const step = windows < 2 ? 0 : last / (windows - 1)
  for (let window = 0; window < windows; window++) {
    const start = window === windows - 1 ? last : Math.floor(window * step)
    const end = Math.min(start + windowBytes, bytes.length)
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number
      const before = counts[byte] as number
      pairs += before
      counts[byte] = before + 1
    }
    sampled += end - start
  }
  const byChance = (sampled * (sampled - 1)) / 256
  return 2 * pairs * 100 > byChance * percentMin
}
