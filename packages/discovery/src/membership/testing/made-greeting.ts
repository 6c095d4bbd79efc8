import type { Crypto } from '@flotilla/core/crypto'
import type { Credentials } from '../../ports.ts'
import { decodePacket, encodeGossip, encodePacket, type Greeting } from '../messages.ts'
import { sealPacket, takeApartPacket } from '../packet-seal.ts'
import { signatureVouching } from '../vouching.ts'

const bytesMax = 1_200

/** The greeting that a datagram is, if it is one. */
export function greetingIn({ bytes }: { readonly bytes: Uint8Array }): Greeting | undefined {
  const sealed = takeApartPacket(bytes, bytesMax)
  if (typeof sealed === 'string') return undefined
  const { message } = decodePacket(sealed.packet)
  return message.type === 'meet' ? message : undefined
}

/** A greeting that somebody makes by hand. */
export function madeGreeting(
  crypto: Crypto,
  credentials: Credentials,
  said: { question?: number | null; answer?: number; counter?: number; padded?: number },
  as: { id?: Credentials['self']; proof?: Uint8Array; shown?: Uint8Array; session?: number } = {},
): Uint8Array {
  const { question = 5, answer = null, counter = 1, padded = bytesMax } = said
  const { id = credentials.self, proof = credentials.proof(), session = 9 } = as
  const vouching = signatureVouching({
    credentials: { ...credentials, proof: () => proof },
    crypto,
    metadataBytesMax: 1_024,
  })
  const metadata = { name: 'made', roles: [], capabilities: [], version: '1', addresses: [], load: 0 }
  const record = {
    id,
    incarnation: 7,
    session: 9,
    leaving: false,
    datagrams: [{ host: '10.6.6.6', port: 1 }],
    metadata,
  }
  const { signed } = vouching.signRecord(record)
  const piece = encodeGossip({ type: 'record', signed: { ...signed, proof: as.shown ?? proof } })
  const sign = (bytes: Uint8Array): Uint8Array => credentials.sign(bytes)
  const sealed = (padding: Uint8Array): Uint8Array => {
    const packet = encodePacket({ type: 'meet', question, answer, padding }, [piece])
    return sealPacket({ sender: id, session, counter, packet, sign })
  }
  return sealed(new Uint8Array(Math.max(0, padded - 1 - sealed(new Uint8Array()).length)))
}
