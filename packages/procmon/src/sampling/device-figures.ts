import type { DiskFigures, NetworkFigures } from '../figures.ts'
import type { DiskReading, NetworkReading } from '../readings.ts'
import { ratePerSecond, shareOfTime } from './rates.ts'

/** A disk that was plugged in meanwhile has no rates yet. */
export function diskFigures(
  before: readonly DiskReading[],
  now: readonly DiskReading[],
  spanMs: number,
): readonly DiskFigures[] {
  const earlier = new Map(before.map((disk) => [disk.name, disk]))
  return now.map((disk) => {
    const past = earlier.get(disk.name)
    if (past === undefined) return { name: disk.name }
    const rates = ratesOf(past, disk, diskCounters, spanMs)
    const busy = shareOfTime(past.busyMs, disk.busyMs, spanMs)
    if (rates === undefined || busy === undefined) return { name: disk.name }
    const [readsPerSecond, writesPerSecond, readBytesPerSecond, writtenBytesPerSecond] = rates
    return {
      name: disk.name,
      readBytesPerSecond,
      writtenBytesPerSecond,
      readsPerSecond,
      writesPerSecond,
      busy,
    }
  })
}

export function networkFigures(
  before: readonly NetworkReading[],
  now: readonly NetworkReading[],
  spanMs: number,
): readonly NetworkFigures[] {
  const earlier = new Map(before.map((network) => [network.name, network]))
  return now.map((network) => {
    const { name, isUp, bitsPerSecond } = network
    const place = { name, isUp, ...(bitsPerSecond === undefined ? {} : { bitsPerSecond }) }
    const past = earlier.get(name)
    const rates = past && ratesOf(past, network, networkCounters, spanMs)
    if (rates === undefined) return place
    const [received, sent, receivedPackets, sentPackets, receiveErrors, sendErrors, receiveDrops, sendDrops] = rates
    return {
      ...place,
      receivedBytesPerSecond: received,
      sentBytesPerSecond: sent,
      receivedPacketsPerSecond: receivedPackets,
      sentPacketsPerSecond: sentPackets,
      errorsPerSecond: receiveErrors + sendErrors,
      dropsPerSecond: receiveDrops + sendDrops,
    }
  })
}

const diskCounters = ['reads', 'writes', 'readBytes', 'writtenBytes'] as const

const networkCounters = [
  'receivedBytes',
  'sentBytes',
  'receivedPackets',
  'sentPackets',
  'receiveErrors',
  'sendErrors',
  'receiveDrops',
  'sendDrops',
] as const

/** All of them or none: where one counter of a device went back, it is another device, or was set to zero. */
function ratesOf<const Names extends readonly string[]>(
  before: Readonly<Record<Names[number], number>>,
  now: Readonly<Record<Names[number], number>>,
  names: Names,
  spanMs: number,
): { readonly [Index in keyof Names]: number } | undefined {
  const rates = names.map((name: Names[number]) => ratePerSecond(before[name], now[name], spanMs))
  return rates.includes(undefined) ? undefined : (rates as unknown as { readonly [Index in keyof Names]: number })
}
