import type { AuditEntry } from '@flotilla/core/audit'
import type { CommandOrder } from '../contract.ts'

/** What files hold and programs are given is nobody's business; how much it was may be. */
const secretNames: ReadonlySet<string> = new Set(['content', 'input', 'environment'])

/** How an order is written down. */
export function auditEntry(
  { command, arguments: given, actor, isSigned }: CommandOrder,
  outcome: AuditEntry['outcome'],
  more: Readonly<Record<string, string>> = {},
): AuditEntry {
  const target = JSON.stringify(given, (name, value: unknown) => {
    if (secretNames.has(name)) return `(left out: ${sizeOf(value)})`
    // Whole numbers that no argument may be come as these.
    return typeof value === 'bigint' ? String(value) : value
  })
  return { actor, action: command, target, outcome, details: { signed: isSigned, ...more } }
}

function sizeOf(value: unknown): string {
  if (typeof value === 'string') return `${value.length} characters`
  return Array.isArray(value) ? `${value.length} values` : 'a value'
}
