import type { BlobCallOptions } from '../blobs.ts'
import type { KeyEpoch } from '../types.ts'
import { blobError } from './errors.ts'
import type { Work } from './work.ts'

export interface PutsUnderWayOptions {
  readonly work: Work
  readonly putsMax: number
  /** Of the key with which is sealed now. */
  readonly newestKey: () => KeyEpoch
  readonly reseal: () => void
}

/** Puts, so many at a time. */
export class PutsUnderWay {
  readonly #options: PutsUnderWayOptions
  #puts = 0

  constructor(options: PutsUnderWayOptions) {
    this.#options = options
  }

  /** Rejects with `overloaded` where there are too many. */
  run<Result>(options: BlobCallOptions | undefined, act: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const { work, putsMax, newestKey, reseal } = this.#options
    return work.runLong(options, async (signal) => {
      if (this.#puts >= putsMax) {
        throw blobError('overloaded', `${putsMax} puts are under way, which is the limit (putsMax)`)
      }
      const newest = newestKey()
      this.#puts++
      try {
        return await act(signal)
      } finally {
        this.#puts--
        // Some of it may have been sealed with the older key after the reseal had passed.
        if (newestKey() !== newest) reseal()
      }
    })
  }
}
