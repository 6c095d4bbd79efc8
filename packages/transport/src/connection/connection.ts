import type { CertificateFacts } from '@flotilla/certificates'
import { ProtocolError } from '@flotilla/core/errors'
import type { Frame, Left } from '@flotilla/core/network/sessions'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import type { SessionRate } from '../broadcast/session-rate.ts'
import type { Compression } from '../frames/compression.ts'
import { FrameDecoder } from '../frames/frame-decoder.ts'
import { isConnectionFrame, type ConnectionFrame, type FrameLimits, type WireFrame } from '../frames/wire.ts'
import type { TransportLimits } from '../limits.ts'
import type { Address, Link } from '../links.ts'
import { fitted } from './fitting.ts'
import { goodbye, type GoodbyeCode } from './goodbye.ts'
import { helloOf, helloRefusal, type Greeter, type Hello } from './hello.ts'
import { Liveness } from './liveness.ts'
import { ReadPause } from './read-pause.ts'
import { RoundTrip } from './round-trip.ts'
import { Sending } from './sending.ts'

export interface ConnectionOptions {
  readonly link: Link
  readonly greeter: Greeter
  readonly limits: TransportLimits
  readonly clock: Clock
  readonly compression: Compression | undefined
  /** How fast the far side may talk; undefined: as fast as it can. */
  readonly rate: SessionRate | undefined
  readonly turnEnd: (run: () => void) => void
  readonly events: ConnectionEvents
}

interface ConnectionEvents {
  /** The far side greeted, rightly: `open` or `close` it before this returns. */
  greeted(connection: Connection, hello: Hello): void
  /** A frame of an open connection. A `ProtocolError` closes it. */
  frame(connection: Connection, frame: Frame): void
  /** Called once: nothing comes of it any more, nothing goes but what waits, and that not for long. */
  closed(connection: Connection, why: Ending): void
  /** Called once, after `closed`: its link is gone. */
  gone(connection: Connection): void
}

/** Why a connection ended: `lost` when the link broke without a word. */
export interface Ending {
  readonly code: GoodbyeCode | 'lost'
  readonly reason: string
  readonly byPeer: boolean
}

/** Endings after which no word would reach the far side. */
const wordless: ReadonlySet<Ending['code']> = new Set(['lost', 'silent', 'stalled'])

/** One connection, from the link to its end: greeting, frames both ways, signs of life, goodbye. */
export class Connection {
  readonly peer: CertificateFacts
  readonly address: Address
  readonly dialledHere: boolean
  readonly begunAt: Millis
  messagesIn = 0
  messagesOut = 0
  bytesIn = 0
  readonly #options: ConnectionOptions
  readonly #decoder: FrameDecoder
  readonly #liveness: Liveness
  readonly #roundTrip = new RoundTrip()
  readonly #sending: Sending
  readonly #reading: ReadPause
  #state: 'greeting' | 'open' | 'closing' | 'gone' = 'greeting'
  /** What the far side takes; known once it has greeted. */
  #peerLimits: FrameLimits | undefined
  #agreed: Compression | undefined
  #timer: Disposable | undefined

  constructor(options: ConnectionOptions) {
    const { link, greeter, limits, clock, rate, turnEnd } = options
    this.#options = options
    this.peer = link.peer
    this.address = link.address
    this.dialledHere = link.dialledHere
    this.begunAt = clock.now()
    this.#decoder = new FrameDecoder({ limits: greeter.limits, take: (frame) => this.#take(frame) })
    this.#liveness = new Liveness(limits, this.begunAt)
    this.#reading = new ReadPause(link, clock, rate)
    this.#sending = new Sending({
      link,
      limits,
      turnEnd,
      onTaken: () => this.#liveness.took(clock.now()),
      onFlushed: () => this.#keepBounds(),
    })
  }

  get state(): 'greeting' | 'open' | 'closing' | 'gone' {
    return this.#state
  }

  get bytesOut(): number {
    return this.#sending.bytesOut
  }

  get queuedBytes(): number {
    return this.#sending.queuedBytes
  }

  get queuedFrames(): number {
    return this.#sending.queuedFrames
  }

  get roundTripMs(): number | undefined {
    return this.#roundTrip.smoothedMs
  }

  get partitionSuspected(): boolean {
    return this.#liveness.isSuspected(this.#options.clock.now())
  }

  /** Greets, or waits for the greeting. To be called once, first. */
  start(): void {
    const { link, limits, clock } = this.#options
    this.#timer = clock.wakeAt(after(clock.now(), limits.helloTimeoutMs), () => {
      if (this.#state !== 'greeting') return
      this.#end({ code: 'silent', reason: `no greeting came within ${limits.helloTimeoutMs} ms`, byPeer: false })
    })
    if (this.dialledHere) this.#greet()
    link.start({
      data: (bytes) => this.#data(bytes),
      drained: () => this.#sending.flush(),
      closed: (error) => this.#linkClosed(error),
    })
  }

  /** Takes it into use, in answer to `greeted`. */
  open(): void {
    if (!this.dialledHere) this.#greet()
    this.#state = 'open'
    this.#sending.compressBy(this.#agreed)
    this.#decoder.compression = this.#agreed
    this.#rearm()
    this.#beat()
  }

  /** As `SendFrame` says; what is sent when it is not open is forgotten. */
  send(frame: Frame, left?: Left): void {
    if (this.#state !== 'open' || this.#peerLimits === undefined) return
    const fit = fitted(frame, this.#peerLimits)
    if ('send' in fit) {
      this.messagesOut++
      return this.#sending.push(fit.send, left)
    }
    const bytes = 'payload' in frame ? frame.payload.byteLength : 0
    this.#options.turnEnd(() => {
      if (this.#state !== 'open') return
      left?.(1, bytes)
      if (fit.refusal !== undefined) this.#options.events.frame(this, fit.refusal)
    })
  }

  /** Says goodbye and closes, after what waits has gone if it is to `drain`. */
  close(code: GoodbyeCode, reason: string, { drain = false }: { readonly drain?: boolean } = {}): void {
    this.#end({ code, reason, byPeer: false }, drain && this.#state === 'open')
  }

  /** Another connection shows that the far end of this one may be gone. */
  doubt(): void {
    if (this.#state !== 'open') return
    this.#liveness.doubt(this.#options.clock.now())
    this.#beat()
    this.#rearm()
  }

  #greet(): void {
    this.#sending.hello(helloOf(this.#options.greeter))
  }

  #data(bytes: Uint8Array): void {
    if (this.#state !== 'greeting' && this.#state !== 'open') return
    const messagesBefore = this.messagesIn
    this.bytesIn += bytes.byteLength
    this.#liveness.heard(this.#options.clock.now())
    try {
      this.#decoder.push(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        this.#options.link.destroy()
        throw error
      }
      return this.close('protocol', error.message)
    }
    if (this.#state !== 'open') return
    this.#keepBounds()
    this.#reading.spend(this.messagesIn - messagesBefore, bytes.byteLength)
  }

  #take(frame: WireFrame): void {
    if (this.#state === 'greeting') return this.#takeGreeting(frame)
    if (isConnectionFrame(frame)) return this.#takeOwn(frame)
    this.messagesIn++
    this.#options.events.frame(this, frame)
  }

  #takeOwn(frame: ConnectionFrame): void {
    switch (frame.kind) {
      case 'hello':
        throw new ProtocolError('malformed', 'a second greeting came')
      case 'goodbye':
        return this.#end({ ...frame.goodbye, byPeer: true })
      case 'ping':
        return this.#sending.beat('pong', frame.number)
      case 'pong':
        return this.#roundTrip.answered(this.#options.clock.now(), frame.number)
    }
  }

  #takeGreeting(frame: WireFrame): void {
    const { greeter, compression, events } = this.#options
    if (frame.kind === 'goodbye') return this.#end({ ...frame.goodbye, byPeer: true })
    if (frame.kind !== 'hello') throw new ProtocolError('malformed', `a ${frame.kind} came before any greeting`)
    const refusal = helloRefusal(frame.hello, this.peer, greeter)
    if (refusal !== undefined) return this.close(refusal.code, refusal.reason)
    this.#peerLimits = frame.hello
    this.#agreed = compression?.name === frame.hello.compression ? compression : undefined
    events.greeted(this, frame.hello)
  }

  #beat(): void {
    this.#sending.beat('ping', this.#roundTrip.sent(this.#options.clock.now()))
  }

  #rearm(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#options.clock.wakeAt(this.#liveness.deadline(), () => this.#wake())
  }

  #wake(): void {
    const { clock, limits } = this.#options
    if (this.#state !== 'open') return
    const signs = { waiting: this.#sending.isWaiting, paused: this.#reading.isPaused }
    const verdict = this.#liveness.step(clock.now(), signs)
    switch (verdict) {
      case 'silent':
        return this.#end({ code: 'silent', reason: `nothing was heard for ${limits.deadAfterMs} ms`, byPeer: false })
      case 'stalled':
        return this.#end({ code: 'stalled', reason: `nothing was taken for ${limits.stallAfterMs} ms`, byPeer: false })
      case 'beat':
        this.#sending.rest()
        this.#beat()
        return this.#rearm()
    }
  }

  /** A peer that does not read is not read from; if that does not help, it is given up. */
  #keepBounds(): void {
    const { replyBytesHighWater } = this.#options.limits
    const { replyBytes, queuedBytes, isOverfull } = this.#sending
    if (isOverfull) {
      const reason = `${queuedBytes} bytes wait and are not read (replyBytesMax, controlBytesMax, outboxBytesMax)`
      return this.close('overloaded', reason)
    }
    if (replyBytes > replyBytesHighWater) this.#reading.set('replies', true)
    else if (replyBytes <= replyBytesHighWater / 2) this.#reading.set('replies', false)
  }

  #linkClosed(error: Error | undefined): void {
    if (this.#state === 'gone') return
    this.#end({ code: 'lost', reason: error?.message ?? 'the far side closed the connection', byPeer: true })
    this.#state = 'gone'
    this.#timer?.[Symbol.dispose]()
    this.#options.events.gone(this)
  }

  /** Nothing of it counts any more. With `drain` what waits, and the goodbye after it, is still sent. */
  #end(why: Ending, drain = false): void {
    const { link, clock, limits, events } = this.#options
    if (this.#state === 'closing' || this.#state === 'gone') return
    this.#state = 'closing'
    this.#decoder.stop()
    this.#reading.end()
    const { code, reason, byPeer } = why
    const isSaid = !byPeer && code !== 'lost' && !wordless.has(code)
    this.#timer?.[Symbol.dispose]()
    this.#timer = clock.wakeAt(after(clock.now(), limits.drainMsMax), () => {
      link.destroy()
      this.#linkClosed(undefined) // A link that never says that it is closed is not waited for.
    })
    events.closed(this, why)
    if (wordless.has(code)) link.destroy()
    else this.#sending.end(isSaid ? goodbye(code, reason) : undefined, { drop: !drain })
  }
}
