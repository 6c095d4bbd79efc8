import { publicKeyLength, type Crypto, type CryptoErrorCode } from '../crypto/index.ts'
import { FlotillaError } from '../errors/index.ts'
import { bytesOf, neverInBech32m, readBech32m, wordsOf, writeBech32m } from './bech32m.ts'

/** What tells the ids of one kind of key from those of another. */
export interface KeyIdForm {
  /** Two letters, before the separator `1`. */
  readonly prefix: string
  /** Hashed before the key, so that no other hash of a key is ever such an id. */
  readonly domain: string
  /** As errors call it: `node id`. */
  readonly what: string
  /** The code of those errors. */
  readonly code: string
}

/** The prefix and `1`, 32 characters for 20 bytes of hash, 6 of checksum. */
export const keyIdLength = 41

const headLength = 3
const hashedBytes = 20
/** How much of a wrong id an error repeats. */
const shownLengthMax = 64

/** The id that belongs to an Ed25519 public key; throws `wrong-length` unless that has 32 bytes. */
export function keyIdOf(form: KeyIdForm, crypto: Crypto, publicKey: Uint8Array): string {
  if (publicKey.length !== publicKeyLength) {
    throw new FlotillaError<CryptoErrorCode>('wrong-length', `the public key has ${publicKey.length} bytes`, {
      hint: `it must have ${publicKeyLength}`,
    })
  }
  const hashed = crypto.sha256(new Uint8Array([...new TextEncoder().encode(form.domain), ...publicKey]))
  return writeBech32m({ prefix: form.prefix, words: wordsOf(hashed.subarray(0, hashedBytes)) })
}

/** The id in lower case, or an error with a sentence that says what is wrong with it. */
export function parseKeyId(form: KeyIdForm, text: string): string {
  const id = text.toLowerCase()
  if (text.length === keyIdLength && readBech32m(text)?.prefix === form.prefix) return id
  const { code, what, prefix } = form
  const shown = JSON.stringify(text.slice(0, shownLengthMax))
  throw new FlotillaError(code, `${shown} is not a ${what}: ${whatIsWrong(form, text)}`, {
    hint: `copy the whole id again; it is "${prefix}1" and ${keyIdLength - headLength} more characters`,
  })
}

/** The 20 bytes of hash that an id of any kind spells. */
export function hashInKeyId(form: KeyIdForm, text: string): Uint8Array {
  const words = readBech32m(parseKeyId(form, text))?.words ?? new Uint8Array(0)
  return bytesOf(words)
}

/** The first thing that a reader of the text would want to hear. */
function whatIsWrong({ prefix }: KeyIdForm, text: string): string {
  if (text.slice(0, headLength).toLowerCase() !== `${prefix}1`) return `it does not begin with "${prefix}1"`
  if (text.length !== keyIdLength) return `it has ${text.length} characters instead of ${keyIdLength}`
  const place = text.slice(headLength).search(neverInBech32m)
  if (place !== -1) {
    const at = place + headLength
    return `character ${at + 1}, ${JSON.stringify(text.charAt(at))}, never occurs in one`
  }
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return 'it mixes upper and lower case'
  return 'its checksum does not match, so one or more characters are mistyped'
}
