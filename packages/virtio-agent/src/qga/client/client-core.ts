import { FlotillaError } from '@flotilla/core/errors'
import { BoundedQueue } from '@flotilla/core/machines'
import { after, type Millis } from '@flotilla/core/time'
import {
  isExactObject,
  LineSplitter,
  memberOf,
  readJsonLine,
  writeJson,
  type ExactJson,
  type ExactObject,
} from '../../lines/index.ts'
import type { QgaClientLimits } from './limits.ts'

/** A command for the QEMU guest agent of a guest. */
export interface QgaCall {
  /** The caller's own number for it, never used twice. */
  readonly ticket: number
  /** As `guest-get-osinfo`. */
  readonly command: string
  readonly arguments?: ExactObject
  readonly timeoutMs: number
  /** That nothing is answered where all goes well, as by `guest-shutdown`. */
  readonly isSilent?: boolean
}

export type QgaEnding =
  /** Whole numbers that do not fit a `number` are a `bigint`. */
  | { readonly type: 'returned'; readonly value: ExactJson }
  /** A silent command has not been refused. */
  | { readonly type: 'silent' }
  /** `CommandNotFound`: the agent does not know it, or it is disabled. */
  | { readonly type: 'refused'; readonly class: string; readonly message: string }
  | { readonly type: 'lost'; readonly mayHaveRun: boolean; readonly message: string }

export type QgaClientInput =
  | { readonly type: 'peer'; readonly isThere: boolean }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'call'; readonly call: QgaCall }
  | { readonly type: 'wake' }

export type QgaClientEffect =
  /** Once for each call. */
  | { readonly type: 'ended'; readonly ticket: number; readonly ending: QgaEnding }
  /** Whether an agent answers. */
  | { readonly type: 'agent'; readonly isThere: boolean }

interface UnderWay {
  readonly call: QgaCall
  readonly id: string
  isSent: boolean
  /** Counted from when it was its turn. */
  readonly endsAt: Millis
}

interface Sync {
  readonly id: number
  isSent: boolean
  readonly endsAt: Millis
}

const messageUnitsMax = 4_096
const jsonLimits = { depthMax: 64, valuesMax: 1_000_000 }

/**
 * The host's side of the QEMU guest agent's dialect, towards one guest, who may be hostile. One call after the other;
 * before the first, and after one that was not answered, both sides are brought into step: a number that comes back
 * shows that whatever was asked before has been answered or never will be.
 */
export class QgaClientCore {
  readonly #limits: QgaClientLimits
  readonly #splitter: LineSplitter
  readonly #waiting: BoundedQueue<QgaCall>
  #isThere = false
  #isInStep = false
  #sync: Sync | undefined
  #syncAt = Infinity as Millis
  #underWay: UnderWay | undefined
  #lastId: number
  #now = 0 as Millis
  #effects: QgaClientEffect[] = []

  /** `firstId`: where the numbers begin, best where no older host of this guest's left off. */
  constructor(limits: QgaClientLimits, firstId: number) {
    this.#limits = limits
    this.#lastId = firstId
    this.#splitter = new LineSplitter(limits.replyBytesMax)
    this.#waiting = new BoundedQueue({ capacity: limits.callsMax, whenFull: 'refuse' })
  }

  step(now: Millis, input: QgaClientInput): void {
    this.#now = now
    switch (input.type) {
      case 'peer':
        this.#meet(input.isThere)
        break
      case 'bytes':
        if (this.#isThere) this.#read(input.bytes)
        break
      case 'call':
        this.#call(input.call)
        break
      case 'wake':
        break
    }
    this.#expire()
    this.#next()
  }

  drain(): readonly QgaClientEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  deadline(): Millis {
    const { endsAt: callEndsAt = Infinity } = this.#underWay ?? {}
    const { endsAt: syncEndsAt = Infinity } = this.#sync ?? {}
    return Math.min(callEndsAt, syncEndsAt, this.#syncAt) as Millis
  }

  /** The next line to send. To be asked for when the one before has been written to its end. */
  nextLine(): Uint8Array | undefined {
    const sync = this.#sync
    if (sync !== undefined) {
      if (sync.isSent) return undefined
      sync.isSent = true
      const text = `${writeJson({ execute: 'guest-sync-delimited', arguments: { id: sync.id } })}\n`
      // 0xFF lets the agent drop what an older connection had begun.
      return Uint8Array.of(0xff, ...new TextEncoder().encode(text))
    }
    const current = this.#underWay
    if (current === undefined || current.isSent) return undefined
    current.isSent = true
    const { command, arguments: given } = current.call
    const request = { execute: command, ...(given === undefined ? {} : { arguments: given }), id: current.id }
    return new TextEncoder().encode(`${writeJson(request)}\n`)
  }

  #meet(isThere: boolean): void {
    this.#isThere = isThere
    this.#splitter.clear()
    this.#outOfStep()
    this.#sync = undefined
    this.#syncAt = isThere ? this.#now : (Infinity as Millis)
    const current = this.#underWay
    if (current?.isSent === true && current.call.isSilent === true) this.#end({ type: 'silent' })
    else this.#lose('the guest is away')
    if (isThere) return
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      this.#tell(call, { type: 'lost', mayHaveRun: false, message: 'the guest is away' })
    }
  }

  #call(call: QgaCall): void {
    if (!this.#isThere) return this.#tell(call, { type: 'lost', mayHaveRun: false, message: 'the guest is away' })
    if (this.#waiting.push(call)) return
    const message = `${this.#limits.callsMax} calls wait for this guest: wait for some of them first`
    this.#tell(call, { type: 'lost', mayHaveRun: false, message })
  }

  #next(): void {
    if (!this.#isThere || !this.#isInStep || this.#underWay !== undefined) return
    const call = this.#waiting.shift()
    if (call === undefined) return
    const patienceMs = call.isSilent === true ? Math.min(call.timeoutMs, this.#limits.silentMs) : call.timeoutMs
    this.#underWay = { call, id: `flotilla-${++this.#lastId}`, isSent: false, endsAt: after(this.#now, patienceMs) }
  }

  #expire(): void {
    const current = this.#underWay
    if (current !== undefined && this.#now >= current.endsAt) {
      if (current.isSent && current.call.isSilent === true) this.#end({ type: 'silent' })
      else {
        this.#lose('the agent has not answered in time')
        this.#outOfStep()
        this.#syncAt = this.#now
      }
    }
    if (this.#sync !== undefined && this.#now >= this.#sync.endsAt) this.#syncFailed()
    if (this.#sync === undefined && this.#now >= this.#syncAt) {
      this.#syncAt = Infinity as Millis
      this.#sync = { id: ++this.#lastId, isSent: false, endsAt: after(this.#now, this.#limits.syncMs) }
    }
  }

  /** Nobody is kept waiting for an agent that does not answer. */
  #syncFailed(): void {
    this.#sync = undefined
    this.#syncAt = after(this.#now, this.#limits.syncAgainMs)
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      this.#tell(call, { type: 'lost', mayHaveRun: false, message: 'no agent answers in the guest' })
    }
  }

  #outOfStep(): void {
    if (this.#isInStep) this.#effects.push({ type: 'agent', isThere: false })
    this.#isInStep = false
  }

  #read(bytes: Uint8Array): void {
    this.#splitter.push(bytes, {
      onLine: (line) => this.#line(line),
      onTooLong: () => this.#tooLong(),
    })
  }

  #tooLong(): void {
    if (this.#underWay?.isSent !== true) return
    const message = `the answer has more than ${this.#limits.replyBytesMax} bytes`
    this.#end({ type: 'lost', mayHaveRun: true, message })
  }

  #line(line: Uint8Array): void {
    let reply: ExactJson
    try {
      reply = readJsonLine(line, { messageBytesMax: this.#limits.replyBytesMax, ...jsonLimits })
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      return
    }
    if (!isExactObject(reply) || memberOf(reply, 'event') !== undefined) return
    if (this.#sync !== undefined) return this.#inStep(reply)
    const current = this.#underWay
    // Older agents do not repeat the id; then it is the answer, as nothing else is under way.
    const id = memberOf(reply, 'id')
    if (current === undefined || !current.isSent || (id !== undefined && id !== current.id)) return
    const value = memberOf(reply, 'return')
    if (value !== undefined) return this.#end({ type: 'returned', value })
    const error = memberOf(reply, 'error')
    if (isExactObject(error)) this.#end(refusalOf(error))
  }

  #inStep(reply: ExactObject): void {
    if (this.#sync?.isSent !== true || memberOf(reply, 'return') !== this.#sync.id) return
    this.#sync = undefined
    this.#isInStep = true
    this.#effects.push({ type: 'agent', isThere: true })
  }

  #lose(message: string): void {
    const current = this.#underWay
    if (current !== undefined) this.#end({ type: 'lost', mayHaveRun: current.isSent, message })
  }

  #end(ending: QgaEnding): void {
    const current = this.#underWay
    this.#underWay = undefined
    if (current !== undefined) this.#tell(current.call, ending)
  }

  #tell({ ticket }: QgaCall, ending: QgaEnding): void {
    this.#effects.push({ type: 'ended', ticket, ending })
  }
}

function refusalOf(error: ExactObject): QgaEnding {
  const text = (name: string): string => {
    const value = memberOf(error, name)
    return typeof value === 'string' ? value.slice(0, messageUnitsMax) : ''
  }
  return { type: 'refused', class: text('class') || 'GenericError', message: text('desc') }
}
