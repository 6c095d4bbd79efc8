import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface PortSettings {
  /** How often the port is looked at while the host is away. */
  readonly hostLookMs: number
  /** So many looks, and then it is looked more seldom: a host that has been away for long is not likely to come now. */
  readonly hostLooksOften: number
  readonly hostLookMsSeldom: number
  /** With the blocking way: a read that has waited this long means that the host is there. */
  readonly hostThereMs: number
  /** Before the port is opened again after the host went; longer where it had been there for less than a look. */
  readonly reopenMs: number
  /** The first and the longest ceiling of the wait after a port could not be opened; it doubles between them. */
  readonly retryMsFirst: number
  readonly retryMsMax: number
  /** What was taken for writing and is not written yet; more is refused. */
  readonly unwrittenBytesMax: number
}

export const portDefaults: PortSettings = {
  hostLookMs: 500,
  hostLooksOften: 120,
  hostLookMsSeldom: 2_000,
  hostThereMs: 20,
  reopenMs: 20,
  retryMsFirst: 250,
  retryMsMax: 30_000,
  unwrittenBytesMax: 65_536,
}

const portRanges: Ranges<keyof PortSettings> = {
  hostLookMs: [100, 10_000],
  hostLooksOften: [1, 1_000_000],
  hostLookMsSeldom: [100, 60_000],
  hostThereMs: [1, 1_000],
  reopenMs: [1, 10_000],
  retryMsFirst: [1, 60_000],
  retryMsMax: [1, 3_600_000],
  unwrittenBytesMax: [1_024, 16_777_216],
}

export function portSettings(settings: Partial<PortSettings> = {}): PortSettings {
  return wholeSettings('port', portDefaults, portRanges, settings)
}

export const portLimits = {
  /** One blocking read of the device. */
  readBytes: 65_536,
  /** What is read to see whether the host is there; the rest stays for the handle. */
  probeBytes: 64,
  /** One blocking write; a larger one would hold its thread for longer. */
  writeBytes: 32_768,
} as const
