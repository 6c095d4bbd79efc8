import { createHash } from 'node:crypto'
import type { AuditReport } from '@flotilla/core/audit'
import { guestAudit, type GuestAudit, type GuestAuditOptions } from './guest-audit.ts'

/**
 * The audit log in a folder of this machine, which is touched when the first record is there. What opens it is loaded
 * only then too: an agent that is asked nothing stays small.
 */
export function openGuestAudit(options: Omit<GuestAuditOptions, 'open'> & { readonly folder: string }): GuestAudit {
  const open = async () => (await import('./node-audit-folder.ts')).auditLogIn(options.folder, options.clock)
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
  return guestAudit({ ...options, open, digest })
}

/** Reads the whole log; rejects with `in-use` while an agent runs. */
export async function checkGuestAudit(folder: string): Promise<AuditReport> {
  return (await import('./node-audit-folder.ts')).checkAuditIn(folder)
}
