import { ProtocolError } from '@flotilla/core/errors'
import { after, type Millis } from '@flotilla/core/time'
import type { Credentials } from '../ports.ts'
import type { MembershipCore } from './core.ts'
import type { MembershipInput } from './effect.ts'
import type { MembershipSettings } from './settings.ts'
import { isSameBytes } from './vouching.ts'

/** Proofs end: ours is renewed, those of others run out or are revoked. */
export class ProofWatch {
  readonly #settings: MembershipSettings
  readonly #credentials: Credentials
  readonly #core: MembershipCore
  #own: Uint8Array
  #lookAt: Millis

  constructor(settings: MembershipSettings, credentials: Credentials, core: MembershipCore, now: Millis) {
    this.#settings = settings
    this.#credentials = credentials
    this.#core = core
    this.#own = credentials.proof()
    this.#lookAt = after(now, settings.proofsIntervalMs)
  }

  get deadline(): Millis {
    return this.#lookAt
  }

  /** What the core is to be told. */
  look(now: Millis): MembershipInput[] {
    this.#lookAt = after(now, this.#settings.proofsIntervalMs)
    const found: MembershipInput[] = []
    const own = this.#credentials.proof()
    if (!isSameBytes(own, this.#own)) found.push({ type: 'renewed' })
    this.#own = own
    for (const { id, signed } of this.#core.entries()) {
      if (!this.#isValid(signed.proof)) found.push({ type: 'expelled', member: id })
    }
    return found
  }

  #isValid(proof: Uint8Array | undefined): boolean {
    if (proof === undefined) return false
    try {
      this.#credentials.check(proof)
      return true
    } catch (error) {
      if (error instanceof ProtocolError) return false
      throw error
    }
  }
}
