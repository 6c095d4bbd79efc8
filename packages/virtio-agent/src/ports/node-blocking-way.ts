import { closeSync, constants, openSync, read, write } from 'node:fs'
import { after, type Clock } from '@flotilla/core/time'
import { portLimits, type PortSettings } from './limits.ts'
import { portTrouble } from './port-trouble.ts'
import type { OpenPort, PortWay, PortWayEvents } from './port-way.ts'

/**
 * Reads and writes that wait in libuv's threads: public interfaces only. While the host is there a read is always
 * pending, and it can be ended by the host alone: `process.exit()` would hang, only a deadly signal ends the process.
 * A write that is pending when the host goes survives, and the next host gets the rest of it first.
 */
export function blockingWay(find: () => string, clock: Clock, settings: PortSettings): PortWay {
  return {
    name: 'blocking-read',
    open: (events) => new BlockingPort({ descriptor: openedDevice(find()), clock, events, settings }),
  }
}

function openedDevice(path: string): number {
  try {
    return openSync(path, constants.O_RDWR)
  } catch (error) {
    throw portTrouble(path, error)
  }
}

interface BlockingPortOptions {
  readonly descriptor: number
  readonly clock: Clock
  readonly events: PortWayEvents
  readonly settings: PortSettings
}

class BlockingPort implements OpenPort {
  readonly #options: BlockingPortOptions
  readonly #readBuffer = Buffer.allocUnsafeSlow(portLimits.readBytes)
  #isReading = false
  #isWriting = false
  #isThere = false
  #isOver = false
  #isClosed = false
  #unwritten: Buffer[] = []
  #unwrittenBytes = 0
  /** Somebody was refused room since the last `onRoom`. */
  #isRoomWanted = false

  constructor(options: BlockingPortOptions) {
    this.#options = options
  }

  look(): void {
    if (!this.#isReading && !this.#isOver) this.#read()
  }

  write(bytes: Uint8Array): number {
    if (!this.#isThere || this.#isOver) return 0
    const taken = Math.min(bytes.length, this.#options.settings.unwrittenBytesMax - this.#unwrittenBytes)
    if (taken < bytes.length) this.#isRoomWanted = true
    if (taken <= 0) return 0
    for (let at = 0; at < taken; at += portLimits.writeBytes) {
      this.#unwritten.push(Buffer.from(bytes.subarray(at, Math.min(taken, at + portLimits.writeBytes))))
    }
    this.#unwrittenBytes += taken
    this.#writeNext()
    return taken
  }

  /** A descriptor with a read pending is never closed: its number could be another file's when the read goes on. */
  close(): Promise<void> {
    this.#isOver = true
    this.#closeIfFree()
    return Promise.resolve()
  }

  #read(): void {
    const { descriptor, clock, settings } = this.#options
    this.#isReading = true
    // It says nothing while it waits; that it waits means that somebody is there.
    const patience = this.#isThere
      ? undefined
      : clock.wakeAt(after(clock.now(), settings.hostThereMs), () => this.#tell(true))
    read(descriptor, this.#readBuffer, 0, portLimits.readBytes, null, (error, length) => {
      patience?.[Symbol.dispose]()
      this.#isReading = false
      if (this.#isOver) this.#closeIfFree()
      else if (error !== null) this.#fail(error)
      else if (length === 0) this.#tell(false)
      else this.#take(length)
    })
  }

  #take(length: number): void {
    this.#tell(true)
    if (!this.#isOver) this.#options.events.onBytes(this.#readBuffer.subarray(0, length))
    if (!this.#isOver) this.#read()
  }

  #tell(isThere: boolean): void {
    if (this.#isThere === isThere || this.#isOver) return
    this.#isThere = isThere
    if (!isThere) {
      // What a thread has is out of our hands; the rest would reach the next host in the midst of a message.
      this.#unwritten = []
      if (!this.#isWriting) this.#unwrittenBytes = 0
    }
    this.#options.events.onHost(isThere)
  }

  #writeNext(): void {
    const piece = this.#unwritten[0]
    if (this.#isWriting || this.#isOver || piece === undefined) return
    this.#isWriting = true
    write(this.#options.descriptor, piece, 0, piece.length, null, (error, length) => {
      this.#isWriting = false
      if (this.#isOver) return this.#closeIfFree()
      if (error !== null) return this.#fail(error)
      this.#wrote(piece, length)
    })
  }

  #wrote(piece: Buffer, length: number): void {
    // The host may have gone meanwhile, and with it the rest.
    if (this.#unwritten[0] === piece) {
      if (length === piece.length) this.#unwritten.shift()
      else this.#unwritten[0] = piece.subarray(length)
    }
    this.#unwrittenBytes = this.#unwritten.reduce((sum, { length: rest }) => sum + rest, 0)
    this.#writeNext()
    if (!this.#isRoomWanted || !this.#isThere) return
    this.#isRoomWanted = false
    this.#options.events.onRoom()
  }

  #fail(error: unknown): void {
    this.#isOver = true
    this.#closeIfFree()
    this.#options.events.onLost(error)
  }

  #closeIfFree(): void {
    if (this.#isReading || this.#isWriting || this.#isClosed) return
    this.#isClosed = true
    closeSync(this.#options.descriptor)
  }
}
