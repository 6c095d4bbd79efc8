/** Whole numbers in bytes, highest byte first. The caller has made sure that they fit, both ways. */
export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function putU24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function putU48(bytes: Uint8Array, at: number, value: number): void {
  putU16(bytes, at, Math.floor(value / 2 ** 32))
  putU32(bytes, at + 2, value >>> 0)
}

export function u16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

export function u24At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
}

export function u32At(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) * 0x1000000 + u24At(bytes, at + 1)
}

export function u48At(bytes: Uint8Array, at: number): number {
  return u16At(bytes, at) * 2 ** 32 + u32At(bytes, at + 2)
}
