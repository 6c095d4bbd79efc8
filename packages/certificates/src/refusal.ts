import { ProtocolError } from '@flotilla/core/errors'

/** Why a certificate is not believed. */
export type CertificateRefusal =
  /** It is not of exactly the form that this package writes. */
  | 'malformed'
  /** Another cluster's authority issued it. */
  | 'foreign-authority'
  /** The authority that it names has not signed it. */
  | 'wrong-signature'
  /** It, or its authority, is not valid any more. */
  | 'expired'
  /** It, or its authority, is not valid yet. */
  | 'not-yet-valid'
  /** The id that it gives is not the one of its key. */
  | 'wrong-id'

export function refusal(code: CertificateRefusal, message: string, hint: string): ProtocolError<CertificateRefusal> {
  return new ProtocolError(code, message, { hint })
}

export function malformed(why: string): ProtocolError<CertificateRefusal> {
  return refusal(
    'malformed',
    `the certificate is malformed: ${why}`,
    'only certificates of a Flotilla authority are read',
  )
}
