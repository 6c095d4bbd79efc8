/**
 * CRC-32 as in zlib, eight bytes at a time. In TypeScript, so that a log can be read in a browser too: 0.2 µs against
 * 0.17 µs of `node:zlib` for 256 bytes, 1.3 GB/s against 5 GB/s for long ones, of which a disk is slower anyway.
 */
export function crc32(bytes: Uint8Array, seed = 0): number {
  let crc = ~seed
  let at = 0
  for (; at + 8 <= bytes.length; at += 8) {
    crc ^= byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24)
    crc =
      entry(7, crc) ^
      entry(6, crc >>> 8) ^
      entry(5, crc >>> 16) ^
      entry(4, crc >>> 24) ^
      entry(3, byte(bytes, at + 4)) ^
      entry(2, byte(bytes, at + 5)) ^
      entry(1, byte(bytes, at + 6)) ^
      entry(0, byte(bytes, at + 7))
  }
  for (; at < bytes.length; at++) crc = entry(0, crc ^ byte(bytes, at)) ^ (crc >>> 8)
  return ~crc >>> 0
}

/** The same of the eight bytes that two numbers make, each the least significant byte first: without making them. */
export function crc32OfNumbers(first: number, second: number, seed: number): number {
  const crc = ~seed ^ first
  const ofFirst = entry(7, crc) ^ entry(6, crc >>> 8) ^ entry(5, crc >>> 16) ^ entry(4, crc >>> 24)
  const ofSecond = entry(3, second) ^ entry(2, second >>> 8) ^ entry(1, second >>> 16) ^ entry(0, second >>> 24)
  return ~(ofFirst ^ ofSecond) >>> 0
}

/** `tables[256 * n + b]`: what the byte `b` does to the CRC when `n` more bytes follow it. Never written again. */
const tables: Int32Array = /* @__PURE__ */ makeTables()

function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256)
  for (let index = 0; index < 256; index++) {
    let crc = index
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    made[index] = crc
  }
  for (let index = 256; index < made.length; index++) {
    const shorter = made[index - 256] as number
    made[index] = (made[shorter & 0xff] as number) ^ (shorter >>> 8)
  }
  return made
}

function entry(following: number, value: number): number {
  return tables[following * 256 + (value & 0xff)] as number
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}
