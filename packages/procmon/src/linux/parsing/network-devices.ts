import type { NetworkReading } from '../../readings.ts'

/** What `/proc/net/dev` says of an interface. */
export type NetworkCounters = Omit<NetworkReading, 'isUp' | 'bitsPerSecond'>

/** `/proc/net/dev`. A name may hold a colon (an alias of old); the first number may stand right behind its colon. */
export function parseNetworkDevices(text: string): readonly NetworkCounters[] {
  const devices: NetworkCounters[] = []
  for (const line of text.split('\n')) {
    const [, name, numbers] = /^\s*(\S+):\s*(\d[\d ]*)$/.exec(line) ?? []
    if (name === undefined || numbers === undefined) continue
    const fields = numbers.trim().split(/ +/).map(Number)
    const [receivedBytes, receivedPackets, receiveErrors, receiveDrops] = fields
    const [sentBytes, sentPackets, sendErrors, sendDrops] = fields.slice(8)
    if (receivedBytes === undefined || receivedPackets === undefined || receiveErrors === undefined) continue
    if (receiveDrops === undefined || sentBytes === undefined || sentPackets === undefined) continue
    if (sendErrors === undefined || sendDrops === undefined) continue
    devices.push({
      name,
      receivedBytes,
      sentBytes,
      receivedPackets,
      sentPackets,
      receiveErrors,
      sendErrors,
      receiveDrops,
      sendDrops,
    })
  }
  return devices
}
