import { Backoff } from '@flotilla/core/machines'
import type { Prng } from '@flotilla/core/random'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import { assert } from '@flotilla/core/errors'
import type { WallChannel, WallChannelEvents } from '../contract.ts'
import { portSettings, type PortSettings } from './limits.ts'
import type { OpenPort, PortWay } from './port-way.ts'

export interface VirtioPortOptions {
  readonly way: PortWay
  readonly clock: Clock
  readonly prng: Prng
  readonly settings?: Partial<PortSettings>
}

/**
 * The guest's end of a virtio port. It opens the device, again and again where that fails; looks for the host while it
 * is away, twice a second for a minute and then every two seconds; and is quiet while it is there.
 */
export function virtioPort(options: VirtioPortOptions): WallChannel {
  return new VirtioPort(options)
}

class VirtioPort implements WallChannel {
  readonly #way: PortWay
  readonly #clock: Clock
  readonly #settings: PortSettings
  readonly #backoff: Backoff
  #events: WallChannelEvents | undefined
  #open: OpenPort | undefined
  /** At most one wake is set: to open, or to look. */
  #wake: Disposable | undefined
  #isThere = false
  #thereSince = -Infinity
  /** Since the host was there, or the port was opened for the first time. */
  #looks = 0
  #isDisposed = false

  constructor({ way, clock, prng, settings }: VirtioPortOptions) {
    this.#way = way
    this.#clock = clock
    this.#settings = portSettings(settings)
    const { retryMsFirst, retryMsMax } = this.#settings
    this.#backoff = new Backoff(prng, {
      firstMs: Math.min(retryMsFirst, retryMsMax),
      capMs: retryMsMax,
      jitter: 'equal',
    })
  }

  begin(events: WallChannelEvents): void {
    assert(this.#events === undefined, 'a port begins once')
    this.#events = events
    this.#wakeIn(0, () => this.#tryOpen())
  }

  write(bytes: Uint8Array): number {
    return this.#isThere && this.#open !== undefined ? this.#open.write(bytes) : 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    this.#wake?.[Symbol.dispose]()
    const open = this.#open
    this.#open = undefined
    await open?.close()
  }

  #tryOpen(): void {
    try {
      const open = this.#way.open({
        onHost: (isThere) => this.#isCurrent(open) && this.#tell(isThere),
        onBytes: (bytes) => this.#isCurrent(open) && this.#events?.onBytes(bytes),
        onRoom: () => this.#isCurrent(open) && this.#isThere && this.#events?.onRoom(),
        onLost: (error) => this.#isCurrent(open) && this.#lost(error),
      })
      this.#open = open
      open.look()
      this.#lookLater()
    } catch (error) {
      this.#retry(error)
    }
  }

  #isCurrent(open: OpenPort): boolean {
    return !this.#isDisposed && this.#open === open
  }

  #tell(isThere: boolean): void {
    if (this.#isThere === isThere) return
    this.#isThere = isThere
    if (isThere) {
      // Only now is it sure that the port can be used.
      this.#backoff.reset()
      this.#looks = 0
      this.#thereSince = this.#clock.now()
      this.#wake?.[Symbol.dispose]()
    } else this.#lookLater()
    this.#events?.onPeer(isThere)
  }

  #lookLater(): void {
    if (this.#isThere || this.#open === undefined) return
    const { hostLookMs, hostLooksOften, hostLookMsSeldom } = this.#settings
    this.#wakeIn(this.#looks++ < hostLooksOften ? hostLookMs : hostLookMsSeldom, () => {
      this.#open?.look()
      this.#lookLater()
    })
  }

  #lost(error: unknown): void {
    const wasThereMs = this.#clock.now() - this.#thereSince
    const wasThere = this.#isThere
    this.#open = undefined
    this.#isThere = false
    if (error === undefined) {
      // A host that comes and goes all the time must not keep us busy.
      const { hostLookMs, reopenMs } = this.#settings
      this.#wakeIn(wasThere && wasThereMs >= hostLookMs ? reopenMs : hostLookMs, () => this.#tryOpen())
    }
    if (wasThere) this.#events?.onPeer(false)
    if (error !== undefined) this.#retry(error)
  }

  #retry(error: unknown): void {
    if (this.#isDisposed) return
    this.#open = undefined
    this.#wakeIn(this.#backoff.nextMs(), () => this.#tryOpen())
    this.#events?.onTrouble(error)
  }

  #wakeIn(durationMs: number, act: () => void): void {
    if (this.#isDisposed) return
    this.#wake?.[Symbol.dispose]()
    const at: Millis = after(this.#clock.now(), durationMs)
    this.#wake = this.#clock.wakeAt(at, act)
  }
}
