import type { AuditEntry } from '@flotilla/core/audit'
import { FlotillaError } from '@flotilla/core/errors'
import { QgaRefusal, type QgaSystem } from '../qga/contract.ts'
import type { ActionAudit } from './guest-audit.ts'

/** Who it was, as far as that dialect says: nobody knows more than that it came from the host. */
const actor = 'qga'

interface Written {
  /**
   * - `first`: written down before it is done, or not done.
   * - `noted`: what the host can do to the guest without asking it, and thawing: never kept waiting by a log.
   */
  readonly strictness: 'first' | 'noted'
  readonly action: string
  /** To what; no passwords, keys or contents. */
  readonly target: (given: readonly unknown[]) => string
}

type Table = Readonly<Record<string, Written>>

const ofMachine: Table = {
  setTime: { strictness: 'first', action: 'set-time', target: timeOf },
  shutdown: { strictness: 'noted', action: 'shutdown', target: first },
  suspend: { strictness: 'noted', action: 'suspend', target: first },
  setVcpus: { strictness: 'first', action: 'set-vcpus', target: ([changes]) => JSON.stringify(changes) },
  setMemoryBlocks: { strictness: 'first', action: 'set-memory-blocks', target: ([changes]) => JSON.stringify(changes) },
  trim: { strictness: 'noted', action: 'fstrim', target: first },
  setUserPassword: { strictness: 'first', action: 'set-user-password', target: first },
}
const ofParts: Readonly<Record<string, Table>> = {
  freeze: {
    freeze: { strictness: 'noted', action: 'fsfreeze-freeze', target: ([mounts]) => JSON.stringify(mounts ?? 'all') },
    thaw: { strictness: 'noted', action: 'fsfreeze-thaw', target: () => '' },
  },
  sshKeys: {
    add: { strictness: 'first', action: 'ssh-add-authorized-keys', target: first },
    remove: { strictness: 'first', action: 'ssh-remove-authorized-keys', target: first },
  },
  files: { open: { strictness: 'first', action: 'file-open', target: ([path, mode]) => JSON.stringify([path, mode]) } },
  programs: { start: { strictness: 'first', action: 'exec', target: commandLine } },
}

/**
 * The same system, with everything in the audit log that the QEMU guest agent's commands change. What they only ask for
 * is not written down: that dialect is asked every few seconds, and cannot say by whom.
 */
export function auditedSystem(system: QgaSystem, audit: ActionAudit): QgaSystem {
  return audited(system, ofMachine, audit)
}

function audited<Whole extends object>(whole: Whole, table: Table, audit: ActionAudit): Whole {
  return new Proxy(whole, {
    get(inner, name): unknown {
      const value: unknown = Reflect.get(inner, name)
      if (typeof value === 'object' && value !== null && typeof name === 'string') {
        return audited(value, ofParts[name] ?? {}, audit)
      }
      if (typeof value !== 'function') return value
      const call = (given: readonly unknown[]): unknown => Reflect.apply(value, inner, given) as unknown
      const written = typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined
      return (...given: readonly unknown[]) => (written === undefined ? call(given) : done(audit, written, given, call))
    },
  })
}

async function done(
  audit: ActionAudit,
  { strictness, action, target }: Written,
  given: readonly unknown[],
  call: (given: readonly unknown[]) => unknown,
): Promise<unknown> {
  const about = { actor, action: `guest-${action}`, target: target(given) }
  const entry = (outcome: AuditEntry['outcome']): AuditEntry => ({ ...about, outcome })
  if (strictness === 'noted') audit.note(entry('asked'))
  else await audit.write(entry('asked')).catch(refuse)
  try {
    const result = await call(given)
    audit.note(entry('done'))
    return result
  } catch (error) {
    audit.note(entry('failed'))
    throw error
  }
}

function refuse(error: unknown): never {
  throw new QgaRefusal(error instanceof FlotillaError ? error.sentence : 'it could not be written to the audit log')
}

function timeOf([time]: readonly unknown[]): string {
  return typeof time === 'bigint' ? String(time) : 'the hardware clock'
}

function first([value]: readonly unknown[]): string {
  return String(value)
}

function commandLine([program]: readonly unknown[]): string {
  const { path, arguments: given } = program as Parameters<NonNullable<QgaSystem['programs']>['start']>[0]
  return JSON.stringify([path, ...given])
}
