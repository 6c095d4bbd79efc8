/** What a process has had read from disks and written to them. One object is filled again and again. */
export interface ProcessTraffic {
  readBytes: number
  writtenBytes: number
}

const zero = 0x30
const colon = 0x3a
const newline = 0x0a
const readName: readonly number[] = Array.from('read_bytes', (letter) => letter.charCodeAt(0))
const writtenName: readonly number[] = Array.from('write_bytes', (letter) => letter.charCodeAt(0))

/** Reads `/proc/PID/io` into `into`, and returns whether both counts were there. */
export function parseProcessTraffic(bytes: Uint8Array, length: number, into: ProcessTraffic): boolean {
  let found = 0
  for (let at = 0; at < length; at++) {
    const start = at
    while (at < length && bytes[at] !== colon && bytes[at] !== newline) at++
    const nameEnd = at
    // Behind the colon there is a space.
    at += 2
    const numberStart = at
    let value = 0
    while (at < length && isDigit(bytes[at] as number)) value = value * 10 + ((bytes[at++] as number) - zero)
    if (at === numberStart || at >= length || bytes[at] !== newline) return false
    if (isName(bytes, start, nameEnd, readName)) {
      into.readBytes = value
      found |= 1
    } else if (isName(bytes, start, nameEnd, writtenName)) {
      into.writtenBytes = value
      found |= 2
    }
  }
  return found === 3
}

function isName(bytes: Uint8Array, start: number, end: number, name: readonly number[]): boolean {
  if (end - start !== name.length) return false
  for (let at = 0; at < name.length; at++) if (bytes[start + at] !== name[at]) return false
  return true
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= 0x39
}
