import { FlotillaError } from '@flotilla/core/errors'
import { after, type Millis } from '@flotilla/core/time'
import type { SharedKey } from '../own/index.ts'
import type { QgaEnding } from '../qga/client/index.ts'
import type { Dialect } from '../ports/port-names.ts'
import type { VmOrder, VmOutcome, VmQgaCall } from './contract.ts'
import type { LinkParts, VmParts } from './link-parts.ts'
import { OwnLink } from './own-link-driver.ts'
import { endingOfQga, notInQga, qgaOrder } from './qga-orders.ts'
import { QgaLink } from './qga-link-driver.ts'
import type { VmRecord } from './vm-record.ts'

/**
 * One machine. Our own dialect wherever it has a channel for it; the QEMU dialect while nobody answers in ours, or when
 * somebody asks for it, because whoever else wants that socket cannot have it meanwhile.
 */
export class VmDriver implements AsyncDisposable {
  readonly record: VmRecord
  readonly #parts: VmParts
  #own: OwnLink | undefined
  #ownPath: string | undefined
  #qga: QgaLink | undefined
  #qgaPath: string | undefined
  /** Since when nobody has answered in our own dialect. */
  #ownMissedSince: Millis
  /** Until it is its turn to be asked for the first time. */
  #turn: Disposable | undefined
  readonly #closing = new Set<Promise<void>>()

  /** Nothing is asked before `meetAt`, but what somebody wants of it in the QEMU dialect. */
  constructor(parts: VmParts, meetAt: Millis) {
    const { clock, record } = parts
    this.#parts = parts
    this.record = record
    this.#ownMissedSince = clock.now()
    if (meetAt > clock.now()) this.#turn = clock.wakeAt(meetAt, () => this.#meet())
  }

  /** Where its channels are now; with each look, as its key may have been changed meanwhile. */
  use(paths: { readonly [Each in Dialect]?: string | undefined }): void {
    this.#ownPath = paths.own
    if (this.#turn === undefined) this.#useOwn()
    if (paths.qga === this.#qgaPath) return
    this.#qgaPath = paths.qga
    this.#closeQga()
  }

  tick(now: Millis): void {
    if (this.#turn !== undefined) return
    const { ownPatienceMs } = this.#parts.limits
    if (this.record.about !== undefined) this.#ownMissedSince = now
    const isMissed = this.#own === undefined || now >= after(this.#ownMissedSince, ownPatienceMs)
    if (isMissed) this.#openedQga()?.tick(now)
    else if (this.#qga !== undefined && now >= after(this.#qga.usedAt, ownPatienceMs)) this.#closeQga()
  }

  configure(metrics: NonNullable<LinkParts['metrics']>): void {
    this.#own?.configure(metrics)
  }

  async order(order: VmOrder): Promise<VmOutcome> {
    this.record.ordered()
    if (this.record.about !== undefined && this.#own !== undefined) return this.#own.give(order)
    const qga = this.record.hasQga ? this.#qga : undefined
    if (qga === undefined) {
      const message = `no agent answers in ${this.record.vm} now`
      return { ending: { type: 'lost', mayHaveRun: false, message }, dropped: 0 }
    }
    const part = qgaOrder(order)
    if (part === undefined) return { ending: notInQga(order), dropped: 0 }
    return { ending: endingOfQga(await qga.call({ ...part, timeoutMs: order.timeoutMs })), dropped: 0 }
  }

  qga(call: VmQgaCall): Promise<QgaEnding> {
    this.record.ordered()
    const link = this.#openedQga()
    if (link !== undefined) return link.call(call)
    const message = `${this.record.vm} has no channel for the QEMU guest agent`
    return Promise.resolve({ type: 'lost', mayHaveRun: false, message })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#turn?.[Symbol.dispose]()
    this.#turn = undefined
    this.#close(this.#own)
    this.#own = undefined
    this.#closeQga()
    await Promise.all(this.#closing)
  }

  #meet(): void {
    // It was disposed of when this was due already.
    if (this.#turn === undefined) return
    this.#turn = undefined
    this.#ownMissedSince = this.#parts.clock.now()
    this.#useOwn()
    this.tick(this.#ownMissedSince)
  }

  #useOwn(): void {
    const path = this.#ownPath
    if (path === undefined) return this.#dropOwn()
    // Who talks already goes on.
    if (path === this.#own?.path && this.record.about !== undefined) return
    const wanted = this.#key()
    if (wanted.type === 'unusable') {
      this.#dropOwn()
      return this.record.unreachable('own', wanted.why, this.#parts.clock.wallNow())
    }
    if (path === this.#own?.path && isSameKey(wanted.key, this.#own.key)) return
    this.#close(this.#own)
    this.#own = new OwnLink(path, { ...this.#parts, key: wanted.key })
    this.#ownMissedSince = this.#parts.clock.now()
  }

  #dropOwn(): void {
    if (this.#own === undefined) return
    this.#close(this.#own)
    this.#own = undefined
    this.record.without('own', this.#parts.clock.wallNow())
    this.#ownMissedSince = this.#parts.clock.now()
  }

  /** A key that cannot be used must not be taken for none: the machine would be spoken with in the clear. */
  #key():
    | { readonly type: 'usable'; readonly key: SharedKey | undefined }
    | { readonly type: 'unusable'; readonly why: string } {
    try {
      return { type: 'usable', key: this.#parts.keyOf() }
    } catch (error) {
      return { type: 'unusable', why: reasonOf(error) }
    }
  }

  #openedQga(): QgaLink | undefined {
    if (this.#qgaPath !== undefined) this.#qga ??= new QgaLink(this.#qgaPath, { ...this.#parts, key: undefined })
    return this.#qga
  }

  #closeQga(): void {
    const link = this.#qga
    this.#qga = undefined
    if (link === undefined) return
    this.#close(link)
    this.record.without('qga', this.#parts.clock.wallNow())
  }

  #close(link: AsyncDisposable | undefined): void {
    if (link === undefined) return
    const closed = Promise.resolve(link[Symbol.asyncDispose]())
    this.#closing.add(closed)
    void closed.finally(() => this.#closing.delete(closed))
  }
}

function isSameKey(one: SharedKey | undefined, other: SharedKey | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one.bytes.length === other.bytes.length && one.bytes.every((byte, index) => byte === other.bytes[index])
}

function reasonOf(error: unknown): string {
  if (error instanceof FlotillaError) return error.sentence
  return error instanceof Error ? error.message : String(error)
}
