import { FlotillaError } from '@flotilla/core/errors'
import { after, type Millis } from '@flotilla/core/time'
import { Buffer } from 'node:buffer'
import {
  commandNames,
  type CommandOutcome,
  type GuestMetrics,
  type MetricsDetail,
  type ProgressPiece,
} from '../contract.ts'
import { LineSplitter, readJsonLine } from '../lines/index.ts'
import * as own from '../own/index.ts'
import { metricsText } from './metrics-line.ts'
import type { OwnCoreOptions, OwnEffect, OwnInput } from './own-events.ts'
import { OwnOrders } from './own-orders.ts'
import { OwnOutgoing } from './own-outgoing.ts'
import { OwnPushing } from './own-pushing.ts'

interface Session {
  readonly id: string
  readonly host: string
  readonly seals: own.SessionSeals | undefined
}

const nonceLength = 16
const newline = '\n'
const noSession = '0'.repeat(2 * nonceLength)

/** The guest's side of our own dialect; `../own/index.ts` says how it goes. */
export class OwnGuestCore {
  readonly #options: OwnCoreOptions
  readonly #limits: own.OwnGuestLimits
  readonly #splitter: LineSplitter
  readonly #outgoing: OwnOutgoing
  readonly #orders: OwnOrders
  readonly #pushing: OwnPushing
  #isThere = false
  #session: Session | undefined
  #heardAt = 0 as Millis
  #now = 0 as Millis
  #effects: OwnEffect[] = []
  /** Lines that go out unsealed although the session is sealed: the welcome. */
  #plain = new Set<string>()

  constructor(options: OwnCoreOptions) {
    this.#options = options
    this.#limits = options.limits
    this.#splitter = new LineSplitter(options.limits.lineBytesMax)
    this.#outgoing = new OwnOutgoing(options.limits)
    this.#pushing = new OwnPushing(options.limits.metricsIntervalMs, options.detail)
    this.#orders = new OwnOrders(options.limits, {
      onRun: (run, order) => this.#effects.push({ type: 'run', run, order }),
      onAbort: (run, why) => this.#effects.push({ type: 'abort', run, why }),
      onResult: (id, outcome, dropped) => this.#answer(id, outcome, dropped),
      onProgress: (id, piece, dropped) => this.#progress(id, piece, dropped),
    })
  }

  get hasSession(): boolean {
    return this.#session !== undefined
  }

  step(now: Millis, input: OwnInput): void {
    this.#now = now
    switch (input.type) {
      case 'peer':
        this.#meet(input.isThere)
        break
      case 'bytes':
        if (this.#isThere) this.#read(input.bytes)
        break
      case 'collected':
        this.#collected(input.collection, input.metrics)
        break
      case 'progress':
        this.#orders.progress(input.run, input.piece)
        break
      case 'ended':
        this.#orders.ended(input.run, input.outcome)
        break
      case 'wake':
        break
    }
    this.#expire()
  }

  drain(): readonly OwnEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  deadline(): Millis {
    const silentAt = this.#session === undefined ? Infinity : after(this.#heardAt, this.#limits.silentMs)
    return Math.min(silentAt, this.#pushing.deadline(), this.#orders.deadline()) as Millis
  }

  /** The next line to send. To be asked for when the one before has been written to its end. */
  nextLine(): Uint8Array | undefined {
    const text = this.#outgoing.next(this.#session?.id)
    if (text === undefined) return undefined
    const seals = this.#session?.seals
    if (seals === undefined || this.#plain.delete(text)) return new TextEncoder().encode(text + newline)
    return seals.seal.seal(new TextEncoder().encode(text))
  }

  /** What the guest's owner wants from now on; the host may change it again. */
  configure(intervalMs: number, detail: MetricsDetail): void {
    this.#pushing.configure(this.#now, intervalMs, detail)
  }

  #meet(isThere: boolean): void {
    this.#isThere = isThere
    this.#splitter.clear()
    this.#endSession()
    // A host that was there all along, while this agent was started again, has to begin anew.
    if (isThere) this.#outgoing.set({ type: 'ended', session: noSession })
  }

  #endSession(): void {
    this.#session = undefined
    this.#plain = new Set()
    this.#outgoing.clear()
    this.#orders.endSession()
    this.#pushing.stop()
  }

  #expire(): void {
    this.#orders.expire(this.#now)
    if (this.#session === undefined) return
    if (this.#now >= after(this.#heardAt, this.#limits.silentMs)) {
      this.#effects.push({ type: 'note', what: 'the host has not been heard of for long' })
      return this.#endSession()
    }
    const collecting = this.#pushing.due(this.#now)
    if (collecting !== undefined) this.#effects.push({ type: 'collect', ...collecting })
  }

  #read(bytes: Uint8Array): void {
    this.#splitter.push(bytes, {
      onLine: (line) => this.#line(line),
      onTooLong: () => this.#outgoing.notice('line-too-long'),
    })
  }

  #line(line: Uint8Array): void {
    try {
      const isSealed = own.isSealedLine(line)
      const seals = this.#session?.seals
      const text = isSealed ? seals?.opener.open(line) : line
      if (text === undefined) return this.#unopened()
      const limits = {
        messageBytesMax: this.#limits.lineBytesMax,
        depthMax: own.lineDepthMax,
        valuesMax: own.lineValuesMax,
      }
      const read = own.readHostLine(readJsonLine(text, limits))
      if (read.type === 'hello') return isSealed ? undefined : this.#hello(read)
      // In a sealed session nothing else is heard in the clear.
      if (isSealed || this.#options.key === undefined) this.#hear(read)
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      if (this.#session !== undefined) this.#outgoing.notice('wrong-line')
    }
  }

  /** Forged, or of an older session: a host that does not know that it is over has to begin anew. */
  #unopened(): void {
    if (this.#session === undefined) this.#outgoing.set({ type: 'ended', session: noSession })
  }

  #hello(line: Extract<own.HostLine, { readonly type: 'hello' }>): void {
    const { key } = this.#options
    if (line.version !== own.ownVersion) {
      return this.#refuse(line.host, 'wrong-version', `this agent speaks version ${own.ownVersion}`)
    }
    if (line.isSealed && key === undefined) return this.#refuse(line.host, 'has-no-key', 'no key is installed here')
    if (!line.isSealed && key !== undefined) {
      return this.#refuse(line.host, 'needs-key', 'a key is installed here: give the host the same one')
    }
    if (this.#session?.host !== line.host) {
      this.#endSession()
      const id = Buffer.from(this.#options.entropy.bytes(nonceLength)).toString('hex')
      const seals = key === undefined ? undefined : own.sessionSeals(key, line.host, id, 'guest')
      this.#session = { id, host: line.host, seals }
      this.#pushing.start(this.#now)
    }
    this.#heardAt = this.#now
    this.#welcome(this.#session)
  }

  #refuse(host: string, code: own.HelloRefusal, message: string): void {
    // A session with a key goes on: whoever has none could end it otherwise.
    if (this.#session?.seals === undefined) this.#endSession()
    const line = { type: 'refused', host, code, message } as const
    this.#plain.clear()
    this.#plain.add(JSON.stringify(line))
    this.#outgoing.set(line)
  }

  #welcome({ id: session, host, seals }: Session): void {
    const { guest, agentVersion } = this.#options
    const { concurrentMax, queuedMax, lineBytesMax } = this.#limits
    const { intervalMs, detail } = this.#pushing
    const isSealed = seals !== undefined
    const welcome = { type: 'welcome', version: own.ownVersion, host, session, isSealed } as const
    this.#plain.clear()
    this.#plain.add(JSON.stringify(welcome))
    this.#outgoing.set(welcome)
    const commands = this.#options.supported()
    const about = { guest, agentVersion, commands, concurrentMax, queuedMax, lineBytesMax, intervalMs, detail }
    this.#outgoing.set({ type: 'about', session, about })
  }

  #hear(line: Exclude<own.HostLine, { readonly type: 'hello' }>): void {
    const session = this.#session
    if (session === undefined || line.session !== session.id) {
      // Perhaps the host does not know that its session is over; if it does, it skips this.
      return this.#outgoing.set({ type: 'ended', session: line.session })
    }
    this.#heardAt = this.#now
    switch (line.type) {
      case 'configure':
        return this.#pushing.configure(this.#now, line.intervalMs, line.detail)
      case 'collect':
        return this.#pushing.now(this.#now)
      case 'command':
        return this.#command(line)
      case 'cancel':
        return this.#orders.cancel(line.id)
      case 'beat':
        return this.#outgoing.set({ type: 'beat', session: session.id, number: line.number })
    }
  }

  #command(line: own.CommandLine): void {
    if (!this.#orders.take(line.id)) return
    const refusal = this.#begin(line)
    if (refusal === undefined) return
    const { command, actor } = line
    this.#effects.push({ type: 'refused', refused: { command, actor, code: refusal.code } })
    this.#answer(line.id, { type: 'refused', ...refusal }, 0)
  }

  /** Why it is not begun. */
  #begin(line: own.CommandLine): Omit<Extract<CommandOutcome, { readonly type: 'refused' }>, 'type'> | undefined {
    if (this.#orders.isFull) return { code: 'overloaded', message: 'too many commands wait: send fewer at once' }
    const command = commandNames.find((name) => name === line.command)
    if (command === undefined) return { code: 'unknown-command', message: `this agent does not know ${line.command}` }
    const verdict = this.#verdict(line)
    if (verdict === 'wrong-signature') return { code: verdict, message: 'no key that this guest trusts has signed it' }
    if (verdict === 'replayed') {
      return { code: verdict, message: 'it was signed for another time: set the clocks of both machines right' }
    }
    const timeoutMs = Math.min(line.timeoutMs, this.#limits.timeoutMsMax)
    const isSigned = verdict === 'signed'
    this.#orders.add(this.#now, line.id, { command, arguments: line.arguments, actor: line.actor, isSigned, timeoutMs })
    return undefined
  }

  #verdict(line: own.CommandLine): own.SignatureVerdict {
    const { trust, guest } = this.#options
    if (trust === undefined) return line.signature === undefined ? 'not-signed' : 'wrong-signature'
    const time = { nowMs: this.#options.wallNow(), toleranceMs: this.#limits.signatureToleranceMs }
    return own.judgeSignature(trust, guest, line, time)
  }

  #answer(id: number, outcome: CommandOutcome, dropped: number): void {
    const session = this.#session
    if (session !== undefined) this.#outgoing.result({ type: 'result', session: session.id, id, dropped, outcome })
  }

  #progress(id: number, piece: ProgressPiece, dropped: number): boolean {
    const session = this.#session
    if (session === undefined) return false
    const head = { type: 'progress', session: session.id, id, dropped } as const
    if (piece.type === 'note') return this.#outgoing.progress({ ...head, note: piece.text.slice(0, 1_024) })
    for (let at = 0; at < piece.bytes.length; at += this.#limits.progressPieceBytesMax) {
      const part = Buffer.from(piece.bytes.subarray(at, at + this.#limits.progressPieceBytesMax)).toString('base64')
      if (!this.#outgoing.progress({ ...head, stream: piece.stream, bytes: part })) return false
    }
    return true
  }

  #collected(collection: number, metrics: GuestMetrics | undefined): void {
    const session = this.#session
    const collected = this.#pushing.collected(this.#now, collection)
    if (session === undefined || collected === undefined || metrics === undefined) return
    const { number, detail } = collected
    const head = { type: 'metrics', session: session.id, number, detail } as const
    this.#outgoing.setMetrics(() => metricsText(head, metrics, this.#limits.packAboveBytes, this.#options.packing))
  }
}
