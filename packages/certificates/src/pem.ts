/** RFC 7468, the strict form: one label, 64 characters a line, nothing before or after. */
import { secretKeyLength } from '@flotilla/core/crypto'
import { assert } from '@flotilla/core/errors'
import { certificateLimits } from './limits.ts'
import { malformed } from './refusal.ts'

const lineLength = 64
/** RFC 8410 §7: what stands before the 32 bytes of an Ed25519 key in PKCS#8. */
const secretKeyHead = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]

export function certificateToPem(der: Uint8Array): string {
  return toPem('CERTIFICATE', der)
}

/** The certificate in DER; throws `malformed` for what is not exactly one certificate in PEM form. */
export function certificateFromPem(text: string): Uint8Array {
  const der = fromPem('CERTIFICATE', text)
  if (der.length <= certificateLimits.certificateBytesMax) return der
  throw malformed(`it has ${der.length} bytes; at most ${certificateLimits.certificateBytesMax} are read`)
}

/** PKCS#8, as `node:tls` takes it. It is as secret as the key is. */
export function secretKeyToPem(secretKey: Uint8Array): string {
  assert(secretKey.length === secretKeyLength, 'a secret key has 32 bytes')
  return toPem('PRIVATE KEY', Uint8Array.from([...secretKeyHead, ...secretKey]))
}

/** The 32 bytes of the key; throws `malformed` for what is not exactly one Ed25519 key in PKCS#8 and PEM form. */
export function secretKeyFromPem(text: string): Uint8Array {
  const der = fromPem('PRIVATE KEY', text)
  const fits = der.length === secretKeyHead.length + secretKeyLength
  if (fits && secretKeyHead.every((byte, index) => byte === der[index])) return der.slice(secretKeyHead.length)
  throw malformed('it is not an Ed25519 key in PKCS#8')
}

function toPem(label: string, der: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...der))
  const lines = base64.match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function fromPem(label: string, text: string): Uint8Array {
  if (text.length > certificateLimits.pemCharactersMax) {
    throw malformed(`it has more than ${certificateLimits.pemCharactersMax} characters (pemCharactersMax)`)
  }
  const [, base64 = ''] = new RegExp(`^-----BEGIN ${label}-----\\n([^-]+)-----END ${label}-----\\n?$`).exec(text) ?? []
  if (!/^[A-Za-z0-9+/\n]+={0,2}\n$/.test(base64)) throw malformed(`it is not one ${label} in PEM form`)
  const der = Uint8Array.from(decoded(base64), (character) => character.charCodeAt(0))
  // There are many texts for the same bytes; one of them is taken.
  if (toPem(label, der).trimEnd() !== text.trimEnd())
    throw malformed('its lines or its padding are not as they must be')
  return der
}

function decoded(base64: string): string {
  try {
    return atob(base64)
  } catch {
    throw malformed('its base64 is damaged')
  }
}
