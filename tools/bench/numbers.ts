/** 1,234,000 or 0.621: as many digits as mean something. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: value >= 1_000 ? 4 : 3 })
}

export function formatRatio(ratio: number): string {
  return ratio.toLocaleString('en', { maximumSignificantDigits: 3, minimumSignificantDigits: 2 })
}

export function formatNanoseconds(nanoseconds: number): string {
  return scaled(nanoseconds, 1_000, ['ns', 'µs', 'ms', 's'])
}

/** The heap grows and shrinks by itself; less than this much of it means nothing. */
const memoryBytesMin = 16 * 2 ** 10

export function formatSize(bytes: number, sizesAre: 'length' | 'memory'): string {
  if (sizesAre === 'memory' && bytes < memoryBytesMin) return `< ${formatSize(memoryBytesMin, 'length')}`
  return scaled(bytes, 1_024, ['B', 'KiB', 'MiB', 'GiB'])
}

/** For readers of JSON. */
export function rounded(value: number): number {
  return Number(value.toPrecision(5))
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let power = 0
  while (power < units.length - 1 && value >= step ** (power + 1)) power++
  return `${formatNumber(value / step ** power)} ${units[power]}`
}
