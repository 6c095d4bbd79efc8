import { FlotillaError } from '@flotilla/core/errors'
import type { Millis } from '@flotilla/core/time'

export interface SessionRateSettings {
  /** Notices, requests, publications and frames of streams that one peer may send in a second. Default 200,000. */
  readonly sessionMessagesPerSecondMax: number
  /** Bytes that one peer may send in a second. Default `Infinity`, which is no limit. */
  readonly sessionBytesPerSecondMax: number
  /** How much of a second's worth of either may come at once. Default 250. */
  readonly sessionBurstMs: number
  /**
   * The longest that reading pauses at a time, so that heartbeats get through; what is still owed is paused for after
   * the next read. Default 250.
   */
  readonly sessionPauseMsMax: number
}

export const sessionRateDefaults: SessionRateSettings = {
  sessionMessagesPerSecondMax: 200_000,
  sessionBytesPerSecondMax: Infinity,
  sessionBurstMs: 250,
  sessionPauseMsMax: 250,
}

const allowed: { readonly [Name in keyof SessionRateSettings]: readonly [least: number, most: number] } = {
  sessionMessagesPerSecondMax: [100, 100_000_000],
  // With less, one read of 64 KiB for each pause would be more than the limit.
  sessionBytesPerSecondMax: [2 ** 20, 2 ** 40],
  sessionBurstMs: [1, 60_000],
  sessionPauseMsMax: [1, 5_000],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateSessionRate(settings: Partial<SessionRateSettings> = {}): SessionRateSettings {
  const complete = { ...sessionRateDefaults, ...settings }
  for (const name of Object.keys(allowed) as (keyof SessionRateSettings)[]) {
    const [least, most] = allowed[name]
    const value = complete[name]
    const isNone = name === 'sessionBytesPerSecondMax' && value === Infinity
    if (isNone || (Number.isInteger(value) && value >= least && value <= most)) continue
    throw new FlotillaError(
      'wrong-setting',
      `session: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
    )
  }
  return complete
}

/**
 * How fast one peer may talk on its connection. What has come was read already and is worked off; whoever owns the
 * connection then stops to read for a while, so that TCP slows the peer down. Nothing is refused, nothing is lost.
 *
 *     const pauseMs = rate.spend(clock.now(), messagesInChunk, chunk.length)
 *     if (pauseMs > 0) { link.pause(); clock.wakeAt(after(now, pauseMs), () => link.resume()) }
 *
 * It keeps one number for each limit: the time at which everything that came would have come at exactly the rate
 * allowed (the virtual scheduling form of the leaky bucket, ITU-T I.371). How far that is ahead of now is the debt.
 */
export class SessionRate {
  readonly #settings: SessionRateSettings
  #messagesPaidAt = -Infinity
  #bytesPaidAt = -Infinity

  constructor(settings: Partial<SessionRateSettings> = {}) {
    this.#settings = validateSessionRate(settings)
  }

  /** So much has come. Returns for how many milliseconds not to read: 0 to go on, at most `sessionPauseMsMax`. */
  spend(now: Millis, messages: number, bytes: number): number {
    const { sessionMessagesPerSecondMax, sessionBytesPerSecondMax, sessionBurstMs, sessionPauseMsMax } = this.#settings
    this.#messagesPaidAt = Math.max(this.#messagesPaidAt, now) + (messages * 1_000) / sessionMessagesPerSecondMax
    this.#bytesPaidAt = Math.max(this.#bytesPaidAt, now) + (bytes * 1_000) / sessionBytesPerSecondMax
    const aheadMs = Math.max(this.#messagesPaidAt, this.#bytesPaidAt) - now
    return Math.min(Math.max(0, aheadMs - sessionBurstMs), sessionPauseMsMax)
  }
}
