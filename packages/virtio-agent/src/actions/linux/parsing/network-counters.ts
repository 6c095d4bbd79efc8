import type { QgaInterface } from '../../../qga/contract.ts'

export type InterfaceStatistics = NonNullable<QgaInterface['statistics']>

/** The counters of `/proc/net/dev`, by interface. */
export function parseNetworkCounters(text: string): ReadonlyMap<string, InterfaceStatistics> {
  const counters = new Map<string, InterfaceStatistics>()
  for (const line of text.split('\n')) {
    const found = /^\s*([^\s:]+(?::[^\s:]+)*):\s*((?:\d+\s*){16,})$/.exec(line)
    if (found?.[1] === undefined) continue
    const numbers = (found[2] ?? '').trim().split(/\s+/).map(Number)
    const at = (index: number): number => numbers[index] ?? 0
    counters.set(found[1], {
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
