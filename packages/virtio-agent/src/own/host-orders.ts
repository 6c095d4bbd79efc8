import { after, type Millis, type WallMillis } from '@flotilla/core/time'
import { Buffer } from 'node:buffer'
import type { CommandName, CommandOutcome, JsonValue } from '../contract.ts'
import type { ExactObject } from '../lines/index.ts'
import type { OwnHostLimits } from './limits.ts'
import type { CommandLine, GuestAbout } from './messages.ts'
import { signOrder, type OrderSigner } from './signing.ts'

/** A command that somebody at the host wants done in the guest. */
export interface HostOrder {
  /** The host's own number for it, never used twice. */
  readonly ticket: number
  readonly command: CommandName
  readonly arguments: Readonly<Record<string, JsonValue>>
  readonly actor: string
  readonly timeoutMs: number
  /** Needs a signer. */
  readonly isSigned: boolean
}

/** What became of an order. `lost`: nobody will ever know more than `mayHaveRun` says. */
export type OrderEnding =
  | CommandOutcome
  | { readonly type: 'lost'; readonly mayHaveRun: boolean; readonly message: string }

interface Pending {
  readonly order: HostOrder
  readonly id: number
  /** Then it is told as lost; counted anew when it is sent. */
  endsAt: Millis
  isSent: boolean
  isCancelled: boolean
}

type Ended = (ticket: number, ending: OrderEnding, dropped: number) => void

/** The orders of one guest, from when they are given until each has ended, once. */
export class HostOrders {
  readonly #limits: OwnHostLimits
  readonly #signer: OrderSigner | undefined
  readonly #ended: Ended
  /** By id, oldest first. Ids are drawn when an order is given, and rise in the order of sending too. */
  readonly #pending = new Map<number, Pending>()
  readonly #ids = new Map<number, number>()
  /** Cancellations that the guest has not been told. */
  readonly #cancels = new Set<number>()
  #lastId = 0
  #underWay = 0
  #now = 0 as Millis

  constructor(limits: OwnHostLimits, signer: OrderSigner | undefined, ended: Ended) {
    this.#limits = limits
    this.#signer = signer
    this.#ended = ended
  }

  add(now: Millis, order: HostOrder, isWelcome: boolean): void {
    this.#now = now
    if (!isWelcome) return this.#refuse(order, 'there is no session with the guest')
    if (order.isSigned && this.#signer === undefined) return this.#refuse(order, 'this host has no key to sign orders')
    if (this.#pending.size >= this.#limits.ordersMax) {
      const message = `${this.#limits.ordersMax} orders wait for this guest: wait for some of them first`
      return this.#ended(order.ticket, { type: 'refused', code: 'overloaded', message }, 0)
    }
    const id = ++this.#lastId
    const endsAt = after(now, order.timeoutMs + this.#limits.graceMs)
    this.#pending.set(id, { order, id, endsAt, isSent: false, isCancelled: false })
    this.#ids.set(order.ticket, id)
  }

  cancel(ticket: number): void {
    const id = this.#ids.get(ticket)
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (pending === undefined || pending.isCancelled) return
    if (!pending.isSent) {
      const message = 'it was cancelled before it was sent'
      return this.#end(pending, { type: 'failed', code: 'cancelled', message }, 0)
    }
    pending.isCancelled = true
    this.#cancels.add(pending.id)
  }

  ticketOf(id: number): number | undefined {
    return this.#pending.get(id)?.order.ticket
  }

  answered(id: number, outcome: CommandOutcome, dropped: number): void {
    const pending = this.#pending.get(id)
    // One that was not sent cannot have been answered.
    if (pending?.isSent === true) this.#end(pending, outcome, dropped)
  }

  /** The session is over, and the next one begins with the first id again. */
  lose(why: string): void {
    for (const pending of this.#pending.values()) {
      this.#end(pending, { type: 'lost', mayHaveRun: pending.isSent, message: why }, 0)
    }
    this.#cancels.clear()
    this.#lastId = 0
  }

  expire(now: Millis): void {
    this.#now = now
    for (const pending of this.#pending.values()) {
      if (now < pending.endsAt) continue
      const message = `the guest has not ${pending.isSent ? 'answered' : 'taken it'} in time`
      this.#end(pending, { type: 'lost', mayHaveRun: pending.isSent, message }, 0)
    }
  }

  deadline(): Millis {
    let first = Infinity
    for (const { endsAt } of this.#pending.values()) first = Math.min(first, endsAt)
    return first as Millis
  }

  /** The next line that is about an order. */
  next(session: string, about: GuestAbout, lineBytesMax: number, wallNow: WallMillis): string | undefined {
    for (const id of this.#cancels) {
      this.#cancels.delete(id)
      return JSON.stringify({ type: 'cancel', session, id })
    }
    if (this.#underWay >= about.concurrentMax + about.queuedMax) return undefined
    for (const pending of this.#pending.values()) {
      if (pending.isSent) continue
      const text = this.#line(session, about, pending, wallNow)
      if (Buffer.byteLength(text) < lineBytesMax) {
        pending.isSent = true
        pending.endsAt = after(this.#now, pending.order.timeoutMs + this.#limits.graceMs)
        this.#underWay++
        return text
      }
      const message = `the order has more than the ${lineBytesMax} bytes that the guest takes`
      this.#end(pending, { type: 'failed', code: 'too-large', message }, 0)
    }
    return undefined
  }

  #line(session: string, about: GuestAbout, { id, order }: Pending, wallNow: WallMillis): string {
    const { command, actor, timeoutMs } = order
    // As it will be read, so that what is signed is what the guest reads.
    const given = JSON.parse(JSON.stringify(order.arguments)) as ExactObject
    const line: CommandLine = { type: 'command', session, id, command, arguments: given, actor, timeoutMs }
    if (!order.isSigned || this.#signer === undefined) return JSON.stringify(line)
    return JSON.stringify({ ...line, signature: signOrder(this.#signer, about.guest, line, Math.floor(wallNow)) })
  }

  #refuse(order: HostOrder, message: string): void {
    this.#ended(order.ticket, { type: 'lost', mayHaveRun: false, message }, 0)
  }

  #end(pending: Pending, ending: OrderEnding, dropped: number): void {
    this.#pending.delete(pending.id)
    this.#ids.delete(pending.order.ticket)
    this.#cancels.delete(pending.id)
    if (pending.isSent) this.#underWay--
    this.#ended(pending.order.ticket, ending, dropped)
  }
}
