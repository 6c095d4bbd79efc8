import { spawn } from 'node:child_process'
import type { Logger } from '@flotilla/core/observe'
import { after, type Clock } from '@flotilla/core/time'

export interface SystemdNotifierOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly logger: Logger
  /** What tells it; a program of systemd, because Node has no sockets of that kind. */
  readonly tell?: (assignments: readonly string[], failed: (error: Error) => void) => void
}

/** Of the time after which it is taken for hanging. */
const watchdogShare = 1 / 3
const microsecondsPerMs = 1_000

/** Tells whoever started this process as a service how it is; nobody, where it was not started so. */
export class SystemdNotifier implements Disposable {
  readonly #options: SystemdNotifierOptions
  readonly #isWatched: boolean
  #timer: Disposable | undefined
  #isWarned = false

  constructor(options: SystemdNotifierOptions) {
    this.#options = options
    this.#isWatched = (options.environment['NOTIFY_SOCKET'] ?? '') !== ''
  }

  ready(): void {
    this.#tell('READY=1')
    this.#watch()
  }

  /** From now on it may take as long as stopping may. */
  stopping(): void {
    this[Symbol.dispose]()
    this.#tell('STOPPING=1')
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
  }

  /** The timer comes only where the event loop still turns. */
  #watch(): void {
    const { environment, clock } = this.#options
    const everyMs = (Number(environment['WATCHDOG_USEC'] ?? 0) / microsecondsPerMs) * watchdogShare
    if (!(everyMs > 0)) return
    this.#timer = clock.wakeAt(after(clock.now(), everyMs), () => {
      this.#tell('WATCHDOG=1')
      this.#watch()
    })
  }

  #tell(...assignments: readonly string[]): void {
    const { logger, tell = bySystemdNotify } = this.#options
    if (!this.#isWatched) return
    tell(assignments, (error) => {
      if (!this.#isWarned) logger.warn({ err: error }, 'systemd cannot be told how this node is')
      this.#isWarned = true
    })
  }
}

function bySystemdNotify(assignments: readonly string[], failed: (error: Error) => void): void {
  const child = spawn('systemd-notify', assignments, { stdio: 'ignore' })
  child.on('error', failed)
  child.on('exit', (code) => {
    if (code !== 0) failed(new Error(`systemd-notify ended with ${code}`))
  })
}
