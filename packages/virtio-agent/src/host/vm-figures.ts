import { summaryFigures, type SummaryFigures, type SystemFigures } from '@flotilla/procmon'
import type { VmPoint } from './contract.ts'

/** In the order in which a point keeps them. */
const names = [
  'uptimeMs',
  'processor',
  'cores',
  'load1',
  'memoryUsedBytes',
  'memoryTotalBytes',
  'swapUsedBytes',
  'diskReadBytesPerSecond',
  'diskWrittenBytesPerSecond',
  'networkReceivedBytesPerSecond',
  'networkSentBytesPerSecond',
  'fullestFileSystem',
  'hottestCelsius',
  'processCount',
] as const satisfies readonly (keyof SummaryFigures)[]

const shares: ReadonlySet<string> = new Set(['processor', 'fullestFileSystem'])
const wholes: ReadonlySet<string> = new Set(['cores', 'processCount'])

/** The few figures of a guest that are shown beside those of others; whatever it says, they are within reason. */
export function vmFigures(system: SystemFigures): SummaryFigures {
  const said = summaryFigures(system)
  const kept = names.flatMap((name) => {
    const value = said[name]
    if (value === undefined || !Number.isFinite(value) || value < 0) return []
    const within = Math.min(value, shares.has(name) ? 1 : Number.MAX_SAFE_INTEGER)
    return [[name, wholes.has(name) ? Math.floor(within) : within]]
  })
  return Object.fromEntries(kept) as SummaryFigures
}

const width = names.length + 1

/** The newest figures of one machine, in a ring of numbers: an object for each would be several times as large. */
export class FigureRing {
  readonly #pointsMax: number
  #numbers: Float64Array = new Float64Array(0)
  /** All that were added. */
  #count = 0

  constructor(pointsMax: number) {
    this.#pointsMax = pointsMax
  }

  add(atMs: number, figures: SummaryFigures): void {
    const index = this.#count % this.#pointsMax
    this.#makeRoom(index)
    const numbers = [atMs, ...names.map((name) => figures[name] ?? Number.NaN)]
    this.#numbers.set(numbers, index * width)
    this.#count++
  }

  /** The oldest first. */
  points(): readonly VmPoint[] {
    const kept = Math.min(this.#count, this.#pointsMax)
    return Array.from({ length: kept }, (_, age) => this.#point((this.#count - kept + age) % this.#pointsMax))
  }

  #point(index: number): VmPoint {
    const [atMs = 0, ...values] = this.#numbers.subarray(index * width, (index + 1) * width)
    const known = names.flatMap((name, at) => {
      const value = values[at] ?? Number.NaN
      return Number.isNaN(value) ? [] : [[name, value]]
    })
    return { atMs, figures: Object.fromEntries(known) as SummaryFigures }
  }

  /** Grows as it is filled, by doubling. */
  #makeRoom(index: number): void {
    if ((index + 1) * width <= this.#numbers.length) return
    const points = Math.min(this.#pointsMax, Math.max(4, 2 * (this.#numbers.length / width)))
    const larger = new Float64Array(points * width)
    larger.set(this.#numbers)
    this.#numbers = larger
  }
}
