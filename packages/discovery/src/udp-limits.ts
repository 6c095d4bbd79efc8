import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface UdpSettings {
  /** The longest datagram; a longer one that comes in is dropped and counted. It fits into one Ethernet frame. */
  readonly datagramBytesMax: number
  /** How often the interfaces are looked at. */
  readonly interfacePollMs: number
  /** Interfaces and addresses of them that are used; the rest is ignored. */
  readonly subnetsMax: number
  /** Datagrams taken in a second from one source address; the burst is twice that. */
  readonly datagramsPerSourcePerSecondMax: number
  /** Source addresses whose rate is remembered. */
  readonly datagramSourcesMax: number
  /** Bytes that wait for the system to take them; more are dropped and counted. */
  readonly sendQueueBytesMax: number
}

export const udpDefaults: UdpSettings = {
  datagramBytesMax: 1_452,
  interfacePollMs: 2_000,
  subnetsMax: 64,
  datagramsPerSourcePerSecondMax: 2_000,
  datagramSourcesMax: 1_024,
  sendQueueBytesMax: 1_048_576,
}

const allowed: Ranges<keyof UdpSettings> = {
  datagramBytesMax: [512, 65_507],
  interfacePollMs: [50, 3_600_000],
  subnetsMax: [1, 4_096],
  datagramsPerSourcePerSecondMax: [1, 1_000_000],
  datagramSourcesMax: [1, 65_536],
  sendQueueBytesMax: [65_536, 2 ** 30],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateUdpSettings(settings: Partial<UdpSettings> = {}): UdpSettings {
  return wholeSettings('udp', udpDefaults, allowed, settings)
}
