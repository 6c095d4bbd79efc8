/** What is sent says which it is, and all the rest follows from that: so damage shows. */
const idBytes = 4

export function contentOf(id: number, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(length, idBytes))
  for (let at = idBytes; at < bytes.byteLength; at++) bytes[at] = byteAt(id, at)
  new DataView(bytes.buffer).setUint32(0, id)
  return bytes
}

export function idOf(bytes: Uint8Array): number {
  if (bytes.byteLength < idBytes) return -1
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0)
}

/** Whether these are the bytes of that id from `offset` on. */
export function isContentOf(id: number, bytes: Uint8Array, offset: number): boolean {
  for (let at = 0; at < bytes.byteLength; at++) {
    if (offset + at >= idBytes && bytes[at] !== byteAt(id, offset + at)) return false
  }
  return true
}

function byteAt(id: number, at: number): number {
  return (id * 31 + at * 7 + (at >>> 8)) & 0xff
}
