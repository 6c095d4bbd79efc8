/** Four digits that mean something: 1,234,000 or 0.6212. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: value >= 1_000 ? 4 : 3 })
}

export function formatRatio(ratio: number): string {
  return ratio.toLocaleString('en', { maximumSignificantDigits: 3, minimumSignificantDigits: 2 })
}

export function formatNanoseconds(nanoseconds: number): string {
  return scaled(nanoseconds, 1_000, ['ns', 'µs', 'ms', 's'])
}

export function formatBytes(bytes: number): string {
  return scaled(bytes, 1_024, ['B', 'KiB', 'MiB', 'GiB'])
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let power = 0
  while (power < units.length - 1 && value >= step ** (power + 1)) power++
  return `${formatNumber(value / step ** power)} ${units[power]}`
}

/** Enough digits for any reader of JSON. */
export function rounded(value: number): number {
  return Number(value.toPrecision(5))
}
