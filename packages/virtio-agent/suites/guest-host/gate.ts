import type { Clock, Millis } from '@flotilla/core/time'
import type { WallChannel, WallChannelEvents } from '../../src/index.ts'
import type { Dialect, Machine } from './machine.ts'

const newline = 0x0a

/** A channel that one host has opened, with what went through it written down. */
export class Gate implements WallChannel {
  readonly machine: Machine
  readonly dialect: Dialect
  readonly clock: Clock
  readonly #inner: WallChannel | undefined
  readonly #onClosed: (gate: Gate) => void
  #isClosed = false
  /** When it was connected, by the host's clock. */
  connectedAt: Millis
  /** Since then. */
  bytes = 0
  /** Of the line that has not ended. */
  unfinishedBytes = 0

  /** Without an inner one nobody is ever there, as where there is no such socket any more. */
  constructor(options: {
    readonly machine: Machine
    readonly dialect: Dialect
    readonly clock: Clock
    readonly inner: WallChannel | undefined
    readonly onClosed: (gate: Gate) => void
  }) {
    this.machine = options.machine
    this.dialect = options.dialect
    this.clock = options.clock
    this.#inner = options.inner
    this.#onClosed = options.onClosed
    this.connectedAt = options.clock.now()
  }

  begin(events: WallChannelEvents): void {
    this.#inner?.begin({
      ...events,
      onPeer: (isThere) => {
        // By a wake of the host's clock, as a host that has crashed hears nothing any more.
        this.clock.wakeAt(this.clock.now(), () => {
          if (this.#isClosed) return
          this.unfinishedBytes = 0
          events.onPeer(isThere)
        })
      },
      onBytes: (bytes) => {
        this.bytes += bytes.length
        const end = bytes.lastIndexOf(newline)
        this.unfinishedBytes = end === -1 ? this.unfinishedBytes + bytes.length : bytes.length - end - 1
        events.onBytes(bytes)
      },
      onRoom: () => events.onRoom(),
      onTrouble: (error) => events.onTrouble(error),
    })
  }

  write(bytes: Uint8Array): number {
    return this.#inner?.write(bytes) ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#onClosed(this)
    await this.#inner?.[Symbol.asyncDispose]()
  }
}
