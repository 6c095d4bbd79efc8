/**
 * The one form of our certificates in DER. Everything in it follows from the facts, so a reader takes the facts out,
 * writes them anew, and refuses whatever was not written exactly so: a field, an extension or an encoding that nobody
 * looked at cannot get in.
 */
import { hashInClusterId, hashInNodeId } from '@flotilla/core/ids'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'
import type { AuthorityFacts, CertificateFacts } from './facts.ts'

/** RFC 8410 §3. */
const ed25519 = '1.3.101.112'
/** RFC 5280 appendix A: the attributes of names that we use. */
export const attributeTypes = { commonName: '2.5.4.3', organizationalUnit: '2.5.4.11', name: '2.5.4.41' } as const
/** An authority has one certificate, so its number is always the same. */
const authoritySerial = '01'

/** What the authority signs for a member. */
export function certificateToSign(facts: CertificateFacts): TBSCertificate {
  const { cluster, id, name, role } = facts
  const { commonName, organizationalUnit, name: forPeople } = attributeTypes
  return toSign({
    ...facts,
    issuer: nameOf([[commonName, cluster]]),
    subject: nameOf([
      [organizationalUnit, role],
      [commonName, id],
      [forPeople, name],
    ]),
    extensions: [
      extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
      extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(plain(hashInNodeId(id)))),
      extension(
        id_ce_authorityKeyIdentifier,
        false,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(plain(hashInClusterId(cluster))) }),
      ),
      extension(
        id_ce_subjectAltName,
        false,
        new SubjectAlternativeName([
          new GeneralName({ uniformResourceIdentifier: `flotilla:${cluster}/${role}/${id}` }),
        ]),
      ),
    ],
  })
}

/** What the authority signs for itself. */
export function authorityToSign(facts: AuthorityFacts): TBSCertificate {
  const itself = nameOf([[attributeTypes.commonName, facts.cluster]])
  const hash = plain(hashInClusterId(facts.cluster))
  return toSign({
    ...facts,
    serial: authoritySerial,
    issuer: itself,
    subject: itself,
    extensions: [
      extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
      extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(hash)),
    ],
  })
}

export function bytesToSign(tbsCertificate: TBSCertificate): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(tbsCertificate))
}

export function signedCertificate(tbsCertificate: TBSCertificate, signature: Uint8Array): Uint8Array {
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm(),
    signatureValue: plain(signature),
  })
  return new Uint8Array(AsnConvert.serialize(certificate))
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

interface Parts {
  readonly serial: string
  readonly issuer: Name
  readonly subject: Name
  readonly publicKey: Uint8Array
  readonly notBefore: number
  readonly notAfter: number
  readonly extensions: readonly Extension[]
}

function toSign(parts: Parts): TBSCertificate {
  const { serial, issuer, subject, publicKey, notBefore, notAfter, extensions } = parts
  return new TBSCertificate({
    version: Version.v3,
    serialNumber: plain(Uint8Array.from(serial.match(/../g) ?? [], (pair) => parseInt(pair, 16))),
    signature: algorithm(),
    issuer,
    // RFC 5280 §4.1.2.5: two digits for the year up to 2049, four from then on, as `Validity` does of itself.
    validity: new Validity({ notBefore: new Date(notBefore), notAfter: new Date(notAfter) }),
    subject,
    subjectPublicKeyInfo: new SubjectPublicKeyInfo({ algorithm: algorithm(), subjectPublicKey: plain(publicKey) }),
    extensions: new Extensions([...extensions]),
  })
}

function algorithm(): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: ed25519 })
}

export function nameOf(attributes: readonly (readonly [type: string, text: string])[]): Name {
  return new Name(
    attributes.map(([type, text]) => {
      const value = new AttributeValue({ utf8String: text })
      return new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })])
    }),
  )
}

export function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

/** Exactly these bytes, in memory of their own. */
export function plain(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
