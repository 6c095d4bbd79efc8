import { ProtocolError } from '../errors/index.ts'

/**
 * A moment of a hybrid logical clock. Whatever happened after has a greater one, on any node; and `wallMs` is near to
 * what the calendar said.
 */
export type HybridTime = {
  /** Milliseconds since 1970; a whole number of 48 bits. */
  readonly wallMs: number
  /** Tells apart what happened at one `wallMs`; a whole number of 16 bits. */
  readonly counter: number
} & { readonly brand: 'HybridTime' }

export const hybridWallMsMax: number = 2 ** 48 - 1
export const hybridCounterMax: number = 2 ** 16 - 1
export const hybridBytesLength = 8

/** Both numbers as they came from outside. Throws `malformed` where they are not a moment. */
export function hybridTime(wallMs: number, counter: number): HybridTime {
  if (!isWhole(wallMs, hybridWallMsMax) || !isWhole(counter, hybridCounterMax)) {
    throw new ProtocolError('malformed', 'a hybrid time is 48 bits of milliseconds and 16 bits of counter')
  }
  return { wallMs, counter } as HybridTime
}

/** Under 0 when `a` is before `b`, 0 when they are the same, over 0 when it is after. */
export function compareHybrid(a: HybridTime, b: HybridTime): number {
  return a.wallMs - b.wallMs || a.counter - b.counter
}

/** 8 bytes, the greatest first: they sort as the moments do. */
export function encodeHybrid(time: HybridTime): Uint8Array {
  const bytes = new Uint8Array(hybridBytesLength)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.floor(time.wallMs / 2 ** 16))
  view.setUint16(4, time.wallMs % 2 ** 16)
  view.setUint16(6, time.counter)
  return bytes
}

export function decodeHybrid(bytes: Uint8Array): HybridTime {
  if (bytes.length !== hybridBytesLength) {
    throw new ProtocolError('malformed', `a hybrid time has ${hybridBytesLength} bytes; there are ${bytes.length}`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return hybridTime(view.getUint32(0) * 2 ** 16 + view.getUint16(4), view.getUint16(6))
}

const textForm = /^([0-9a-f]{12})-([0-9a-f]{4})$/

/** The same in hexadecimal, `0199a8b3c4d5-0001`: the texts sort as the moments do. */
export function formatHybrid(time: HybridTime): string {
  return `${time.wallMs.toString(16).padStart(12, '0')}-${time.counter.toString(16).padStart(4, '0')}`
}

export function parseHybrid(text: string): HybridTime {
  const [, wallMs, counter] = textForm.exec(text) ?? []
  if (wallMs === undefined || counter === undefined) {
    throw new ProtocolError('malformed', 'a hybrid time as text is 12 and 4 hexadecimal digits with a dash between')
  }
  return hybridTime(Number.parseInt(wallMs, 16), Number.parseInt(counter, 16))
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most
}
