import type { NodeId } from '@flotilla/core/ids'
import { Backoff, Lru } from '@flotilla/core/machines'
import type { Prng } from '@flotilla/core/random'
import { after, type Millis } from '@flotilla/core/time'
import type { TransportLimits } from '../limits.ts'
import type { Address } from '../links.ts'
import type { DialTarget } from '../transport.ts'
import { neighbours } from './neighbours.ts'

/** Numbers the dials of one life. */
export type DialNumber = number & { readonly brand: 'DialNumber' }

export interface Dial {
  readonly number: DialNumber
  readonly address: Address
  /** Who is expected there; undefined takes whoever is in the cluster. */
  readonly expected: NodeId | undefined
}

interface Target {
  readonly key: string
  readonly id: NodeId | undefined
  addresses: readonly Address[]
  /** Which address is next, and how many have failed since the last wait. */
  next: number
  failedInRow: number
  dialAt: Millis
  readonly backoff: Backoff
  dialling: DialNumber | undefined
  /** Who answered last. */
  answeredBy: NodeId | undefined
}

export interface DiallerOptions {
  readonly self: NodeId
  readonly limits: TransportLimits
  readonly prng: Prng
  /** Whether there is no need, or no permission, to dial that node now. */
  readonly isSpared: (now: Millis, id: NodeId) => boolean
}

/** Keeps up connections with its targets: says which address to dial when, one address of a target after the other. */
export class Dialler {
  readonly #options: DiallerOptions
  #targets = new Map<string, Target>()
  /** Targets that are not chosen when there are more than places. */
  #chosen: ReadonlySet<NodeId> = new Set()
  readonly #dials = new Map<DialNumber, Target>()
  /** Where we found ourselves, and until when we believe it. */
  readonly #ownAddresses: Lru<string, Millis>
  #lastNumber = 0

  constructor(options: DiallerOptions) {
    this.#options = options
    this.#ownAddresses = new Lru({ entriesMax: options.limits.addressesRememberedMax })
  }

  get inFlight(): number {
    return this.#dials.size
  }

  setTargets(now: Millis, targets: readonly DialTarget[]): void {
    const { self, limits } = this.#options
    const former = this.#targets
    this.#targets = new Map()
    for (const { id, addresses } of targets) {
      if (id === self || addresses.length === 0 || this.#targets.size >= limits.targetsMax) continue
      const key = id ?? addresses.map(addressText).join(' ')
      this.#targets.set(key, this.#target(now, key, id, addresses.slice(0, limits.addressesPerTargetMax), former))
    }
    const ids = [...this.#targets.values()].flatMap(({ id }) => (id === undefined ? [] : [id]))
    this.#chosen = neighbours(self, ids, limits.connectionsMax - limits.connectionsReserved)
  }

  /** The next dial that is due, which counts as begun then. */
  nextDial(now: Millis): Dial | undefined {
    if (this.inFlight >= this.#options.limits.dialsInFlightMax) return undefined
    let first: Target | undefined
    for (const target of this.#targets.values()) {
      if (target.dialAt > now || (first !== undefined && first.dialAt <= target.dialAt)) continue
      if (this.#wants(now, target)) first = target
    }
    return first === undefined ? undefined : this.#begin(now, first)
  }

  /** When a dial may be due next. */
  deadline(now: Millis): Millis {
    if (this.inFlight >= this.#options.limits.dialsInFlightMax) return Infinity as Millis
    let first = Infinity
    for (const target of this.#targets.values()) {
      if (target.dialAt < first && this.#wants(now, target)) first = target.dialAt
    }
    return first as Millis
  }

  /** It came to nothing: the next address has its turn, at once or, when all had theirs, after a while. */
  failed(now: Millis, number: DialNumber): void {
    const target = this.#take(number)
    if (target === undefined) return
    target.failedInRow++
    target.next = (target.next + 1) % target.addresses.length
    if (target.failedInRow < target.addresses.length) target.dialAt = now
    else this.#backOff(now, target)
  }

  /** We ourselves are at that address. */
  foundSelf(now: Millis, number: DialNumber, address: Address): void {
    this.#ownAddresses.set(addressText(address), after(now, this.#options.limits.ownAddressForgetMs))
    this.failed(now, number)
  }

  /** It led to a connection with that node. */
  succeeded(number: DialNumber, id: NodeId): void {
    const target = this.#take(number)
    if (target === undefined) return
    target.answeredBy = id
    target.failedInRow = 0
  }

  /** The connection with that node ended, however it was made. One that held for a while is made anew at once. */
  ended(now: Millis, id: NodeId, heldMs: number): void {
    for (const target of this.#targets.values()) {
      if (target.id !== id && target.answeredBy !== id) continue
      if (heldMs >= this.#options.limits.deadAfterMs) target.backoff.reset()
      this.#backOff(now, target)
    }
  }

  #target(
    now: Millis,
    key: string,
    id: NodeId | undefined,
    addresses: readonly Address[],
    former: ReadonlyMap<string, Target>,
  ): Target {
    const { limits, prng } = this.#options
    const known = former.get(key)
    const isSame = known?.addresses.map(addressText).join(' ') === addresses.map(addressText).join(' ')
    if (known !== undefined && isSame) return known
    // Who is found at new addresses is worth trying at once.
    const backoff = new Backoff(prng, { firstMs: limits.dialBackoffFirstMs, capMs: limits.dialBackoffCapMs })
    const { dialling, answeredBy } = known ?? { dialling: undefined, answeredBy: undefined }
    const target = { key, id, addresses, next: 0, failedInRow: 0, dialAt: now, backoff, dialling, answeredBy }
    if (dialling !== undefined) this.#dials.set(dialling, target)
    return target
  }

  #wants(now: Millis, target: Target): boolean {
    const { id, answeredBy, dialling } = target
    if (dialling !== undefined) return false
    if (id !== undefined && (!this.#chosen.has(id) || this.#options.isSpared(now, id))) return false
    if (id === undefined && answeredBy !== undefined && this.#options.isSpared(now, answeredBy)) return false
    return target.addresses.some((address) => !this.#isOwn(now, address))
  }

  #begin(now: Millis, target: Target): Dial {
    const number = ++this.#lastNumber as DialNumber
    for (let step = 0; step < target.addresses.length && this.#isOwn(now, this.#addressOf(target)); step++) {
      target.next = (target.next + 1) % target.addresses.length
      target.failedInRow++
    }
    target.dialling = number
    this.#dials.set(number, target)
    return { number, address: this.#addressOf(target), expected: target.id }
  }

  #addressOf(target: Target): Address {
    return target.addresses[target.next] as Address
  }

  #backOff(now: Millis, target: Target): void {
    target.failedInRow = 0
    target.dialAt = after(now, target.backoff.nextMs())
  }

  #take(number: DialNumber): Target | undefined {
    const target = this.#dials.get(number)
    this.#dials.delete(number)
    if (target !== undefined) target.dialling = undefined
    return target
  }

  #isOwn(now: Millis, address: Address): boolean {
    return (this.#ownAddresses.get(addressText(address)) ?? -Infinity) > now
  }
}

function addressText({ host, port }: Address): string {
  return `${host} ${port}`
}
