import { FlotillaError } from '@flotilla/core/errors'

/** How many snapshots are brought, or taken, at once, all groups together. */
export class SnapshotSlots {
  readonly #most: number
  /** 0 <= taken <= most */
  #taken = 0
  #bringing = 0
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Brings one when it is its turn. Those that wait are at most one for each member of each group. */
  async use(work: () => Promise<void>): Promise<void> {
    while (this.#bringing >= this.#most) await new Promise<void>((resolve) => void this.#waiting.push(resolve))
    this.#bringing++
    try {
      await work()
    } finally {
      this.#bringing--
      this.#waiting.shift()?.()
    }
  }

  /** Takes one, or refuses: who brings it tries again. */
  async admit(work: () => Promise<void>): Promise<void> {
    if (this.#taken >= this.#most) {
      throw new FlotillaError('overloaded', `${this.#most} snapshots are being taken already (snapshotsMovingMax)`)
    }
    this.#taken++
    try {
      await work()
    } finally {
      this.#taken--
    }
  }
}
