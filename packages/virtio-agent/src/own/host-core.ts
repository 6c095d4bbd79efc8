import { FlotillaError } from '@flotilla/core/errors'
import { TokenBucket } from '@flotilla/core/machines'
import { after, type Millis } from '@flotilla/core/time'
import { Buffer } from 'node:buffer'
import { LineSplitter, readJsonLine } from '../lines/index.ts'
import { readGuestMetrics } from './guest-figures.ts'
import { readGuestLine } from './guest-lines.ts'
import type { OwnHostCoreOptions, OwnHostEffect, OwnHostInput } from './host-events.ts'
import { HostOrders } from './host-orders.ts'
import { lineDepthMax, lineValuesMax, type OwnHostLimits } from './limits.ts'
import { ownVersion, type GuestAbout, type GuestLine, type HelloRefusal } from './messages.ts'
import { unpacked } from './packed-figures.ts'
import { pieceOf } from './progress-piece.ts'
import { isSealedLine, sessionSeals, type SessionSeals } from './protection.ts'

interface Session {
  readonly id: string
  readonly seals: SessionSeals | undefined
  about: GuestAbout | undefined
}

const nonceLength = 16
const newline = '\n'

/** The host's side of our own dialect, towards one guest, who may be hostile. `index.ts` says how it goes. */
export class OwnHostCore {
  readonly #options: OwnHostCoreOptions
  readonly #limits: OwnHostLimits
  readonly #splitter: LineSplitter
  readonly #orders: HostOrders
  readonly #control: string[] = []
  #bucket: TokenBucket | undefined
  #isThere = false
  /** Ours, of this connection. */
  #nonce = ''
  #helloAt = Infinity as Millis
  /** Said with this nonce. */
  #hellos = 0
  /** It was told that the guest does not want us. */
  #isRefused = false
  #hello: string | undefined
  #session: Session | undefined
  #heardAt = 0 as Millis
  #beatAt = Infinity as Millis
  #beats = 0
  #metrics: OwnHostCoreOptions['metrics']
  #now = 0 as Millis
  /** So that a flood of bad lines is told once in a while. */
  #isBlamed = false
  #effects: OwnHostEffect[] = []

  constructor(options: OwnHostCoreOptions) {
    this.#options = options
    this.#limits = options.limits
    this.#metrics = options.metrics
    this.#splitter = new LineSplitter(options.limits.lineBytesMax)
    this.#orders = new HostOrders(options.limits, options.signer, (ticket, ending, dropped) =>
      this.#effects.push({ type: 'ended', ticket, ending, dropped }),
    )
  }

  step(now: Millis, input: OwnHostInput): void {
    this.#now = now
    switch (input.type) {
      case 'peer':
        this.#meet(input.isThere)
        break
      case 'bytes':
        if (this.#isThere) this.#read(input.bytes)
        break
      case 'order':
        this.#orders.add(now, input.order, this.#session?.about !== undefined)
        break
      case 'cancel':
        this.#orders.cancel(input.ticket)
        break
      case 'configure':
        this.#metrics = { intervalMs: input.intervalMs, detail: input.detail }
        this.#sendMetricsSettings()
        break
      case 'collect':
        this.#say({ type: 'collect' })
        break
      case 'wake':
        break
    }
    this.#expire()
  }

  drain(): readonly OwnHostEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  deadline(): Millis {
    const silentAt = this.#session === undefined ? Infinity : after(this.#heardAt, this.#limits.silentMs)
    return Math.min(this.#helloAt, this.#beatAt, silentAt, this.#orders.deadline()) as Millis
  }

  /** The next line to send. To be asked for when the one before has been written to its end. */
  nextLine(): Uint8Array | undefined {
    if (this.#hello !== undefined) {
      const text = this.#hello
      this.#hello = undefined
      // The newline ends whatever an older connection had begun.
      return new TextEncoder().encode(newline + text + newline)
    }
    const session = this.#session
    if (session === undefined) return undefined
    const text = this.#control.shift() ?? this.#nextOrder(session)
    if (text === undefined) return undefined
    return session.seals?.seal.seal(new TextEncoder().encode(text)) ?? new TextEncoder().encode(text + newline)
  }

  #nextOrder({ id, about, seals }: Session): string | undefined {
    if (about === undefined) return undefined
    // A sealed line is longer than what is in it.
    const bytesMax = seals === undefined ? about.lineBytesMax : Math.floor((about.lineBytesMax - 64) * 0.75)
    return this.#orders.next(id, about, bytesMax, this.#options.wallNow())
  }

  #meet(isThere: boolean): void {
    this.#isThere = isThere
    this.#splitter.clear()
    this.#part(isThere ? 'the connection is a new one' : 'the guest is away')
    if (isThere) this.#greet()
    else this.#helloAt = Infinity as Millis
  }

  #greet(): void {
    this.#hellos = 0
    this.#isRefused = false
    this.#nonce = Buffer.from(this.#options.entropy.bytes(nonceLength)).toString('hex')
    this.#sayHello()
  }

  #sayHello(): void {
    const isSealed = this.#options.key !== undefined
    this.#hello = JSON.stringify({ type: 'hello', version: ownVersion, host: this.#nonce, isSealed })
    // Less and less often: on a slow channel the answers to all of them would be in the way of the first.
    const { helloAgainMs, beatMs } = this.#limits
    this.#helloAt = after(this.#now, Math.max(helloAgainMs, Math.min(beatMs, helloAgainMs * 2 ** this.#hellos++)))
  }

  #part(why: string): void {
    const wasWelcomed = this.#session !== undefined
    this.#session = undefined
    this.#control.length = 0
    this.#hello = undefined
    this.#beatAt = Infinity as Millis
    this.#orders.lose(why)
    if (wasWelcomed) this.#effects.push({ type: 'parted', why })
  }

  #expire(): void {
    this.#orders.expire(this.#now)
    if (!this.#isThere) return
    if (this.#session !== undefined && this.#now >= after(this.#heardAt, this.#limits.silentMs)) {
      this.#part('the guest has not been heard of for long')
      this.#greet()
    }
    if (this.#now >= this.#helloAt) this.#sayHello()
    if (this.#now < this.#beatAt) return
    this.#beatAt = after(this.#now, this.#limits.beatMs)
    this.#isBlamed = false
    this.#say({ type: 'beat', number: ++this.#beats })
  }

  /** Only what is newest of its kind waits: a guest that does not read makes nothing grow. */
  #say(line: { readonly type: 'beat' | 'collect' | 'configure' } & Readonly<Record<string, unknown>>): void {
    const session = this.#session?.id
    if (session === undefined) return
    const start = `{"type":"${line.type}"`
    const waiting = this.#control.findIndex((text) => text.startsWith(start))
    if (waiting !== -1) this.#control.splice(waiting, 1)
    this.#control.push(JSON.stringify({ ...line, session }))
  }

  #sendMetricsSettings(): void {
    if (this.#metrics !== undefined) this.#say({ type: 'configure', ...this.#metrics })
  }

  #read(bytes: Uint8Array): void {
    const refillTokens = this.#limits.linesPerSecondMax
    this.#bucket ??= new TokenBucket({ capacity: 2 * refillTokens, refillTokens }, this.#now)
    this.#splitter.push(bytes, {
      onLine: (line) => {
        if (this.#bucket?.take(this.#now) === true) this.#line(line)
        else this.#blame('the guest sends more lines than are read')
      },
      onTooLong: () => this.#blame('the guest sent a line that is too long'),
    })
  }

  #line(line: Uint8Array): void {
    try {
      const isSealed = isSealedLine(line)
      const text = isSealed ? this.#session?.seals?.opener.open(line) : line
      if (text === undefined) return this.#blame('the guest sent a line whose seal does not hold')
      const { lineBytesMax } = this.#limits
      const limits = { messageBytesMax: lineBytesMax, depthMax: lineDepthMax, valuesMax: lineValuesMax }
      const read = readGuestLine(readJsonLine(text, limits))
      if (read.type === 'welcome') return this.#welcome(read)
      if (read.type === 'refused') return this.#refused(read)
      if (read.type === 'ended') return this.#ended(read.session)
      if (isSealed || this.#options.key === undefined) this.#hear(read)
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      this.#blame(error.message)
    }
  }

  #welcome(line: Extract<GuestLine, { readonly type: 'welcome' }>): void {
    const { key } = this.#options
    // Of an older connection, or again.
    if (line.host !== this.#nonce || this.#session !== undefined) return
    if (line.isSealed !== (key !== undefined)) {
      const message = 'the guest wants to speak in the clear: whoever answers has not the key'
      return this.#refuse('not-sealed', message)
    }
    const seals = key === undefined ? undefined : sessionSeals(key, this.#nonce, line.session, 'host')
    this.#session = { id: line.session, seals, about: undefined }
    this.#hello = undefined
    this.#helloAt = after(this.#now, this.#limits.helloAgainMs)
    this.#heardAt = this.#now
    this.#beatAt = after(this.#now, this.#limits.beatMs)
    this.#sendMetricsSettings()
  }

  #refused(line: Extract<GuestLine, { readonly type: 'refused' }>): void {
    if (line.host !== this.#nonce || this.#session !== undefined) return
    // It may be given the key, or another version, while we wait.
    this.#helloAt = after(this.#now, this.#limits.beatMs)
    this.#refuse(line.code, line.message)
  }

  /** Once for each connection. */
  #refuse(code: HelloRefusal | 'not-sealed', message: string): void {
    if (!this.#isRefused) this.#effects.push({ type: 'refused', code, message })
    this.#isRefused = true
  }

  /** The guest has forgotten us: it was started again. */
  #ended(session: string): void {
    if (this.#session === undefined) {
      if (this.#helloAt !== Infinity && /^0+$/.test(session)) this.#sayHello()
      return
    }
    if (session !== this.#session.id && !/^0+$/.test(session)) return
    this.#part('the guest has begun anew')
    this.#greet()
  }

  #hear(line: Exclude<GuestLine, { readonly type: 'welcome' | 'refused' | 'ended' }>): void {
    const session = this.#session
    if (session === undefined || line.session !== session.id) return
    this.#heardAt = this.#now
    switch (line.type) {
      case 'about':
        if (session.about === undefined) {
          this.#effects.push({ type: 'welcomed', about: line.about, session: session.id })
        }
        session.about = line.about
        // Until then it was asked again: the welcome may have come without what follows it.
        this.#helloAt = Infinity as Millis
        return
      case 'metrics':
        return this.#hearMetrics(line)
      case 'progress':
        return this.#hearProgress(line)
      case 'result':
        return this.#orders.answered(line.id, line.outcome, line.dropped)
      case 'beat':
        return
      case 'notice':
        this.#effects.push({ type: 'notice', code: line.code, count: line.count })
    }
  }

  #hearMetrics(line: Extract<GuestLine, { readonly type: 'metrics' }>): void {
    const { packing, limits } = this.#options
    const figures = line.packed === undefined ? line.figures : unpacked(line.packed, packing, limits.unpackedBytesMax)
    const { number, detail } = line
    this.#effects.push({ type: 'metrics', metrics: readGuestMetrics(figures), detail, number })
  }

  #hearProgress(line: Extract<GuestLine, { readonly type: 'progress' }>): void {
    const ticket = this.#orders.ticketOf(line.id)
    if (ticket === undefined) return
    this.#effects.push({ type: 'progress', ticket, piece: pieceOf(line), dropped: line.dropped })
  }

  /** Once between two beats. */
  #blame(what: string): void {
    if (this.#isBlamed) return
    this.#isBlamed = true
    this.#effects.push({ type: 'trouble', what })
  }
}
