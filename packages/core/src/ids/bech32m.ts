/** BIP 350: text with a prefix for people, 5 bits a character, and a checksum of six characters. */

/** A character's place is its value. Neither `b`, `i`, `o` nor `1` is among them, which look like others. */
const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
/** A character after the separator that no such text has. */
export const neverInBech32m: RegExp = /[^02-9ac-hj-np-z]/i
/** Up to this length the checksum finds every change of up to four characters. */
const lengthMax = 90
const checksumLength = 6
/** What tells Bech32m from its predecessor Bech32, whose constant is 1. */
const checksumConstant = 0x2bc830a3

export interface Bech32m {
  /** In lower case. */
  readonly prefix: string
  /** 5 bits each. */
  readonly words: Uint8Array
}

/** The text, in lower case. */
export function writeBech32m({ prefix, words }: Bech32m): string {
  const sum = checksum(prefix, [...words, 0, 0, 0, 0, 0, 0]) ^ checksumConstant
  const sumWords = Array.from(
    { length: checksumLength },
    (_, index) => (sum >> (5 * (checksumLength - 1 - index))) & 31,
  )
  return `${prefix}1${[...words, ...sumWords].map((word) => alphabet.charAt(word)).join('')}`
}

/** Reads text in lower or in upper case; undefined if it breaks any rule. */
export function readBech32m(text: string): Bech32m | undefined {
  // This comes before the change of case, which would turn the Kelvin sign, for one, into a plain `k`.
  if (text.length > lengthMax || /[^!-~]/.test(text)) return undefined
  const lower = text.toLowerCase()
  if (text !== lower && text !== text.toUpperCase()) return undefined
  const separator = lower.lastIndexOf('1')
  const prefix = lower.slice(0, separator)
  const words = Array.from(lower.slice(separator + 1), (character) => alphabet.indexOf(character))
  if (separator < 1 || words.length < checksumLength || words.includes(-1)) return undefined
  if (checksum(prefix, words) !== checksumConstant) return undefined
  return { prefix, words: Uint8Array.from(words.slice(0, -checksumLength)) }
}

/** 8 words for every 5 bytes; the count of bytes is a multiple of 5, so that no bits are left over. */
export function wordsOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: (bytes.length * 8) / 5 }, (_, index) => {
    const firstBit = index * 5
    const pair = ((bytes[firstBit >> 3] ?? 0) << 8) | (bytes[(firstBit >> 3) + 1] ?? 0)
    return (pair >> (11 - (firstBit & 7))) & 31
  })
}

/** The inverse of `wordsOf`. */
export function bytesOf(words: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: (words.length * 5) >> 3 }, (_, index) => {
    const firstWord = Math.floor((index * 8) / 5)
    const three = [0, 1, 2].reduce((bits, next) => (bits << 5) | (words[firstWord + next] ?? 0), 0)
    return (three >> (7 - ((index * 8) % 5))) & 0xff
  })
}

/** The remainder of the BCH code over prefix and words, as BIP 173 lays it down. */
function checksum(prefix: string, words: readonly number[]): number {
  let sum = 1
  for (let index = 0; index < prefix.length; index++) sum = addToChecksum(sum, prefix.charCodeAt(index) >> 5)
  sum = addToChecksum(sum, 0)
  for (let index = 0; index < prefix.length; index++) sum = addToChecksum(sum, prefix.charCodeAt(index) & 31)
  for (const word of words) sum = addToChecksum(sum, word)
  return sum
}

function addToChecksum(sum: number, value: number): number {
  const top = sum >> 25
  let next = ((sum & 0x1ffffff) << 5) ^ value
  if (top & 1) next ^= 0x3b6a57b2
  if (top & 2) next ^= 0x26508e6d
  if (top & 4) next ^= 0x1ea119fa
  if (top & 8) next ^= 0x3d4233dd
  if (top & 16) next ^= 0x2a1462b3
  return next
}
