/** 5 bits a character, in the alphabet of BIP 173: neither `b`, `i`, `o` nor `1`, which look like others. */
const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
/** A character that no such text has. */
export const neverInBase32: RegExp = /[^02-9ac-hj-np-z]/

export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    bits = (bits << 8) | byte
    for (held += 8; held >= 5; held -= 5) text += alphabet.charAt((bits >> (held - 5)) & 31)
    bits &= (1 << held) - 1
  }
  return held === 0 ? text : text + alphabet.charAt((bits << (5 - held)) & 31)
}

/** Undefined unless it is what `toBase32` writes: in lower case, without a character or a bit too many. */
export function fromBase32(text: string): Uint8Array | undefined {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const character of text) {
    const value = alphabet.indexOf(character)
    if (value === -1) return undefined
    bits = (bits << 5) | value
    held += 5
    if (held < 8) continue
    held -= 8
    bytes.push(bits >> held)
    bits &= (1 << held) - 1
  }
  return held < 5 && bits === 0 ? Uint8Array.from(bytes) : undefined
}
