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
  /** Undefined as long as it waits for its turn. */
  endsAt: Millis | undefined
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
  #runs = 0

  constructor(limits: OwnGuestLimits, sink: OrderSink) {
    this.#limits = limits
    this.#sink = sink
  }

  get size(): number {
    return this.#orders.size + this.#orphans.size
  }

  /** Whether this id was never there before in this session; from now on it was. */
  take(id: number): boolean {
    return this.#window.take(id)
  }

  get isFull(): boolean {
    return this.#orders.size >= this.#limits.concurrentMax + this.#limits.queuedMax
  }

  add(now: Millis, id: number, order: CommandOrder): void {
    const run = ++this.#runs
    this.#orders.set(id, { id, run, order, endsAt: undefined, dropped: 0 })
    this.#ids.set(run, id)
    this.#begin(now)
  }

  /** One that has ended, or never was, is left alone: its answer is under way already. */
  cancel(now: Millis, id: number): void {
    const order = this.#orders.get(id)
    if (order === undefined) return
    this.#giveUp(now, order, 'cancelled', 'the host does not want it any more')
  }

  progress(run: number, piece: ProgressPiece): void {
    const id = this.#ids.get(run)
    const order = id === undefined ? undefined : this.#orders.get(id)
    if (order !== undefined && !this.#sink.onProgress(order.id, piece, order.dropped)) order.dropped++
  }

  ended(now: Millis, run: number, outcome: CommandOutcome): void {
    this.#orphans.delete(run)
    const id = this.#ids.get(run)
    const order = id === undefined ? undefined : this.#orders.get(id)
    if (order === undefined) return
    this.#remove(order)
    this.#sink.onResult(order.id, outcome, order.dropped)
    this.#begin(now)
  }

  /** The session is over. */
  endSession(): void {
    for (const order of this.#orders.values()) if (order.endsAt !== undefined) this.#orphans.set(order.run, order.endsAt)
    this.#orders.clear()
    this.#ids.clear()
    this.#running = 0
    this.#window = new OrderWindow()
    for (const run of this.#orphans.keys()) {
      if (this.#orphans.size <= this.#limits.orphansMax) return
      this.#orphans.delete(run)
      this.#sink.onAbort(run, 'the host that asked for it is gone, and so are others')
    }
  }

  expire(now: Millis): void {
    for (const order of [...this.#orders.values()]) {
      if (order.endsAt === undefined || now < order.endsAt) continue
      this.#giveUp(now, order, 'timed-out', `it took longer than ${order.order.timeoutMs} ms`)
    }
    for (const [run, endsAt] of this.#orphans) {
      if (now < endsAt) continue
      this.#orphans.delete(run)
      this.#sink.onAbort(run, 'its time is over')
    }
  }

  deadline(): Millis {
    let first = Infinity
    for (const { endsAt } of this.#orders.values()) first = Math.min(first, endsAt ?? Infinity)
    for (const endsAt of this.#orphans.values()) first = Math.min(first, endsAt)
    return first as Millis
  }

  /** Told at once, whenever the command itself comes to its end. */
  #giveUp(now: Millis, order: Order, code: 'cancelled' | 'timed-out', message: string): void {
    this.#remove(order)
    if (order.endsAt !== undefined) this.#sink.onAbort(order.run, message)
    this.#sink.onResult(order.id, { type: 'failed', code, message }, order.dropped)
    this.#begin(now)
  }

  #remove(order: Order): void {
    this.#orders.delete(order.id)
    this.#ids.delete(order.run)
    if (order.endsAt !== undefined) this.#running--
  }

  #begin(now: Millis): void {
    for (const order of this.#orders.values()) {
      if (this.#running >= this.#limits.concurrentMax) return
      if (order.endsAt !== undefined) continue
      order.endsAt = after(now, order.order.timeoutMs)
      this.#running++
      this.#sink.onRun(order.run, order.order)
    }
  }
}
