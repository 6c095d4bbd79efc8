import type { Crypto } from '../crypto/index.ts'

/** Something that somebody wanted done, or that was done. */
export interface AuditEntry {
  /** Who, as far as is known; `from` may say through whom. */
  readonly actor: string
  /** What, as `process.signal`. */
  readonly action: string
  /** To what. */
  readonly target: string
  readonly outcome: 'asked' | 'done' | 'refused' | 'failed'
  readonly details?: Readonly<Record<string, string | number | boolean>>
}

export interface AuditRecord extends AuditEntry {
  /** From 1 on, without a gap. */
  readonly seq: number
  /** By the calendar of that machine, as ISO 8601. */
  readonly at: string
}

/** The hash that stands before the first record. */
export const firstHash: string = '0'.repeat(64)

const hashAt = ',"hash":"'
const hashForm = /^[0-9a-f]{64}$/
const outcomes: readonly unknown[] = ['asked', 'done', 'refused', 'failed']

/**
 * A line of JSON that people and programs can read. Its hash is the SHA-256 of all that stands before it, and that
 * holds the hash of the line before: nobody can change, take out or put in a line without changing all that follow.
 */
export function writeAuditLine(crypto: Crypto, record: AuditRecord, before: string): { line: string; hash: string } {
  const { seq, at, actor, action, target, outcome, details } = record
  const fields = { seq, at, actor, action, target, outcome, ...(details === undefined ? {} : { details }), before }
  const text = JSON.stringify(fields).slice(0, -1)
  const hash = hashOf(crypto, text)
  return { line: `${text}${hashAt}${hash}"}\n`, hash }
}

export type ReadAuditLine =
  | { readonly type: 'record'; readonly record: AuditRecord; readonly before: string; readonly hash: string }
  | { readonly type: 'damaged'; readonly why: string }

/** Of one line, without its end. */
export function readAuditLine(crypto: Crypto, line: string): ReadAuditLine {
  const at = line.lastIndexOf(hashAt)
  const hash = line.slice(at + hashAt.length, -2)
  if (at === -1 || !line.endsWith('"}') || !hashForm.test(hash)) return damaged('it is no line of an audit log')
  const text = line.slice(0, at)
  if (hashOf(crypto, text) !== hash) return damaged('it is not as it was written')
  let value: unknown
  try {
    value = JSON.parse(`${text}}`)
  } catch {
    return damaged('it is no line of an audit log')
  }
  const { before, ...record } = value as AuditRecord & { readonly before: string }
  return isRecord(record) && hashForm.test(before)
    ? { type: 'record', record, before, hash }
    : damaged('it is no record of this version')
}

function isRecord(record: Partial<AuditRecord>): record is AuditRecord {
  const { seq, at, actor, action, target, outcome } = record
  const areTexts = [at, actor, action, target].every((text) => typeof text === 'string')
  return areTexts && typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0 && outcomes.includes(outcome)
}

function hashOf(crypto: Crypto, text: string): string {
  const hash = crypto.sha256(new TextEncoder().encode(text))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function damaged(why: string): ReadAuditLine {
  return { type: 'damaged', why }
}
