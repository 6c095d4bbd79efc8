/**
 * The certificate by which browsers and programs know the page and the API of a node: for a P-256 key, since browsers
 * take no Ed25519, and signed by that key itself. It says nothing about the cluster and opens nothing in it.
 */
import type { WallMillis } from '@flotilla/core/time'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'
import { attributeTypes, bytesToSign, extension, nameOf, plain } from './der-form.ts'

export interface ServerCertificateOptions {
  /** The key, as SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array
  /** ECDSA with SHA-256 by its secret key; a signature in DER. */
  readonly sign: (message: Uint8Array) => Uint8Array
  /** What people see it called. */
  readonly commonName: string
  /** Names and IP addresses that it is for. */
  readonly names: readonly string[]
  readonly addresses: readonly string[]
  /** As `drawSerial` gives it. */
  readonly serial: string
  readonly notBefore: WallMillis
  readonly notAfter: WallMillis
}

/** RFC 5758 §3.2. */
const ecdsaWithSha256 = '1.2.840.10045.4.3.2'

/** In DER. */
export function writeServerCertificate(options: ServerCertificateOptions): Uint8Array {
  const { publicKey, sign, commonName, names, addresses, serial, notBefore, notAfter } = options
  const itself = nameOf([[attributeTypes.commonName, commonName]])
  const alternatives = [
    ...names.map((dNSName) => new GeneralName({ dNSName })),
    ...addresses.map((iPAddress) => new GeneralName({ iPAddress })),
  ]
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: plain(Uint8Array.from(serial.match(/../g) ?? [], (pair) => parseInt(pair, 16))),
    signature: algorithm(),
    issuer: itself,
    validity: new Validity({ notBefore: new Date(notBefore), notAfter: new Date(notAfter) }),
    subject: itself,
    subjectPublicKeyInfo: AsnConvert.parse(plain(publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions([
      extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, false, new SubjectAlternativeName(alternatives)),
    ]),
  })
  const signatureValue = plain(sign(bytesToSign(tbsCertificate)))
  return new Uint8Array(
    AsnConvert.serialize(new Certificate({ tbsCertificate, signatureAlgorithm: algorithm(), signatureValue })),
  )
}

function algorithm(): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 })
}
