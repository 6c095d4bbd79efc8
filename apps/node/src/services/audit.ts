import { checkAuditLog, openAuditLog, type AuditEntry, type AuditLog, type AuditRecord } from '@flotilla/core/audit'
import { diskPath, type Disk } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import { BoundedQueue } from '@flotilla/core/machines'
import type { Counter } from '@flotilla/core/observe'
import { asked } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import type { RequestContexts } from '../observe/following/request-contexts.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { object } from '../schema/building.ts'
import type { AuditAnswer } from './machine-answers.ts'
import { limited } from './query-parameters.ts'
import { auditAnswer } from './schemas/machine-schemas.ts'
import type { Service, ServiceParts } from './service.ts'

const folder = diskPath('audit')
const query = object({ limit: limited(nodeLimitsDefaults.auditAnswerRecordsMax) })

export interface AuditServiceOptions extends ServiceParts {
  readonly disk: Disk
  /** For which request something is written down. */
  readonly contexts: RequestContexts
}

/** What was wanted and done through this node, and on it, where nobody can change it unnoticed. */
export class AuditService implements Service {
  readonly routes: readonly AnyRoute[]
  readonly #options: AuditServiceOptions
  readonly #written: Counter<'action' | 'outcome'>
  #log: AuditLog | undefined
  #opening: Promise<AuditLog> | undefined
  /** The last time that something was to be written, it could not be. */
  isFailed = false

  constructor(options: AuditServiceOptions) {
    this.#options = options
    this.#written = options.metrics.counter({
      name: 'flotilla_node_audit_records_total',
      help: 'Records that were written to the audit log.',
      labelNames: ['action', 'outcome'],
    })
    this.routes = [
      asked({
        path: '/v1/audit',
        // It says who did what, from where and to which process: more than who only looks has to know.
        role: 'operator',
        about: {
          summary: 'what was wanted and done on this node, and whether the log holds',
          query,
          answer: auditAnswer,
        },
        get: ({ query: { limit } }) => this.#answer(limit),
      }),
    ]
  }

  /** Rejects where it cannot be written down durably: whoever wants to do something then must not. */
  async write(entry: AuditEntry): Promise<void> {
    const log = await this.#opened().catch((error: unknown) => {
      this.isFailed = true
      throw error
    })
    try {
      await log.write(this.#withRequest(entry))
    } catch (error) {
      this.isFailed = true
      // It may be tried again when the disk has room.
      this.#log = undefined
      await log[Symbol.asyncDispose]()
      throw new FlotillaError('not-audited', 'it could not be written to the audit log, so nothing was done', {
        hint: 'see whether the disk of the data folder is full',
        cause: error,
      })
    }
    this.isFailed = false
    this.#written.inc({ action: entry.action, outcome: entry.outcome })
  }

  measure(): void {}

  #withRequest(entry: AuditEntry): AuditEntry {
    const request = this.#options.contexts.current?.id
    return request === undefined ? entry : { ...entry, details: { ...entry.details, request } }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening?.catch(() => {})
    await this.#log?.[Symbol.asyncDispose]()
  }

  async #opened(): Promise<AuditLog> {
    if (this.#log !== undefined) return this.#log
    const { disk, crypto, clock } = this.#options
    this.#opening ??= openAuditLog({ disk, folder, crypto, clock }).finally(() => (this.#opening = undefined))
    this.#log = await this.#opening
    return this.#log
  }

  async #answer(limit: number): Promise<AuditAnswer> {
    const { disk, crypto } = this.#options
    const newest = new BoundedQueue<AuditRecord>({ capacity: limit, whenFull: 'drop-oldest' })
    const onRecord = (record: AuditRecord): void => void newest.push(record)
    const report = await checkAuditLog({ disk, folder, crypto, onRecord })
    const { damage = null, ...rest } = report
    return { ...rest, damage, newest: [...newest].toReversed() }
  }
}
