import { array, bytes, createCodec, float, integer, object, string, type Schema } from '@flotilla/core/codec'
import { ProtocolError } from '@flotilla/core/errors'
import { crc32 } from 'node:zlib'
import type { FigurePast } from './history.ts'
import type { RingPast, RingRun } from './ring.ts'

const magic = new TextEncoder().encode('FLHIST01')
const headBytes = magic.length + 4
const lengthBytes = 4
const runsMax = 65_536
const pointBytes = 12

interface KeptRing extends Omit<RingPast, 'runs'> {
  readonly runs: readonly { readonly span: number; readonly points: Uint8Array }[]
}

interface KeptFigure {
  readonly name: string
  readonly lastMs: number
  readonly seconds: KeptRing
  readonly minutes: KeptRing
  readonly hours: KeptRing
}

const ring: Schema<KeptRing> = object({
  open: integer({ min: -1 }),
  count: integer(),
  sum: float(),
  least: float(),
  most: float(),
  runs: array(object({ span: integer(), points: bytes({ bytesMax: 2 ** 21 }) }), { countMax: runsMax }),
})
const codec = createCodec<KeptFigure>({
  name: 'kept history',
  schema: object({ name: string({ bytesMax: 4_096 }), lastMs: float(), seconds: ring, minutes: ring, hours: ring }),
  limits: { bytesMax: 2 ** 24, itemsMax: 2 ** 20 },
})

/** One figure, with its length before it. */
export function keptFigure({ name, lastMs, rings }: FigurePast): Uint8Array {
  const body = codec.encode({
    name,
    lastMs,
    seconds: keptRing(rings['1s']),
    minutes: keptRing(rings['1min']),
    hours: keptRing(rings['1h']),
  })
  const framed = new Uint8Array(lengthBytes + body.length)
  new DataView(framed.buffer).setUint32(0, body.length, true)
  framed.set(body, lengthBytes)
  return framed
}

/** The whole file: what it is, a checksum of the rest, and one figure after the other. */
export function keptWhole(figures: readonly Uint8Array[]): Uint8Array {
  const size = figures.reduce((sum, { length }) => sum + length, headBytes)
  const whole = new Uint8Array(size)
  whole.set(magic)
  let [at, checksum] = [headBytes, 0]
  for (const figure of figures) {
    whole.set(figure, at)
    checksum = crc32(figure, checksum)
    at += figure.length
  }
  new DataView(whole.buffer).setUint32(magic.length, checksum, true)
  return whole
}

/** Throws a `ProtocolError` where it is not what was written. */
export function readKept(whole: Uint8Array): readonly FigurePast[] {
  if (whole.length < headBytes || magic.some((byte, index) => whole[index] !== byte)) {
    throw damaged('it is no history, or one of another version')
  }
  const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength)
  if (view.getUint32(magic.length, true) !== crc32(whole.subarray(headBytes))) throw damaged('its checksum is wrong')
  const found: FigurePast[] = []
  for (let at = headBytes; at < whole.length;) {
    if (whole.length - at < lengthBytes) throw damaged('it is cut short')
    const length = view.getUint32(at, true)
    at += lengthBytes
    if (length > whole.length - at) throw damaged('it is cut short')
    const { name, lastMs, seconds, minutes, hours } = codec.decode(whole.subarray(at, at + length))
    const rings = { '1s': ringOf(seconds), '1min': ringOf(minutes), '1h': ringOf(hours) }
    found.push({ name, lastMs, rings })
    at += length
  }
  return found
}

function keptRing(past: RingPast): KeptRing {
  return { ...past, runs: past.runs.slice(-runsMax).map(({ span, points }) => ({ span, points: bytesOf(points) })) }
}

function ringOf(kept: KeptRing): RingPast {
  return { ...kept, runs: kept.runs.map(({ span, points }): RingRun => ({ span, points: numbersOf(points) })) }
}

function bytesOf(points: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(points.length * 4))
  for (const [index, value] of points.entries()) view.setFloat32(index * 4, value, true)
  return new Uint8Array(view.buffer)
}

function numbersOf(kept: Uint8Array): Float32Array {
  if (kept.length % pointBytes !== 0) throw damaged('a point is cut short')
  const view = new DataView(kept.buffer, kept.byteOffset, kept.byteLength)
  return Float32Array.from({ length: kept.length / 4 }, (_, index) => view.getFloat32(index * 4, true))
}

function damaged(why: string): ProtocolError {
  return new ProtocolError('malformed', `the kept history cannot be read: ${why}`)
}
