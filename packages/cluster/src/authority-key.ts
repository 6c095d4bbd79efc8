import {
  checkCertificate,
  drawSerial,
  issueCertificate,
  makeAuthority,
  readAuthority,
  type AuthorityFacts,
  type CertificateFacts,
  type Subject,
} from '@flotilla/certificates'
import type { Crypto } from '@flotilla/core/crypto'
import type { Entropy } from '@flotilla/core/random'
import type { WallMillis } from '@flotilla/core/time'
import { clusterError } from './refusal.ts'

export interface AuthorityKeyOptions {
  readonly crypto: Crypto
  readonly entropy: Entropy
  readonly secretKey: Uint8Array
  /** In DER. */
  readonly certificate: Uint8Array
  readonly certificateValidityMs: number
}

/** The authority's key, which signs certificates. Whom to sign one for is decided elsewhere. */
export class AuthorityKey {
  readonly secretKey: Uint8Array
  readonly certificate: Uint8Array
  readonly facts: AuthorityFacts
  readonly #crypto: Crypto
  readonly #entropy: Entropy
  readonly #validityMs: number

  /** Throws `damaged` unless the two belong together. */
  constructor(options: AuthorityKeyOptions) {
    const { crypto, entropy, secretKey, certificate, certificateValidityMs } = options
    this.#crypto = crypto
    this.#entropy = entropy
    this.#validityMs = certificateValidityMs
    this.secretKey = secretKey
    this.certificate = certificate
    this.facts = readAuthority(crypto, certificate)
    const publicKey = crypto.ed25519.publicKey(secretKey)
    if (this.facts.publicKey.some((byte, index) => byte !== publicKey[index])) {
      throw clusterError(
        'damaged',
        "the authority's key and its certificate do not belong together",
        'restore a backup',
      )
    }
  }

  static draw(options: Omit<AuthorityKeyOptions, 'secretKey' | 'certificate'>, wallNow: WallMillis): AuthorityKey {
    const secretKey = options.entropy.bytes(32)
    const { certificate } = makeAuthority({ crypto: options.crypto, secretKey, now: wallNow })
    return new AuthorityKey({ ...options, secretKey, certificate })
  }

  issue(subject: Subject, wallNow: WallMillis): Uint8Array {
    return issueCertificate({
      crypto: this.#crypto,
      authority: this,
      subject,
      // Drawn and not counted, so that copies of the authority on other machines never give the same one.
      serial: drawSerial(this.#entropy),
      notBefore: wallNow,
      notAfter: (wallNow + this.#validityMs) as WallMillis,
    })
  }

  /** What the certificate says if this authority issued it and it is valid; throws a `ProtocolError` otherwise. */
  check(certificate: Uint8Array, wallNow: WallMillis): CertificateFacts {
    return checkCertificate({ crypto: this.#crypto, authority: this.facts, certificate, now: wallNow })
  }

  sign(message: Uint8Array): Uint8Array {
    return this.#crypto.ed25519.sign(this.secretKey, message)
  }
}
