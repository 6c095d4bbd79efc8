import type { AuditEntry } from '@flotilla/core/audit'
import type { ActionAudit } from '../audit/index.ts'

/** An audit log in memory that fails when it is told to. */
export class RecordedAudit implements ActionAudit {
  readonly entries: AuditEntry[] = []
  failure: Error | undefined
  /** Writes wait for it. */
  turn: Promise<void> = Promise.resolve()

  async write(entry: AuditEntry): Promise<void> {
    await this.turn
    if (this.failure !== undefined) throw this.failure
    this.entries.push(entry)
  }

  note(entry: AuditEntry): void {
    if (this.failure === undefined) this.entries.push(entry)
  }

  mention(entry: AuditEntry): void {
    this.note(entry)
  }

  get outcomes(): readonly string[] {
    return this.entries.map(({ action, outcome }) => `${action} ${outcome}`)
  }
}
