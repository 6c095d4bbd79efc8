import { content, equal } from '../network-conformance/content.ts'

/** A message that begins with its id; all the rest follows from that. */
export function message(id: number, length: number): Uint8Array {
  const bytes = content(length, id)
  new DataView(bytes.buffer).setUint32(0, id)
  return bytes
}

export function idOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)
}

export function intact(bytes: Uint8Array): boolean {
  return equal(bytes, message(idOf(bytes), bytes.byteLength))
}
