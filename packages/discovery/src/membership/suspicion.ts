import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { SignedClaim } from './record.ts'
import type { MembershipSettings } from './settings.ts'

/** What `Suspicion` needs to know of the group: how many members are not dead, ourselves and the suspect included. */
export type GroupSize = () => number

/**
 * One member's suspicion of another: who confirms it, and how long the suspect still has (Lifeguard's dynamic timeout).
 * The time shrinks with the logarithm of the confirmations, from `suspicionStretch` times the shortest down to it.
 */
export class Suspicion {
  readonly #settings: MembershipSettings
  readonly #size: GroupSize
  #startedAt: Millis
  #deadline: Millis
  /** The size of the group for which `#deadline` is right; undefined when it is not right for any. */
  #computedFor: number | undefined
  /** By accuser; each counts once, whatever it claims how often. */
  readonly #silent = new Map<NodeId, SignedClaim>()
  readonly #reset = new Map<NodeId, SignedClaim>()
  readonly #dead = new Map<NodeId, SignedClaim>()

  constructor(settings: MembershipSettings, size: GroupSize, now: Millis) {
    this.#settings = settings
    this.#size = size
    this.#startedAt = now
    this.#deadline = now
  }

  /** Whether this claim would say anything new, so that it is worth to verify it. */
  isNews({ kind, from }: SignedClaim): boolean {
    const claims = this.#of(kind)
    return !claims.has(from) && claims.size < this.#wanted(kind)
  }

  /** The caller has verified it, and it is news. */
  add(claim: SignedClaim): void {
    this.#of(claim.kind).set(claim.from, claim)
    this.#computedFor = undefined
  }

  accusedBy(id: NodeId): boolean {
    return this.#silent.has(id) || this.#reset.has(id)
  }

  /** Two members say that it did not refute, so it is not the word of one alone. */
  get isProvenDead(): boolean {
    return this.#dead.size >= this.#wanted('dead')
  }

  /** The strongest first. */
  claims(): readonly SignedClaim[] {
    return [...this.#dead.values(), ...this.#reset.values(), ...this.#silent.values()]
  }

  /** Asked very often, so it is computed once for each change. */
  get deadline(): Millis {
    const size = this.#size()
    if (this.#computedFor !== size) {
      this.#computedFor = size
      this.#deadline = this.#computed()
    }
    return this.#deadline
  }

  /** We slept, and could hear no refutation meanwhile. */
  postpone(durationMs: number): void {
    this.#startedAt = (this.#startedAt + durationMs) as Millis
    this.#computedFor = undefined
  }

  #computed(): Millis {
    const { resetSuspicionMs, suspicionStretch } = this.#settings
    if (this.#reset.size >= this.#wanted('reset')) return (this.#startedAt + resetSuspicionMs) as Millis
    const least = this.#leastMs()
    const wanted = this.#confirmationsWanted()
    if (wanted === 0) return (this.#startedAt + least) as Millis
    const accusers = new Set([...this.#silent.keys(), ...this.#reset.keys(), ...this.#dead.keys()])
    const confirmations = Math.max(0, accusers.size - 1)
    const share = Math.min(1, Math.log(confirmations + 1) / Math.log(wanted + 1))
    return (this.#startedAt + least * (suspicionStretch - (suspicionStretch - 1) * share)) as Millis
  }

  #leastMs(): number {
    return this.#settings.suspicionMs * Math.max(1, Math.log10(this.#size()))
  }

  /** The first accuser is no confirmation, and the suspect gives none. */
  #confirmationsWanted(): number {
    return Math.max(0, Math.min(this.#settings.confirmations, this.#size() - 2))
  }

  #wanted(kind: SignedClaim['kind']): number {
    if (kind === 'silent') return this.#confirmationsWanted() + 1
    return Math.max(1, Math.min(2, this.#size() - 1))
  }

  #of(kind: SignedClaim['kind']): Map<NodeId, SignedClaim> {
    if (kind === 'silent') return this.#silent
    return kind === 'reset' ? this.#reset : this.#dead
  }
}
