import type { NodeId } from '@flotilla/core/ids'
import { Lru } from '@flotilla/core/machines'
import type { Prng } from '@flotilla/core/random'
import type { WallMillis } from '@flotilla/core/time'
import type { HeardBeacon } from '../beacons/beacon.ts'
import type { Ask } from './messages.ts'

interface Record {
  readonly bytes: Uint8Array
  readonly timestamp: WallMillis
}

/** The newest beacon of each member, as it was signed, to be shown to others. */
export class RecordBook {
  readonly #records: Lru<NodeId, Record>

  constructor(settings: { readonly recordsMax: number }) {
    this.#records = new Lru({ entriesMax: settings.recordsMax })
  }

  get size(): number {
    return this.#records.size
  }

  put(beacon: HeardBeacon): void {
    const known = this.#records.peek(beacon.member.id)
    if (known !== undefined && known.timestamp >= beacon.timestamp) return
    this.#records.set(beacon.member.id, { bytes: beacon.record, timestamp: beacon.timestamp })
  }

  forget(id: NodeId): void {
    this.#records.delete(id)
  }

  /** Of whom we have a record that is not older than this, the newest first. */
  known(options: { readonly since: number; readonly countMax: number }): Ask['known'] {
    return [...this.#records]
      .map(([id, { timestamp }]) => ({ id, timestamp }))
      .filter(({ timestamp }) => timestamp >= options.since)
      .toSorted((one, other) => other.timestamp - one.timestamp)
      .slice(0, options.countMax)
  }

  /** Records not older than `since` that the asker lacks, or has in a version older by more than `refreshMs`. */
  answer(
    known: Ask['known'],
    options: {
      readonly asker: NodeId
      readonly since: number
      readonly refreshMs: number
      readonly countMax: number
      readonly prng: Prng
    },
  ): readonly Uint8Array[] {
    const { asker, since, refreshMs, countMax, prng } = options
    const has = new Map(known.map(({ id, timestamp }) => [id, timestamp]))
    const lacking = [...this.#records].filter(([id, { timestamp }]) => {
      return id !== asker && timestamp >= since && timestamp - (has.get(id) ?? -Infinity) > refreshMs
    })
    // Drawn, so that the answers of several peers complete each other where one does not hold them all.
    return prng
      .shuffled(lacking)
      .slice(0, countMax)
      .map(([, { bytes }]) => bytes)
  }
}
