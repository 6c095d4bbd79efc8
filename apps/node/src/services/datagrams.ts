import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { Datagrams } from '@flotilla/discovery'
import { udpDatagrams, type UdpDatagrams } from '@flotilla/discovery/node'
import type { Settings } from '../settings/settings.ts'

export interface OpenDatagramsOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly logger: Logger
  /** Of our transport: a firewall that lets one in should not need to know another. */
  readonly port: number
}

/** Undefined, with a warning, where no UDP can be had: everything then goes over connections, and a little later. */
export async function openDatagrams(options: OpenDatagramsOptions): Promise<UdpDatagrams | undefined> {
  const { settings, clock, logger, port } = options
  const beaconPort = settings['beacon-port']
  for (const tried of [port, 0]) {
    try {
      return await udpDatagrams({ clock, logger, beaconPort, port: tried })
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      const message = 'datagrams cannot be had on this port: another is tried, then it goes without'
      logger.warn({ port: tried, beaconPort, err: error }, message)
    }
  }
  return undefined
}

/**
 * The lane of beacons as discovery gets it; `onMoved` is told when addresses come and go. A node that is silent still
 * knows where it is, so that it can say so over connections, but neither sends nor hears a beacon.
 */
export function beaconLane(
  lane: Datagrams,
  { silent, onMoved }: { readonly silent: boolean; readonly onMoved: () => void },
): Datagrams {
  return {
    addresses: () => lane.addresses(),
    send: (to, bytes) => (silent ? undefined : lane.send(to, bytes)),
    announce: (bytes) => (silent ? undefined : lane.announce(bytes)),
    start: ({ received, addressesChanged }) =>
      lane.start({
        received: (from, bytes) => (silent ? undefined : received(from, bytes)),
        addressesChanged() {
          addressesChanged()
          onMoved()
        },
      }),
    [Symbol.asyncDispose]: () => lane[Symbol.asyncDispose](),
  }
}
