export type { CertificateFacts, ClusterId, Role } from './facts.ts'
