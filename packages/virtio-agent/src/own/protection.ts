import type { Crypto } from '@flotilla/core/crypto'
import { FlotillaError } from '@flotilla/core/errors'
import { Buffer } from 'node:buffer'
import type { LineCipher } from './line-cipher.ts'
import { ownVersion } from './messages.ts'

/** A key that was installed in the guest and at the host. Whoever has it can be either. */
export interface SharedKey {
  /** 32 bytes that nobody can guess. */
  readonly bytes: Uint8Array
  readonly crypto: Crypto
  readonly cipher: LineCipher
}

export const sharedKeyBytes = 32
const mark = 0x3d
const point = 0x2e
const numberBytesMax = 17

export function checkSharedKey(key: SharedKey): void {
  if (key.bytes.length === sharedKeyBytes) return
  throw new FlotillaError('wrong-setting', `a shared key has ${sharedKeyBytes} bytes, not ${key.bytes.length}`)
}

export interface SessionSeals {
  readonly seal: LineSeal
  readonly opener: LineOpener
}

/**
 * The seals of one session. Both sides' nonces are in both keys, so nothing that was sealed for another session opens;
 * each direction has its own, so nothing can be sent back; and both know the version.
 */
export function sessionSeals(key: SharedKey, host: string, session: string, side: 'guest' | 'host'): SessionSeals {
  const salt = new TextEncoder().encode(host + session)
  const derived = (direction: string): Uint8Array =>
    key.crypto.hkdfSha256(key.bytes, salt, new TextEncoder().encode(`flotilla agent ${ownVersion} ${direction}`), 32)
  const [toGuest, toHost] = [derived('to guest'), derived('to host')]
  return {
    seal: new LineSeal(key.cipher, side === 'guest' ? toHost : toGuest),
    opener: new LineOpener(key.cipher, side === 'guest' ? toGuest : toHost),
  }
}

/** That a line claims to be sealed. */
export function isSealedLine(line: Uint8Array): boolean {
  return line[0] === mark
}

/** Seals one line after the other; each has its number, which is never used twice. */
class LineSeal {
  readonly #cipher: LineCipher
  readonly #key: Uint8Array
  #number = 0

  constructor(cipher: LineCipher, key: Uint8Array) {
    this.#cipher = cipher
    this.#key = key
  }

  /** `=NUMBER.BASE64` and a newline. */
  seal(text: Uint8Array): Uint8Array {
    const number = ++this.#number
    const sealed = this.#cipher.seal(this.#key, nonceOf(number), text)
    const base64 = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength).toString('base64')
    return new TextEncoder().encode(`=${number}.${base64}\n`)
  }
}

/** Opens what the other side has sealed: each line once, and none that is older than one before it. */
class LineOpener {
  readonly #cipher: LineCipher
  readonly #key: Uint8Array
  #last = 0

  constructor(cipher: LineCipher, key: Uint8Array) {
    this.#cipher = cipher
    this.#key = key
  }

  /** Undefined if it is forged, damaged, or was there before. */
  open(line: Uint8Array): Uint8Array | undefined {
    const dot = line.indexOf(point)
    if (!isSealedLine(line) || dot < 2 || dot > numberBytesMax) return undefined
    const ascii = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
    const number = Number(ascii.toString('latin1', 1, dot))
    if (!Number.isSafeInteger(number) || number <= this.#last) return undefined
    // Whatever is no base64 is left out, and then the seal does not hold.
    const sealed = Buffer.from(ascii.toString('latin1', dot + 1), 'base64')
    const text = this.#cipher.open(this.#key, nonceOf(number), sealed)
    if (text !== undefined) this.#last = number
    return text
  }
}

function nonceOf(number: number): Uint8Array {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setBigUint64(4, BigInt(number))
  return nonce
}
