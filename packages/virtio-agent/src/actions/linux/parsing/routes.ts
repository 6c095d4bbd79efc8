import type { QgaRoute } from '../../../qga/contract.ts'
import { fourFromHex, sixFromHex } from './addresses.ts'

/** `/proc/net/route`. */
export function parseFourRoutes(text: string, isBigEndian: boolean): readonly QgaRoute[] {
  const routes: QgaRoute[] = []
  for (const line of text.split('\n')) {
    const [name, destinationHex = '', gatewayHex = '', , , , metric = '', maskHex = ''] = line.trim().split(/\s+/)
    const [destination, gateway, mask] = [destinationHex, gatewayHex, maskHex].map((hex) =>
      fourFromHex(hex, isBigEndian),
    )
    if (name === undefined || destination === undefined || gateway === undefined || mask === undefined) continue
    if (!/^\d{1,10}$/.test(metric)) continue
    routes.push({ interface: name, destination, metric: Number(metric), gateway, mask, version: 4 })
  }
  return routes
}

/** `/proc/net/ipv6_route`. */
export function parseSixRoutes(text: string): readonly QgaRoute[] {
  const routes: QgaRoute[] = []
  for (const line of text.split('\n')) {
    const [destinationHex = '', length = '', sourceHex = '', , nextHex = '', metric = '', , , , name] = line
      .trim()
      .split(/\s+/)
    const [destination, source, gateway] = [destinationHex, sourceHex, nextHex].map(sixFromHex)
    if (name === undefined || destination === undefined || source === undefined || gateway === undefined) continue
    if (!/^[0-9a-f]{2}$/.test(length) || !/^[0-9a-f]{8}$/.test(metric)) continue
    routes.push({
      interface: name,
      destination,
      prefixLength: Number.parseInt(length, 16),
      source,
      gateway,
      metric: Number.parseInt(metric, 16),
      version: 6,
    })
  }
  return routes
}
