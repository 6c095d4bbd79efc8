import { FlotillaError } from '../errors/index.ts'
import { extentOf } from './record-format.ts'

export interface RecordLogLimits {
  /** The longest record. One that is on the disk already and is longer is refused when it is read. */
  readonly recordBytesMax: number
  /** Bytes that were appended and are not durable yet, with their headers; more are refused with `overloaded`. */
  readonly bufferedBytesMax: number
  /** How much is read at a time while opening and iterating. */
  readonly readBytes: number
}

export const recordLogDefaults: RecordLogLimits = {
  recordBytesMax: 16 * 2 ** 20,
  bufferedBytesMax: 64 * 2 ** 20,
  readBytes: 2 ** 20,
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateRecordLogLimits(settings: Partial<RecordLogLimits> = {}): RecordLogLimits {
  const limits = { ...recordLogDefaults, ...settings }
  within('recordBytesMax', limits.recordBytesMax, 1, 2 ** 30)
  within('bufferedBytesMax', limits.bufferedBytesMax, extentOf(limits.recordBytesMax), 2 ** 32)
  within('readBytes', limits.readBytes, 4_096, 2 ** 28)
  return limits
}

function within(name: keyof RecordLogLimits, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new FlotillaError(
    'wrong-setting',
    `record log: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
  )
}
