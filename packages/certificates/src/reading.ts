import type { Crypto } from '@flotilla/core/crypto'
import { FlotillaError } from '@flotilla/core/errors'
import { clusterIdFromPublicKey, nodeIdFromPublicKey, parseClusterId, type ClusterId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate, type Name, type TBSCertificate, type Time } from '@peculiar/asn1-x509'
import { attributeTypes, authorityToSign, certificateToSign, hexOf, signedCertificate } from './der-form.ts'
import type { AuthorityFacts, CertificateFacts, Role } from './facts.ts'
import { certificateLimits, namePattern, serialPattern } from './limits.ts'
import { malformed, refusal } from './refusal.ts'

/** A certificate taken apart, with what its signature has to be made over. */
export interface Reading<Facts> {
  readonly facts: Facts
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
}

const { certificateBytesMax, wallMsMax, nameLengthMax } = certificateLimits
const roles: ReadonlySet<string> = new Set<Role>(['node', 'agent', 'operator', 'replica'])
/** The extensions that we write, so that another is called by its name in the refusal. */
const knownExtensions: ReadonlySet<string> = new Set(
  ['14', '15', '17', '19', '35', '37'].map((last) => `2.5.29.${last}`),
)

/**
 * What a member's certificate says, or a `ProtocolError<CertificateRefusal>` and nothing else, whatever the bytes are.
 * Nobody's signature is looked at.
 */
export function readCertificate(crypto: Crypto, der: Uint8Array): CertificateFacts {
  return takeApart(crypto, der).facts
}

/** What an authority's certificate says, which it has signed itself; or a `ProtocolError<CertificateRefusal>`. */
export function readAuthority(crypto: Crypto, der: Uint8Array): AuthorityFacts {
  const { toSign, signedBytes, signature } = parse(der)
  const publicKey = publicKeyIn(toSign)
  const cluster = clusterIn(toSign.issuer)
  if (clusterIdFromPublicKey(crypto, publicKey) !== cluster) {
    throw refusal(
      'wrong-id',
      `the authority's certificate has the id ${cluster}, which is not the one of its key`,
      'somebody has tampered with it: do not trust where it came from',
    )
  }
  const facts: AuthorityFacts = { cluster, publicKey, ...validityIn(toSign) }
  checkForm(der, authorityToSign(facts), signature)
  if (crypto.ed25519.verify(publicKey, signedBytes, signature)) return facts
  throw refusal(
    'wrong-signature',
    `the authority's certificate of ${cluster} is not signed by its own key`,
    'somebody has tampered with it: do not trust where it came from',
  )
}

export function takeApart(crypto: Crypto, der: Uint8Array): Reading<CertificateFacts> {
  const { toSign, signedBytes, signature } = parse(der)
  const subject = attributesIn(toSign.subject)
  const publicKey = publicKeyIn(toSign)
  const role = subject.get(attributeTypes.organizationalUnit) ?? ''
  const name = subject.get(attributeTypes.name) ?? ''
  const serial = hexOf(new Uint8Array(toSign.serialNumber))
  const id = nodeIdFromPublicKey(crypto, publicKey)
  if (!isRole(role)) throw malformed('its role is none of node, agent, operator and replica')
  if (!namePattern.test(name)) throw malformed(`its name is not ${nameLengthMax} characters or less, or not plain`)
  if (!serialPattern.test(serial)) throw malformed('its serial number is not one that we give')
  if (subject.get(attributeTypes.commonName) !== id) {
    throw refusal(
      'wrong-id',
      `the certificate's id is not the one of its key, which is ${id}`,
      'somebody has tampered with it, or its authority is not one of ours',
    )
  }
  const facts = { cluster: clusterIn(toSign.issuer), id, publicKey, name, role, serial, ...validityIn(toSign) }
  checkForm(der, certificateToSign(facts), signature)
  return { facts, signedBytes, signature }
}

interface Parsed {
  readonly toSign: TBSCertificate
  /** The same as it came. */
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
}

function parse(der: Uint8Array): Parsed {
  if (der.length > certificateBytesMax) {
    throw malformed(`it has ${der.length} bytes; at most ${certificateBytesMax} are read (certificateBytesMax)`)
  }
  const { tbsCertificate: toSign, tbsCertificateRaw, signatureValue } = parsed(der)
  for (const { extnID, critical } of toSign.extensions ?? []) {
    if (critical && !knownExtensions.has(extnID)) throw malformed('it has a critical extension that we do not know')
  }
  const signedBytes = new Uint8Array(tbsCertificateRaw ?? new ArrayBuffer(0))
  return { toSign, signedBytes, signature: new Uint8Array(signatureValue) }
}

/** The library throws errors of many kinds at what it cannot read. */
function parsed(der: Uint8Array): Certificate {
  try {
    // The library reads the whole `ArrayBuffer` of some views, so it gets exactly these bytes.
    return AsnConvert.parse(new Uint8Array(der).buffer, Certificate)
  } catch {
    throw malformed('it is not an X.509 certificate in DER')
  }
}

/** Writes the certificate as we write it, and refuses any other bytes. */
function checkForm(der: Uint8Array, toSign: TBSCertificate, signature: Uint8Array): void {
  const written = signedCertificate(toSign, signature)
  if (written.length === der.length && written.every((byte, index) => byte === der[index])) return
  throw malformed('it has fields, extensions or encodings other than ours')
}

function publicKeyIn({ subjectPublicKeyInfo }: TBSCertificate): Uint8Array {
  const publicKey = new Uint8Array(subjectPublicKeyInfo.subjectPublicKey)
  if (publicKey.length !== 32) throw malformed('its key is not an Ed25519 key')
  return publicKey
}

function validityIn({ validity }: TBSCertificate): { readonly notBefore: WallMillis; readonly notAfter: WallMillis } {
  const [notBefore, notAfter] = [momentIn(validity.notBefore), momentIn(validity.notAfter)]
  if (notBefore > notAfter) throw malformed('it ends before it begins')
  return { notBefore, notAfter }
}

function momentIn({ utcTime, generalTime }: Time): WallMillis {
  const at = (utcTime ?? generalTime)?.getTime() ?? Number.NaN
  if (at >= 0 && at <= wallMsMax) return at as WallMillis
  throw malformed('its validity names no moment that we know')
}

function clusterIn(issuer: Name): ClusterId {
  const text = attributesIn(issuer).get(attributeTypes.commonName) ?? ''
  try {
    return parseClusterId(text)
  } catch (error) {
    if (error instanceof FlotillaError) throw malformed('its issuer is not the id of a cluster')
    throw error
  }
}

function attributesIn(name: Name): ReadonlyMap<string, string> {
  return new Map(name.flatMap((parts) => parts.map(({ type, value }) => [type, value.utf8String ?? ''] as const)))
}

function isRole(text: string): text is Role {
  return roles.has(text)
}
