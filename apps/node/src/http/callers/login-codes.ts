import type { Entropy } from '@flotilla/core/random'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../../limits.ts'
import { digestOf, drawSecret } from './secret.ts'

export interface LoginCode {
  readonly code: string
  /** In milliseconds since 1970, for people. */
  readonly expiresAt: number
}

/** Codes that open a session, each once and for a few minutes. Whoever may have one made may everything already. */
export class LoginCodes {
  readonly #entropy: Entropy
  readonly #clock: Clock
  /** By the digest of the code, the oldest first; at most `loginCodesMax`. */
  readonly #expiries = new Map<string, Millis>()

  constructor({ entropy, clock }: { readonly entropy: Entropy; readonly clock: Clock }) {
    this.#entropy = entropy
    this.#clock = clock
  }

  make(): LoginCode {
    const { loginCodeMs, loginCodesMax } = nodeLimitsDefaults
    const code = drawSecret(this.#entropy)
    const [oldest] = this.#expiries.keys()
    if (oldest !== undefined && this.#expiries.size >= loginCodesMax) this.#expiries.delete(oldest)
    this.#expiries.set(keyOf(code), after(this.#clock.now(), loginCodeMs))
    return { code, expiresAt: this.#clock.wallNow() + loginCodeMs }
  }

  /** Whether it was good; it is not any more. */
  redeem(code: string): boolean {
    const key = keyOf(code)
    const expiry = this.#expiries.get(key)
    this.#expiries.delete(key)
    return expiry !== undefined && this.#clock.now() < expiry
  }
}

function keyOf(code: string): string {
  return digestOf(code).toString('base64url')
}
