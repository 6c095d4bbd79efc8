import { Buffer } from 'node:buffer'
import type { Crypto } from '@flotilla/core/crypto'
import { keyringLimits } from '../limits.ts'
import { keyringError } from './keyring-error.ts'
import { rawSecretBytes } from './raw-secret.ts'

const header = `# This is the key of a Flotilla chunk store. Whoever has it and the store's folder can read all of it;
# without it nobody can, ever. Keep a copy on another machine or on paper, and show it to nobody.
`
/** The first word tells the version; the last is the beginning of a hash of the key, to find slips of the pen. */
const linePattern = /^flotilla-key-v1 ([0-9a-f]{64}) ([0-9a-f]{8})$/

export function keyFileText(crypto: Crypto, key: Uint8Array): Uint8Array {
  return new TextEncoder().encode(`${header}flotilla-key-v1 ${hexOf(key)} ${checkOf(crypto, key)}\n`)
}

/** The 32 bytes of the key; throws `wrong-key` for anything else. `path` is for the message. */
export function parseKeyFile(crypto: Crypto, bytes: Uint8Array, path: string): Uint8Array {
  if (bytes.length > keyringLimits.keyFileBytesMax) throw notKeyFile(path, 'it is too long')
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/)
  const told = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  const [line = '', more] = told
  const [, hex = '', check] = linePattern.exec(line) ?? []
  if (more !== undefined || hex === '') throw notKeyFile(path, 'it must have one line that begins with flotilla-key-v1')
  const key = new Uint8Array(rawSecretBytes)
  key.set(Buffer.from(hex, 'hex'))
  if (checkOf(crypto, key) === check) return key
  throw notKeyFile(path, 'its key is not the one that was written, as the check behind it says')
}

function checkOf(crypto: Crypto, key: Uint8Array): string {
  const hashed = new Uint8Array([...new TextEncoder().encode('flotilla key file check v1'), ...key])
  return hexOf(crypto.sha256(hashed).subarray(0, 4))
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

function notKeyFile(path: string, why: string): Error {
  return keyringError('wrong-key', `${path} is not a key file of Flotilla, or it is damaged: ${why}`, {
    hint: 'compare it with its copy, or restore it from a backup',
  })
}
