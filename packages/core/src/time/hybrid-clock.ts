import { assert, FlotillaError, ProtocolError } from '../errors/index.ts'
import type { WallMillis } from './clock.ts'
import { compareHybrid, hybridCounterMax, hybridTime, hybridWallMsMax, type HybridTime } from './hybrid-time.ts'

export interface HybridClockSettings {
  /** How far ahead of our calendar a peer's moment may be. 30,000 by default, 0 to one day. */
  readonly driftMsMax?: number
  /** The latest moment that was given out before a restart: the clock goes on after it. */
  readonly latest?: HybridTime
}

/**
 * The tolerance that signed envelopes have by default too, so that who is heard there is heard here. A tighter one
 * would shut out virtual machines that were paused or moved, which fall behind by seconds until their calendar is set
 * right.
 */
const driftMsMaxDefault = 30_000
const driftMsMaxMax = 86_400_000

/**
 * A hybrid logical clock (Kulkarni, Demirbas et al. 2014): every moment that it gives is later than all that it gave or
 * observed before, and as near to the calendar as that allows. It never goes back, whatever the calendar does.
 *
 * Peers cannot drag it away: it is at most `driftMsMax` ahead of the highest that our own calendar ever said, plus one
 * millisecond for every 65,536 moments that it had to find in between.
 */
export class HybridClock {
  readonly #driftMsMax: number
  #latest: HybridTime

  constructor(settings: HybridClockSettings = {}) {
    const { driftMsMax = driftMsMaxDefault, latest = hybridTime(0, 0) } = settings
    if (!(Number.isInteger(driftMsMax) && driftMsMax >= 0 && driftMsMax <= driftMsMaxMax)) {
      throw new FlotillaError(
        'wrong-setting',
        `hybrid clock: driftMsMax is ${driftMsMax}; it must be a whole number from 0 to ${driftMsMaxMax}`,
      )
    }
    this.#driftMsMax = driftMsMax
    this.#latest = latest
  }

  /** The latest moment given or observed. */
  get latest(): HybridTime {
    return this.#latest
  }

  /** A moment for something that happens here: a write, a message that is sent. */
  tick(wallNow: WallMillis): HybridTime {
    this.#latest = later(this.#latest, wholeWall(wallNow))
    return this.#latest
  }

  /**
   * A moment for the arrival of something that has this one: later than it, and than everything here. Throws
   * `clock-drift`, and stays as it was, where the peer's moment is too far ahead of our calendar.
   */
  observe(remote: HybridTime, wallNow: WallMillis): HybridTime {
    const wallMs = wholeWall(wallNow)
    const aheadMs = remote.wallMs - wallMs
    if (aheadMs > this.#driftMsMax) {
      throw new ProtocolError('clock-drift', `a peer's time is ${aheadMs} ms ahead of ours`, {
        hint: `set the clocks of both machines (NTP); up to ${this.#driftMsMax} ms are tolerated`,
      })
    }
    this.#latest = later(compareHybrid(remote, this.#latest) > 0 ? remote : this.#latest, wallMs)
    return this.#latest
  }
}

/** The calendar's moment if that is later than `than`, or else the next one after it. */
function later(than: HybridTime, wallMs: number): HybridTime {
  if (wallMs > than.wallMs) return hybridTime(wallMs, 0)
  if (than.counter < hybridCounterMax) return hybridTime(than.wallMs, than.counter + 1)
  // In the year 10889 our own calendar at the latest is wrong.
  assert(than.wallMs < hybridWallMsMax, 'a hybrid clock is not at its end')
  return hybridTime(than.wallMs + 1, 0)
}

/** A calendar may say anything: what lies outside of 48 bits is taken as the nearest that does not. */
function wholeWall(wallNow: WallMillis): number {
  assert(!Number.isNaN(wallNow), 'a calendar gives a number')
  return Math.min(Math.max(Math.floor(wallNow), 0), hybridWallMsMax)
}
