import type { QgaInterface } from '../../../qga/contract.ts'

export type InterfaceStatistics = NonNullable<QgaInterface['statistics']>

/** The counters of `/proc/net/dev`, by interface. */
export function parseNetworkCounters(text: string): ReadonlyMap<string, InterfaceStatistics> {
  const counters = new Map<string, InterfaceStatistics>()
  for (const line of text.split('\n')) {
    // The name may have colons in it, and the first number may touch the last one.
    const end = line.lastIndexOf(':')
    const name = line.slice(0, Math.max(0, end)).trim()
    const columns = line
      .slice(end + 1)
      .trim()
      .split(/\s+/)
    if (name === '' || columns.length < 16 || !columns.every((column) => /^\d+$/.test(column))) continue
    const numbers = columns.map(Number)
    const at = (index: number): number => numbers[index] ?? 0
    counters.set(name, {
      receivedBytes: at(0),
      receivedPackets: at(1),
      receiveErrors: at(2),
      receiveDrops: at(3),
      sentBytes: at(8),
      sentPackets: at(9),
      sendErrors: at(10),
      sendDrops: at(11),
    })
  }
  return counters
}
