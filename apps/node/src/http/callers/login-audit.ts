import type { AuditEntry } from '@flotilla/core/audit'
import { TokenBucket } from '@flotilla/core/machines'
import type { Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { AuditWriter } from '../audited-call.ts'
import { callerText, type Caller } from '../caller.ts'

export interface LoginAuditOptions {
  readonly audit: AuditWriter
  readonly logger: Logger
  readonly clock: Clock
}

/** How somebody tried to log in, and where from. */
interface LoginAttempt {
  readonly from: string
  readonly by: 'code' | 'password'
}

/**
 * Writes down who came and went. Nobody is kept out because that fails: a full disk is mended by somebody who logs in.
 * Never a password, nor a code, nor a name that was refused, as some type their password there.
 */
export class LoginAudit {
  readonly #options: LoginAuditOptions
  readonly #refused: TokenBucket

  constructor(options: LoginAuditOptions) {
    this.#options = options
    const { burst: capacity, everyMs: refillEveryMs } = nodeLimitsDefaults.refusedLoginsAudited
    this.#refused = new TokenBucket({ capacity, refillTokens: 1, refillEveryMs }, options.clock.now())
  }

  async opened(caller: Caller, attempt: LoginAttempt): Promise<void> {
    const details = { ...attempt, callerRole: caller.role }
    await this.#write({ actor: callerText(caller), action: 'login', outcome: 'done', details })
  }

  /** However many networks somebody tries from: what others have done must not be pushed out by that. */
  async refused(attempt: LoginAttempt): Promise<void> {
    if (!this.#refused.take(this.#options.clock.now())) return
    await this.#write({ actor: 'somebody', action: 'login', outcome: 'refused', details: { ...attempt } })
  }

  async ended(caller: Caller, from: string): Promise<void> {
    await this.#write({ actor: callerText(caller), action: 'logout', outcome: 'done', details: { from } })
  }

  async #write(entry: Omit<AuditEntry, 'target'>): Promise<void> {
    const { audit, logger } = this.#options
    await audit.write({ ...entry, target: 'this node' }).catch((error: unknown) => {
      const { action, outcome } = entry
      logger.warn({ part: 'callers', err: error, action, outcome }, 'this could not be written to the audit log')
    })
  }
}
