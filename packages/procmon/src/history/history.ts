import type { HistoryPoint, HistoryQuery } from '../contract.ts'
import { shown, wrongQuery } from '../querying/query.ts'
import type { FlatFigures } from './flat-figures.ts'
import { validateHistoryLimits, type HistoryLimits } from './limits.ts'
import { Ring, type RingPast } from './ring.ts'

type Resolution = HistoryQuery['resolution']

const resolutionsMs: Readonly<Record<Resolution, number>> = Object.freeze({
  '1s': 1_000,
  '1min': 60_000,
  '1h': 3_600_000,
})

/** A figure that was recorded within this time is not given up for a new one. */
const absentMsMin = 60_000

/** What a calendar can say. */
const wallMsMax = 8_640_000_000_000_000

/** All that is remembered of one figure, for whoever keeps it over a restart. */
export interface FigurePast {
  readonly name: string
  readonly lastMs: number
  readonly rings: Readonly<Record<Resolution, RingPast>>
}

interface Past {
  readonly rings: Readonly<Record<Resolution, Ring>>
  lastMs: number
}

/** The past of every figure, at three resolutions. A figure that comes and goes has gaps. */
export class History {
  readonly #limits: HistoryLimits
  readonly #pasts = new Map<string, Past>()
  #leftOut = 0

  constructor(limits: { readonly [Name in keyof HistoryLimits]?: number | undefined } = {}) {
    this.#limits = validateHistoryLimits(limits)
  }

  record(wallMs: number, figures: FlatFigures): void {
    this.#leftOut = 0
    if (!(wallMs >= 0 && wallMs <= wallMsMax)) return // A calendar that makes no sense has no history.
    for (const [name, value] of figures) {
      const past = this.#pasts.get(name) ?? this.#add(name, wallMs)
      if (past === undefined) {
        this.#leftOut++
        continue
      }
      past.lastMs = wallMs
      for (const resolution of resolutions) past.rings[resolution].record(wallMs, value)
    }
  }

  /** How many figures of the newest record have no history, as there are too many. */
  get leftOut(): number {
    return this.#leftOut
  }

  figures(): readonly string[] {
    return [...this.#pasts.keys()].toSorted()
  }

  /** Undefined where that figure has no history. */
  past(name: string): FigurePast | undefined {
    const past = this.#pasts.get(name)
    if (past === undefined) return undefined
    const { rings, lastMs } = past
    return { name, lastMs, rings: { '1s': rings['1s'].past(), '1min': rings['1min'].past(), '1h': rings['1h'].past() } }
  }

  /** What was kept of an earlier life. To be called before the first record; figures beyond the limits are left out. */
  restore({ name, lastMs, rings }: FigurePast): void {
    if (this.#pasts.has(name) || this.#pasts.size >= this.#limits.figuresMax) return
    const past = this.#add(name, lastMs)
    if (past === undefined) return
    for (const resolution of resolutions) past.rings[resolution].restore(rings[resolution])
  }

  /** From the oldest on; the last point is of a span that goes on. Nothing where that figure has no history. */
  points({ figure, resolution, sinceMs = 0 }: HistoryQuery): readonly HistoryPoint[] {
    if (!resolutions.includes(resolution)) {
      throw wrongQuery(`there is no history at ${shown(resolution)}`, `ask for ${resolutions.join(', ')}`)
    }
    if (!Number.isFinite(sinceMs)) throw wrongQuery('sinceMs must be a number of milliseconds since 1970')
    return this.#pasts.get(figure)?.rings[resolution].points(sinceMs) ?? []
  }

  /** What the points of all figures take. */
  get bytes(): number {
    let bytes = 0
    for (const { rings } of this.#pasts.values()) {
      for (const resolution of resolutions) bytes += rings[resolution].bytes
    }
    return bytes
  }

  #add(name: string, wallMs: number): Past | undefined {
    const { figuresMax, nameLengthMax, secondsMax, minutesMax, hoursMax } = this.#limits
    if (name.length > nameLengthMax) return undefined
    if (this.#pasts.size >= figuresMax && !this.#giveUpOne(wallMs)) return undefined
    const past: Past = {
      rings: {
        '1s': new Ring(resolutionsMs['1s'], secondsMax),
        '1min': new Ring(resolutionsMs['1min'], minutesMax),
        '1h': new Ring(resolutionsMs['1h'], hoursMax),
      },
      lastMs: wallMs,
    }
    this.#pasts.set(name, past)
    return past
  }

  /** Names of interfaces of containers are drawn anew each time: without this the dead would take all the room. */
  #giveUpOne(wallMs: number): boolean {
    let longest: { readonly name: string; readonly absentMs: number } | undefined
    for (const [name, { lastMs }] of this.#pasts) {
      const absentMs = Math.abs(wallMs - lastMs)
      if (absentMs >= absentMsMin && absentMs > (longest?.absentMs ?? 0)) longest = { name, absentMs }
    }
    return longest !== undefined && this.#pasts.delete(longest.name)
  }
}

const resolutions = Object.freeze(Object.keys(resolutionsMs)) as readonly Resolution[]
