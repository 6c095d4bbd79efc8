/**
 * What was wanted and done on a machine, as lines of JSON of which each holds the hash of the one before: a line that
 * is changed, taken out or put in is found by `checkAuditLog`. The end can be cut off unnoticed, unless its hash is
 * kept elsewhere. A record is durable when `write` resolves.
 *
 * ```ts
 * await using log = await openAuditLog({ disk, folder: diskPath('audit'), crypto, clock })
 * await log.write({ actor: 'ann', action: 'process.signal', target: 'sleep (4711)', outcome: 'asked' })
 * ```
 */
export { checkAuditLog, type AuditCheckOptions, type AuditReport } from './audit-check.ts'
export { openAuditLog, type AuditLog, type AuditLogOptions } from './audit-log.ts'
export type { AuditEntry, AuditRecord } from './audit-record.ts'
export { auditDefaults, type AuditLimits } from './limits.ts'
