import { bytesText } from '@flotilla/core/text'

/** What stands where a figure is not known. */
export const unknownText = '–'

/** Of a share from 0 to 1, such as `4.2 %`. */
export function percentText(share: number | undefined | null): string {
  if (share === undefined || share === null) return unknownText
  const percent = share * 100
  return `${percent < 9.95 && percent > 0 ? percent.toFixed(1) : Math.round(percent)} %`
}

/** Such as `0.42 ms`, with as many digits as say something. */
export function millisText(ms: number | undefined | null): string {
  if (ms === undefined || ms === null) return unknownText
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${ms < 1 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`
}

export function rateText(bytesPerSecond: number | undefined | null): string {
  if (bytesPerSecond === undefined || bytesPerSecond === null) return unknownText
  return `${bytesText(Math.round(bytesPerSecond))}/s`
}

export function sizeText(bytes: number | undefined | null): string {
  return bytes === undefined || bytes === null ? unknownText : bytesText(bytes)
}

/** Such as `1,204`. */
export function countText(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** Such as `1 node` and `3 nodes`. */
export function counted(count: number, noun: string, many = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : many}`
}

export function joined(names: readonly string[]): string {
  if (names.length <= 1) return names.join('')
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
