/**
 * X.509 as a Flotilla cluster uses it. An authority is an Ed25519 key with a certificate of its own; it issues
 * certificates to members, each for the member's Ed25519 key, whose hash is the member's id. OpenSSL and `node:tls`
 * take them; this package reads exactly the form that it writes, and refuses everything else.
 *
 * Nothing here keeps secrets, remembers serial numbers or knows who was revoked: `@flotilla/cluster` does.
 */
export { checkCertificate, type CheckOptions } from './checking.ts'
export type { AuthorityFacts, CertificateFacts, ClusterId, Role } from './facts.ts'
export {
  drawSerial,
  isMemberName,
  issueCertificate,
  makeAuthority,
  type AuthorityOptions,
  type IssueErrorCode,
  type IssueOptions,
  type Subject,
} from './issuing.ts'
export { certificateDefaults, certificateLimits } from './limits.ts'
export { certificateFromPem, certificateToPem, secretKeyFromPem, secretKeyToPem } from './pem.ts'
export { readAuthority, readCertificate } from './reading.ts'
export type { CertificateRefusal } from './refusal.ts'
export { writeServerCertificate, type ServerCertificateOptions } from './server-certificate.ts'
