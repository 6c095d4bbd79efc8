import { Buffer } from 'node:buffer'
import { QgaRefusal } from './contract.ts'

/** Short patterns, as one over the whole of a long text takes memory for each character. */
const stranger = /[^A-Za-z0-9+/=]/
const misplaced = /=[^=]|={3}$/

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

export function fromBase64(text: string): Uint8Array {
  const compact = /\s/.test(text) ? text.replaceAll(/\s/g, '') : text
  if (stranger.test(compact) || misplaced.test(compact)) throw new QgaRefusal('Base64 data contains invalid characters')
  if (compact.length % 4 !== 0) throw new QgaRefusal(`Base64 data '${compact.slice(0, 32)}' is not valid`)
  return Uint8Array.from(Buffer.from(compact, 'base64'))
}
