/**
 * The audit log in the guest: who asked for what, and what became of it. Commands that change something are written
 * down, durably, before they are done; the rest is noted. See `@flotilla/core/audit` for what is on the disk.
 */
export { guestAudit, type ActionAudit, type GuestAudit, type GuestAuditOptions, type HeldAudit } from './guest-audit.ts'
export { guestAuditDefaults, type GuestAuditLimits } from './limits.ts'
export { auditedSystem } from './audited-system.ts'
