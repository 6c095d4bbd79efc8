import { after, type Millis } from '@flotilla/core/time'
import type { CommandOrder, CommandOutcome, ProgressPiece } from '../contract.ts'
import { OrderWindow, type OwnGuestLimits } from '../own/index.ts'

export interface OrderSink {
  /** Begin it. */
  onRun(run: number, order: CommandOrder): void
  /** It is not wanted any more; what it still says is not told to anybody. */
  onAbort(run: number, why: string): void
  onResult(id: number, outcome: CommandOutcome, dropped: number): void
  /** Whether there was room for it. */
  onProgress(id: number, piece: ProgressPiece, dropped: number): boolean
}

interface Order {
  readonly id: number
  readonly run: number
  readonly order: CommandOrder
  /** Counted from when it came: to wait for its turn is part of it. */
  readonly endsAt: Millis
  hasBegun: boolean
  /** Pieces of output that found no room. */
  dropped: number
}

/**
 * The commands of one guest: those of the session, which are answered once each, and those of sessions that are over,
 * which run on to their end with nobody to tell. An order that waits in a session that ends is never begun.
 */
export class OwnOrders {
  readonly #limits: OwnGuestLimits
  readonly #sink: OrderSink
  #window = new OrderWindow()
  /** By id; the first ones run, in the order in which they came. */
  readonly #orders = new Map<number, Order>()
  /** By run: to the session's id, as long as anybody waits for it. */
  readonly #ids = new Map<number, number>()
  #running = 0
  /** Runs of older sessions, oldest first, until when they may take. */
  readonly #orphans = new Map<number, Millis>()
  /** Runs that were given up and have not ended. */
  readonly #hung = new Set<number>()
  #runs = 0

  constructor(limits: OwnGuestLimits, sink: OrderSink) {
    this.#limits = limits
    this.#sink = sink
  }

  get size(): number {
    return this.#orders.size + this.#orphans.size + this.#hung.size
  }

  /** Whether this id was never there before in this session; from now on it was. */
  take(id: number): boolean {
    return this.#window.take(id)
  }

  get isFull(): boolean {
    if (this.#hung.size >= this.#limits.hungMax) return true
    return this.#orders.size >= this.#limits.concurrentMax + this.#limits.queuedMax
  }

  add(now: Millis, id: number, order: CommandOrder): void {
    const run = ++this.#runs
    this.#orders.set(id, { id, run, order, endsAt: after(now, order.timeoutMs), hasBegun: false, dropped: 0 })
    this.#ids.set(run, id)
    this.#begin()
  }

  /** One that has ended, or never was, is left alone: its answer is under way already. */
  cancel(id: number): void {
    const order = this.#orders.get(id)
    if (order === undefined) return
    this.#giveUp(order, 'cancelled', 'the host does not want it any more')
  }

  progress(run: number, piece: ProgressPiece): void {
    const id = this.#ids.get(run)
    const order = id === undefined ? undefined : this.#orders.get(id)
    if (order !== undefined && !this.#sink.onProgress(order.id, piece, order.dropped)) order.dropped++
  }

  ended(run: number, outcome: CommandOutcome): void {
    this.#orphans.delete(run)
    this.#hung.delete(run)
    const id = this.#ids.get(run)
    const order = id === undefined ? undefined : this.#orders.get(id)
    if (order !== undefined) {
      this.#remove(order)
      this.#sink.onResult(order.id, outcome, order.dropped)
    }
    this.#begin()
  }

  /** The session is over. */
  endSession(): void {
    for (const order of this.#orders.values()) if (order.hasBegun) this.#orphans.set(order.run, order.endsAt)
    this.#orders.clear()
    this.#ids.clear()
    this.#running = 0
    this.#window = new OrderWindow()
    for (const run of this.#orphans.keys()) {
      if (this.#orphans.size <= this.#limits.orphansMax) return
      this.#orphans.delete(run)
      this.#hung.add(run)
      this.#sink.onAbort(run, 'the host that asked for it is gone, and so are others')
    }
  }

  expire(now: Millis): void {
    for (const order of this.#orders.values()) {
      if (now < order.endsAt) continue
      this.#giveUp(order, 'timed-out', `it took longer than ${order.order.timeoutMs} ms`)
    }
    for (const [run, endsAt] of this.#orphans) {
      if (now < endsAt) continue
      this.#orphans.delete(run)
      this.#hung.add(run)
      this.#sink.onAbort(run, 'its time is over')
    }
  }

  deadline(): Millis {
    let first = Infinity
    for (const { endsAt } of this.#orders.values()) first = Math.min(first, endsAt)
    for (const endsAt of this.#orphans.values()) first = Math.min(first, endsAt)
    return first as Millis
  }

  /** Told at once, whenever the command itself comes to its end. */
  #giveUp(order: Order, code: 'cancelled' | 'timed-out', message: string): void {
    this.#remove(order)
    if (order.hasBegun) {
      this.#hung.add(order.run)
      this.#sink.onAbort(order.run, message)
    }
    this.#sink.onResult(order.id, { type: 'failed', code, message }, order.dropped)
    this.#begin()
  }

  #remove(order: Order): void {
    this.#orders.delete(order.id)
    this.#ids.delete(order.run)
    if (order.hasBegun) this.#running--
  }

  #begin(): void {
    for (const order of this.#orders.values()) {
      if (this.#running >= this.#limits.concurrentMax || this.#hung.size >= this.#limits.hungMax) return
      if (order.hasBegun) continue
      order.hasBegun = true
      this.#running++
      this.#sink.onRun(order.run, order.order)
    }
  }
}
