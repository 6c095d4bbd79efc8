import type { CertificateFacts } from '@flotilla/certificates'
import { assert } from '@flotilla/core/errors'
import type { Address, Link, LinkHandlers } from '../links.ts'
import type { MemoryLinkWeather, MemoryProcess } from './memory-links.ts'
import { after } from '@flotilla/core/time'

/** The way from one end to the other. */
export interface Wire {
  readonly isCut: () => boolean
  readonly weather: () => MemoryLinkWeather
  readonly delayMs: () => number
  /** From 1 to `most`. */
  readonly draw: (most: number) => number
  readonly gone: (end: MemoryEnd) => void
}

type Cargo = { bytes: Uint8Array } | { readonly closing: Error | undefined }

/** One end of a link in memory, and the bytes that are on their way from it. */
export class MemoryEnd implements Link {
  readonly process: MemoryProcess
  readonly peer: CertificateFacts
  readonly address: Address
  readonly dialledHere: boolean
  #far: MemoryEnd | undefined
  #wire: Wire | undefined
  #handlers: LinkHandlers | undefined
  /** What was written and has not been handed to the far end, oldest first. */
  readonly #underWay: Cargo[] = []
  #bytesUnderWay = 0
  /** The first so many of them are the system's. */
  #takenOver = 0
  /** The first so many of them have arrived, and wait for the far end to read. */
  #arrived = 0
  /** On the far end's clock: what was sent last does not arrive before. */
  #lastArrivalAt = 0
  #paused = false
  #ended = false
  #state: 'open' | 'closed' | 'dead' = 'open'
  /** Why it was closed. */
  #error: Error | undefined

  constructor(options: Pick<Link, 'peer' | 'address' | 'dialledHere'> & { readonly process: MemoryProcess }) {
    this.process = options.process
    this.peer = options.peer
    this.address = options.address
    this.dialledHere = options.dialledHere
  }

  get owner(): CertificateFacts {
    return this.process.facts
  }

  /** Takes what has arrived for this end, if nothing is in the way any more. */
  pull(): void {
    const far = this.#far
    if (far !== undefined) far.#passOn()
  }

  get bufferedBytes(): number {
    return Math.max(0, this.#bytesUnderWay - (this.#wire?.weather().socketBufferBytes ?? 0))
  }

  join(far: MemoryEnd, wire: Wire): void {
    this.#far = far
    this.#wire = wire
  }

  start(handlers: LinkHandlers): void {
    assert(this.#handlers === undefined, 'a link is started once')
    this.#handlers = handlers
    if (this.#state === 'closed') this.#tellClosed()
    this.pull()
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== 'open' || this.#ended) return
    this.#bytesUnderWay += bytes.byteLength
    this.#send({ bytes })
    this.#takeOver()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.pull()
  }

  end(): void {
    if (this.#state !== 'open' || this.#ended) return
    this.#ended = true
    this.#send({ closing: undefined })
  }

  destroy(): void {
    if (this.#state !== 'open') return
    this.#underWay.length = 0
    this.#takenOver = 0
    this.#arrived = 0
    this.#bytesUnderWay = 0
    this.#ended = true
    this.#send({ closing: new Error('the connection was reset by the far side') })
    this.#close(undefined)
  }

  /** Both ends are told that the link broke. */
  break(): void {
    const error = new Error('the connection was reset')
    const far = this.#far
    if (far !== undefined) far.#close(error)
    this.#close(error)
  }

  /** This end is told that the link broke; the other one never is, and goes on into the void. */
  lose(): void {
    this.#underWay.length = 0
    this.#takenOver = 0
    this.#arrived = 0
    this.#close(new Error('the connection timed out'))
  }

  /** The process of this end is gone. */
  die(silently: boolean): void {
    if (this.#state !== 'open') return
    if (!silently) this.destroy()
    this.#state = 'dead'
    this.#wire?.gone(this)
  }

  #send(cargo: Cargo): void {
    const [far, wire] = [this.#far, this.#wire]
    if (far === undefined || wire === undefined) return
    this.#underWay.push(cargo)
    const { clock } = far.process
    const takesMs = 'bytes' in cargo ? cargo.bytes.byteLength / wire.weather().bytesPerMs : 0
    this.#lastArrivalAt = Math.max(this.#lastArrivalAt, after(clock.now(), wire.delayMs())) + takesMs
    clock.wakeAt(after(clock.now(), this.#lastArrivalAt - clock.now()), () => {
      this.#arrived++
      this.#passOn()
    })
  }

  /** Hands over what has arrived, if nothing is in the way. */
  #passOn(): void {
    const [far, wire] = [this.#far, this.#wire]
    if (far === undefined || wire === undefined) return
    while (this.#arrived > 0 && far.#state === 'open' && far.#handlers !== undefined && !far.#paused) {
      if (wire.isCut()) return
      this.#arrived--
      const cargo = this.#underWay.shift()
      this.#takenOver = Math.max(0, this.#takenOver - 1)
      if (cargo === undefined) return
      if ('closing' in cargo) {
        far.#close(cargo.closing)
        return this.#close(undefined)
      }
      const wasBuffered = this.bufferedBytes > 0
      this.#bytesUnderWay -= cargo.bytes.byteLength
      far.#receive(cargo.bytes, wire)
      this.#takeOver()
      if (wasBuffered) this.#tellDrained()
    }
  }

  #receive(bytes: Uint8Array, wire: Wire): void {
    const { pieceBytesMax } = wire.weather()
    for (let at = 0; at < bytes.byteLength && this.#state === 'open';) {
      const end =
        bytes.byteLength <= pieceBytesMax && pieceBytesMax >= 65_536 ? bytes.byteLength : at + wire.draw(pieceBytesMax)
      this.#handlers?.data(new Uint8Array(bytes.subarray(at, end)))
      at = end
    }
  }

  /** What the system has taken is its own: the writer may change its bytes from then on, and not before. */
  #takeOver(): void {
    if (this.bufferedBytes > 0) return
    for (const cargo of this.#underWay.slice(this.#takenOver)) {
      if ('bytes' in cargo) cargo.bytes = new Uint8Array(cargo.bytes)
    }
    this.#takenOver = this.#underWay.length
  }

  #tellDrained(): void {
    if (this.bufferedBytes > 0) return
    const { clock } = this.process
    clock.wakeAt(clock.now(), () => {
      if (this.#state === 'open' && this.bufferedBytes === 0) this.#handlers?.drained()
    })
  }

  /** Nothing comes any more but the word that it is closed. */
  #close(error: Error | undefined): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#error = error
    this.#wire?.gone(this)
    if (this.#handlers !== undefined) this.#tellClosed()
  }

  #tellClosed(): void {
    const { clock } = this.process
    clock.wakeAt(clock.now(), () => {
      if (this.#state === 'closed') this.#handlers?.closed(this.#error)
    })
  }
}
