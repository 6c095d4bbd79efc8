import { assert } from '@flotilla/core/errors'
import { Lru, TokenBucket } from '@flotilla/core/machines'
import type { Millis } from '@flotilla/core/time'
import type { TlsLimits } from './node-tls-limits.ts'

/** A handshake that the gate let in; hand it to `leave` when it is over, whatever came of it. */
export interface HandshakeTicket {
  readonly address: string
  readonly enteredAt: Millis
  /** Called at most once, when it must make room for another; it has left then. */
  readonly evict: () => void
}

export type GateLimits = Pick<
  TlsLimits,
  | 'handshakesMax'
  | 'handshakesPerAddressMax'
  | 'handshakeBurstPerAddress'
  | 'handshakesPerSecondPerAddress'
  | 'addressesRememberedMax'
  | 'handshakeStaleMs'
>

/**
 * Decides who may begin a handshake, before a byte of it is read: a handshake costs a signature and memory, and
 * whoever can reach the port can ask for one.
 *
 * One address cannot keep the others out: it has a rate and a number of its own. When many addresses together fill all
 * places, the oldest handshake of the address that has most gives way to an address that has clearly fewer; if all have
 * as few, one that takes longer than any honest one does (`handshakeStaleMs`) gives way.
 */
export class HandshakeGate {
  readonly #limits: GateLimits
  /** In the order of entering; `size <= handshakesMax`. */
  readonly #inside = new Set<HandshakeTicket>()
  /** How many of `#inside` each address has; none with 0. */
  readonly #counts = new Map<string, number>()
  readonly #rates: Lru<string, TokenBucket>

  constructor(limits: GateLimits) {
    this.#limits = limits
    this.#rates = new Lru({ entriesMax: limits.addressesRememberedMax })
  }

  /** How many handshakes are in progress. */
  get size(): number {
    return this.#inside.size
  }

  /** Undefined when it may not begin. `evict` is called when this one has to make room later. */
  enter(now: Millis, address: string, evict: () => void): HandshakeTicket | undefined {
    const { handshakesMax, handshakesPerAddressMax } = this.#limits
    if (this.#countOf(address) >= handshakesPerAddressMax) return undefined
    if (!this.#rateOf(now, address).take(now)) return undefined
    if (this.#inside.size >= handshakesMax && !this.#makeRoom(now, address)) return undefined
    const ticket: HandshakeTicket = { address, enteredAt: now, evict }
    this.#inside.add(ticket)
    this.#counts.set(address, this.#countOf(address) + 1)
    return ticket
  }

  /** May be called again, and for one that was evicted. */
  leave(ticket: HandshakeTicket): void {
    if (!this.#inside.delete(ticket)) return
    const left = this.#countOf(ticket.address) - 1
    if (left > 0) this.#counts.set(ticket.address, left)
    else this.#counts.delete(ticket.address)
  }

  #makeRoom(now: Millis, address: string): boolean {
    const ticket = this.#oldestOfTheGreediest(this.#countOf(address)) ?? this.#stale(now)
    if (ticket === undefined) return false
    this.leave(ticket)
    ticket.evict()
    return true
  }

  /** With two more than the newcomer has, so that two addresses never push each other out in turn. */
  #oldestOfTheGreediest(newcomerCount: number): HandshakeTicket | undefined {
    let most = newcomerCount + 1
    let greediest: string | undefined
    for (const [address, count] of this.#counts) {
      if (count <= most) continue
      most = count
      greediest = address
    }
    if (greediest === undefined) return undefined
    for (const ticket of this.#inside) if (ticket.address === greediest) return ticket
    return undefined
  }

  #stale(now: Millis): HandshakeTicket | undefined {
    const [oldest] = this.#inside
    assert(oldest !== undefined, 'a full gate has an oldest handshake')
    return now - oldest.enteredAt > this.#limits.handshakeStaleMs ? oldest : undefined
  }

  #countOf(address: string): number {
    return this.#counts.get(address) ?? 0
  }

  #rateOf(now: Millis, address: string): TokenBucket {
    const known = this.#rates.get(address)
    if (known !== undefined) return known
    const { handshakeBurstPerAddress, handshakesPerSecondPerAddress } = this.#limits
    const settings = { capacity: handshakeBurstPerAddress, refillTokens: handshakesPerSecondPerAddress }
    const rate = new TokenBucket(settings, now)
    this.#rates.set(address, rate)
    return rate
  }
}
