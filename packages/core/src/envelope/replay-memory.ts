import type { NodeId } from '../ids/index.ts'
import type { WallMillis } from '../time/index.ts'

export interface ReplayMemorySettings {
  readonly noncesMax: number
  readonly noncesPerSenderMax: number
  /** Envelopes of one slot are forgotten together, so each is kept up to one slot longer than it must be. */
  readonly slotMs: number
}

/**
 * Which envelopes were opened, by sender, timestamp and nonce, for as long as they could be opened again.
 *
 * Measured on Node 24, an envelope costs 60 to 75 bytes of heap where a sender has thousands, 170 where it has 50, and
 * 340 where each comes from another sender: 17 MB for the default of 262,144 from 128 senders, 88 MB at the very worst.
 */
export class ReplayMemory {
  readonly #settings: ReplayMemorySettings
  /**
   * By number of the slot of the timestamp, then by sender; none of the inner ones is empty. While the clock goes
   * steadily there are as many as fit into twice the tolerance.
   */
  readonly #slots = new Map<number, Map<NodeId, Set<string>>>()
  /** How many each sender has in all slots together; 1 to `noncesPerSenderMax`. */
  readonly #countBySender = new Map<NodeId, number>()
  /** The sum of `#countBySender`; `<= noncesMax`. */
  #count = 0
  #forgottenThrough = -Infinity

  constructor(settings: ReplayMemorySettings) {
    this.#settings = settings
  }

  get count(): number {
    return this.#count
  }

  /** No later timestamp was ever forgotten. What is not later may have been opened, whatever the clock says by now. */
  get forgottenThrough(): number {
    return this.#forgottenThrough
  }

  has(sender: NodeId, timestamp: WallMillis, nonce: Uint8Array): boolean {
    const names = this.#slots.get(this.#slotOf(timestamp))?.get(sender)
    return names !== undefined && names.has(this.#nameOf(timestamp, nonce))
  }

  hasRoomFor(sender: NodeId): boolean {
    const { noncesMax, noncesPerSenderMax } = this.#settings
    return this.#count < noncesMax && (this.#countBySender.get(sender) ?? 0) < noncesPerSenderMax
  }

  /** The caller has seen that there is room and that it is not there yet. */
  add(sender: NodeId, timestamp: WallMillis, nonce: Uint8Array): void {
    const slot = this.#slotOf(timestamp)
    const senders = this.#slots.get(slot) ?? new Map<NodeId, Set<string>>()
    const names = senders.get(sender) ?? new Set<string>()
    names.add(this.#nameOf(timestamp, nonce))
    senders.set(sender, names)
    this.#slots.set(slot, senders)
    this.#countBySender.set(sender, (this.#countBySender.get(sender) ?? 0) + 1)
    this.#count += 1
  }

  /** Forgets the slots that lie wholly before this time. */
  forgetBefore(time: number): void {
    const current = this.#slotOf(time)
    for (const [slot, senders] of this.#slots) {
      if (slot >= current) continue
      this.#slots.delete(slot)
      this.#forgottenThrough = Math.max(this.#forgottenThrough, (slot + 1) * this.#settings.slotMs - 1)
      for (const [sender, names] of senders) this.#subtract(sender, names.size)
    }
  }

  #subtract(sender: NodeId, count: number): void {
    const left = (this.#countBySender.get(sender) ?? 0) - count
    if (left === 0) this.#countBySender.delete(sender)
    else this.#countBySender.set(sender, left)
    this.#count -= count
  }

  #slotOf(time: number): number {
    return Math.floor(time / this.#settings.slotMs)
  }

  /**
   * The nonce and the place in the slot (a day of tolerance makes slots of 2^23 ms), as a string because a set compares
   * those by value. V8 keeps one byte for each character below 256.
   */
  #nameOf(timestamp: WallMillis, nonce: Uint8Array): string {
    const place = timestamp % this.#settings.slotMs
    return String.fromCharCode(...nonce, place & 255, (place >> 8) & 255, (place >> 16) & 255)
  }
}
