import { ProtocolError } from '@flotilla/core/errors'
import { Buffer } from 'node:buffer'
import { readJsonLine, type ExactJson } from '../lines/index.ts'
import { lineDepthMax, lineValuesMax } from './limits.ts'
import type { PackedText } from './messages.ts'
import type { Packing } from './packing.ts'

/** Figures that a guest has packed; a `ProtocolError` where they are not, or are too large. */
export function unpacked(packed: PackedText, packing: Packing | undefined, bytesMax: number): ExactJson {
  if (packing?.encoding !== packed.encoding) {
    throw new ProtocolError('wrong-field', 'metrics are packed in an unknown way')
  }
  let text: Uint8Array
  try {
    text = packing.unpack(Uint8Array.from(Buffer.from(packed.bytes, 'base64')), bytesMax)
  } catch (error) {
    throw new ProtocolError('wrong-field', 'packed metrics are damaged or too large', { cause: error })
  }
  return readJsonLine(text, { messageBytesMax: bytesMax, depthMax: lineDepthMax, valuesMax: lineValuesMax })
}
