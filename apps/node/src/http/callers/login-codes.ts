import type { Entropy } from '@flotilla/core/random'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { Caller } from '../caller.ts'
import { digestOf, drawSecret } from './secret.ts'

export interface LoginCode {
  readonly code: string
  /** In milliseconds since 1970, for people. */
  readonly expiresAt: number
}

/** Codes that open a session of whoever has them made, each once and for a few minutes. */
export class LoginCodes {
  readonly #entropy: Entropy
  readonly #clock: Clock
  /** By the digest of the code, the oldest first; at most `loginCodesMax`. */
  readonly #made = new Map<string, { readonly expiry: Millis; readonly maker: Caller }>()

  constructor({ entropy, clock }: { readonly entropy: Entropy; readonly clock: Clock }) {
    this.#entropy = entropy
    this.#clock = clock
  }

  make(maker: Caller): LoginCode {
    const { loginCodeMs, loginCodesMax } = nodeLimitsDefaults
    const code = drawSecret(this.#entropy)
    const [oldest] = this.#made.keys()
    if (oldest !== undefined && this.#made.size >= loginCodesMax) this.#made.delete(oldest)
    this.#made.set(keyOf(code), { expiry: after(this.#clock.now(), loginCodeMs), maker })
    return { code, expiresAt: this.#clock.wallNow() + loginCodeMs }
  }

  /** Who has made it, if it is good and he still may ask; it is not good any more then. */
  redeem(code: string): Caller | undefined {
    const key = keyOf(code)
    const made = this.#made.get(key)
    this.#made.delete(key)
    const isGood = made !== undefined && this.#clock.now() < made.expiry && made.maker.ended?.aborted !== true
    return isGood ? made.maker : undefined
  }
}

function keyOf(code: string): string {
  return digestOf(code).toString('base64url')
}
