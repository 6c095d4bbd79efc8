import { certificateDefaults, type CertificateFacts } from '@flotilla/certificates'
import { Backoff } from '@flotilla/core/machines'
import type { Prng } from '@flotilla/core/random'
import { after, type Millis, type WallMillis } from '@flotilla/core/time'
import { renewalShares, type ClusterSettings } from './config.ts'

/** What to do about our certificate now. */
export type RenewalEffect = 'renew' | 'warn'

/**
 * When to ask for a new certificate: after two thirds of the present one's life, or when told, and after a failure
 * again with growing pauses. The calendar may jump, so it is asked each time; pauses are counted by the monotonic
 * clock.
 *
 * The key stays: the id is its hash, so a member with another key would be another member.
 */
export class Renewal {
  readonly #backoff: Backoff
  #facts: CertificateFacts
  #retryAt: Millis
  #isAsking = false
  #isWanted = false
  #hasWarned = false

  constructor(settings: ClusterSettings, prng: Prng, facts: CertificateFacts, now: Millis) {
    const { renewalRetryMsFirst: firstMs, renewalRetryMsMax: capMs } = settings
    this.#backoff = new Backoff(prng, { firstMs, capMs, jitter: 'equal' })
    this.#facts = facts
    this.#retryAt = now
  }

  /** To be called each heartbeat. After `renew`, nothing comes until `renewed` or `failed` was called. */
  step(now: Millis, wallNow: WallMillis): readonly RenewalEffect[] {
    const { notBefore, notAfter } = this.#facts
    // It is valid from a little before it was issued, which is no part of its life.
    const issuedAt = notBefore + certificateDefaults.backdatedMs
    const lifeMs = Math.max(0, notAfter - issuedAt)
    const effects: RenewalEffect[] = []
    if (!this.#hasWarned && notAfter - wallNow < lifeMs * renewalShares.warnAtLeft) {
      this.#hasWarned = true
      effects.push('warn')
    }
    const isDue = this.#isWanted || wallNow - issuedAt >= lifeMs * renewalShares.renewAtLived
    if (isDue && !this.#isAsking && now >= this.#retryAt) {
      this.#isAsking = true
      effects.push('renew')
    }
    return effects
  }

  /** Asks for a new one at the next step, whatever the age of the present one. */
  want(now: Millis): void {
    this.#isWanted = true
    this.#retryAt = now
  }

  renewed(now: Millis, facts: CertificateFacts): void {
    this.#facts = facts
    this.#isAsking = false
    this.#isWanted = false
    this.#hasWarned = false
    this.#retryAt = now
    this.#backoff.reset()
  }

  failed(now: Millis): void {
    this.#isAsking = false
    this.#retryAt = after(now, this.#backoff.nextMs())
  }
}
