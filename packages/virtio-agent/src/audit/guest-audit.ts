import type { AuditEntry, AuditLog } from '@flotilla/core/audit'
import { FlotillaError } from '@flotilla/core/errors'
import { TokenBucket } from '@flotilla/core/machines'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import { validateGuestAuditLimits, type GuestAuditLimits } from './limits.ts'

export interface GuestAuditOptions {
  /** Called when the first record is there, and again after a failure. */
  readonly open: () => Promise<AuditLog>
  readonly clock: Clock
  /** Begin as held: file systems have been frozen by an earlier life. */
  readonly isHeld?: boolean
  /** Of a text that is longer than a record takes, so that what was cut can be held against what somebody has. */
  readonly digest?: (text: string) => string
  readonly logger?: Logger
  readonly limits?: Partial<GuestAuditLimits>
}

/** What commands write to. */
export interface ActionAudit {
  /** Resolves when it is durable. Rejects where it cannot be, with `frozen`, `overloaded` or `not-permitted`. */
  write(entry: AuditEntry): Promise<void>
  /** Nobody waits for it: it is written when it can be, or left out and counted. */
  note(entry: AuditEntry): void
  /** As `note`, of what changes nothing, and no more often than its limits say. */
  mention(entry: AuditEntry): void
}

/** What freezing does to the log that is on the very disks which are frozen. */
export interface HeldAudit {
  /** Resolves when nothing of the log is under way; from then on it does not touch the disk. */
  hold(): Promise<void>
  /** What has waited is written. */
  release(): void
}

export interface GuestAudit extends ActionAudit, HeldAudit, AsyncDisposable {
  /** Why records cannot be written now, if the last attempt failed. */
  readonly trouble: string | undefined
  /** Records that were left out since the last one that could be written. */
  readonly leftOut: number
}

/**
 * The guest's audit log: opened when it is first needed, and never in the way. While file systems are frozen records
 * wait; where they cannot be written, whoever has to know is told, and the rest is left out and counted.
 */
export function guestAudit(options: GuestAuditOptions): GuestAudit {
  return new LazyAudit(options, validateGuestAuditLimits(options.limits))
}

const minuteMs = 60_000
/** Of what a command was about; the core's log would cut it anyway, without a word. */
const targetLengthMax = 1_300

interface Waiting {
  readonly entry: AuditEntry
  /** Absent where nobody waits. */
  readonly settle?: (error?: FlotillaError) => void
}

class LazyAudit implements GuestAudit {
  readonly #options: GuestAuditOptions
  readonly #limits: GuestAuditLimits
  readonly #logger: Logger
  readonly #mentions: TokenBucket
  #log: AuditLog | undefined
  #waiting: Waiting[] = []
  #pumping: Promise<void> | undefined
  #isHeld: boolean
  #isClosed = false
  #leftOut = 0
  #failure: { readonly error: FlotillaError; readonly until: Millis } | undefined

  constructor(options: GuestAuditOptions, limits: GuestAuditLimits) {
    this.#options = options
    this.#limits = limits
    this.#logger = options.logger ?? silentLogger
    this.#isHeld = options.isHeld ?? false
    const { mentionsBurstMax: capacity, mentionsPerMinuteMax: refillTokens } = limits
    this.#mentions = new TokenBucket({ capacity, refillTokens, refillEveryMs: minuteMs }, options.clock.now())
  }

  get trouble(): string | undefined {
    return this.#failure?.error.sentence
  }

  get leftOut(): number {
    return this.#leftOut
  }

  write(entry: AuditEntry): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    return new Promise((resolve, reject) => {
      this.#add({ entry, settle: (error) => (error === undefined ? resolve() : reject(error)) })
    })
  }

  note(entry: AuditEntry): void {
    if (this.#isClosed || this.#isFull || this.#refusalOfFailure() !== undefined) this.#leftOut++
    else this.#add({ entry })
  }

  mention(entry: AuditEntry): void {
    if (this.#mentions.take(this.#options.clock.now())) this.note(entry)
    else this.#leftOut++
  }

  async hold(): Promise<void> {
    this.#isHeld = true
    await this.#pumping
    // Nobody waits for a thaw that may never come.
    const waited = this.#waiting.filter(({ settle }) => settle !== undefined)
    this.#waiting = this.#waiting.filter(({ settle }) => settle === undefined)
    for (const { settle } of waited) settle?.(frozen())
  }

  release(): void {
    this.#isHeld = false
    this.#pump()
  }

  /** What waits is written, unless file systems are frozen. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#pumping
    const lost = this.#waiting.splice(0)
    if (lost.length > 0) this.#logger.error({ records: lost.length }, 'records of the audit log are lost: it is frozen')
    for (const { settle } of lost) settle?.(closed())
    const log = this.#log
    this.#log = undefined
    await log?.[Symbol.asyncDispose]()
  }

  get #isFull(): boolean {
    return this.#waiting.length >= this.#limits.recordsWaitingMax
  }

  #refusal(): FlotillaError | undefined {
    if (this.#isClosed) return closed()
    if (this.#isHeld) return frozen()
    if (!this.#isFull) return this.#refusalOfFailure()
    const message = `${this.#limits.recordsWaitingMax} records wait to be written to the audit log`
    return new FlotillaError('overloaded', message, { hint: 'try again in a moment' })
  }

  #refusalOfFailure(): FlotillaError | undefined {
    if (this.#failure === undefined || this.#options.clock.now() >= this.#failure.until) return undefined
    return this.#failure.error
  }

  #add({ entry, ...rest }: Waiting): void {
    this.#waiting.push({ entry: this.#whole(entry), ...rest })
    this.#pump()
  }

  #whole(entry: AuditEntry): AuditEntry {
    const { digest } = this.#options
    if (digest === undefined || entry.target.length <= targetLengthMax) return entry
    const details = { ...entry.details, targetLength: entry.target.length, targetDigest: digest(entry.target) }
    return { ...entry, target: entry.target.slice(0, targetLengthMax), details }
  }

  #pump(): void {
    if (this.#isHeld || this.#waiting.length === 0) return
    this.#pumping ??= this.#writeAll().finally(() => {
      this.#pumping = undefined
      // What came in the very last moment.
      this.#pump()
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#isHeld) {
      try {
        this.#log ??= await this.#options.open()
        // File systems may have been frozen meanwhile.
        if (this.#isHeld) return
        await this.#writeBatch(this.#log)
      } catch (error) {
        await this.#fail(error)
      }
    }
  }

  async #writeBatch(log: AuditLog): Promise<void> {
    const batch = this.#waiting.splice(0, this.#limits.recordsWaitingMax)
    const leftOut = this.#leftOut
    const missing = leftOut === 0 ? [] : [log.write(leftOutEntry(leftOut))]
    const written = await Promise.allSettled([...missing, ...batch.map(({ entry }) => log.write(entry))])
    const failed = written.find((outcome) => outcome.status === 'rejected')
    const error = failed === undefined ? undefined : cannotWrite(failed.reason)
    for (const { settle } of batch) settle?.(error)
    if (error !== undefined) {
      this.#leftOut += batch.filter(({ settle }) => settle === undefined).length
      throw failed?.reason
    }
    this.#leftOut -= leftOut
    if (this.#failure !== undefined) this.#logger.info({}, 'the audit log can be written again')
    this.#failure = undefined
  }

  /** Nobody waits for a disk that does not work: what only tells goes on without records. */
  async #fail(cause: unknown): Promise<void> {
    const error = cannotWrite(cause)
    this.#logger.error({ err: cause }, 'the audit log cannot be written')
    this.#failure = { error, until: after(this.#options.clock.now(), this.#limits.reopenAfterMs) }
    for (const { settle } of this.#waiting.splice(0)) {
      if (settle === undefined) this.#leftOut++
      else settle(error)
    }
    const log = this.#log
    this.#log = undefined
    await log?.[Symbol.asyncDispose]().then(
      () => undefined,
      () => undefined, // It has failed already, and that was told.
    )
  }
}

function leftOutEntry(count: number): AuditEntry {
  return {
    actor: 'flotilla-agent',
    action: 'audit.left-out',
    target: `${count} records`,
    outcome: 'failed',
    details: { count },
  }
}

function cannotWrite(cause: unknown): FlotillaError {
  const why = cause instanceof FlotillaError ? cause.sentence : String(cause)
  const message = `the audit log cannot be written, so nothing that changes this guest is done: ${why}`
  return new FlotillaError('not-permitted', message, { cause })
}

function frozen(): FlotillaError {
  return new FlotillaError('frozen', 'file systems of this guest are frozen', { hint: 'thaw them first' })
}

function closed(): FlotillaError {
  return new FlotillaError('closed', 'the agent is being closed')
}
