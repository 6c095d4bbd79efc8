import { assert } from '@flotilla/core/errors'
import type { Millis } from '@flotilla/core/time'
import type { Index, WriteNumber } from '../types.ts'

interface WriteInFlight {
  readonly number: WriteNumber
  /** The log up to here is durable when it is done, and still what it was then. Truncation lowers it. */
  upTo: Index
  readonly issuedAt: Millis
}

/**
 * What is durable, and what is on its way to be. An index may be written twice, with another entry each time, so a
 * write that is done proves nothing about indexes that were truncated after it was issued: what such a write may claim
 * is lowered at the moment of truncation, for good. Otherwise its answer could be taken for one about the entry that
 * stands there now (the "ABA" of asynchronous storage).
 */
export class Writes {
  readonly #inFlight: WriteInFlight[] = []
  #issued = 0 as WriteNumber
  #done = 0 as WriteNumber
  #durableIndex: Index

  constructor(durableIndex: Index) {
    this.#durableIndex = durableIndex
  }

  /** The log in memory up to here is what is durable. */
  get durableIndex(): Index {
    return this.#durableIndex
  }

  /** The last that was issued. */
  get issued(): WriteNumber {
    return this.#issued
  }

  /** The last that is durable. */
  get done(): WriteNumber {
    return this.#done
  }

  /** When the one that has been waited for longest was issued; Infinity if there is none. */
  get waitingSince(): Millis {
    return this.#inFlight[0]?.issuedAt ?? (Infinity as Millis)
  }

  /** The write that makes the log durable up to `index`, if it was issued; 0 if it is done. */
  covering(index: Index): WriteNumber | undefined {
    if (index <= this.#durableIndex) return 0 as WriteNumber
    return this.#inFlight.find(({ upTo }) => upTo >= index)?.number
  }

  issue(now: Millis, upTo: Index): WriteNumber {
    this.#issued = (this.#issued + 1) as WriteNumber
    this.#inFlight.push({ number: this.#issued, upTo, issuedAt: now })
    return this.#issued
  }

  /** Everything after `index` has been replaced in memory. */
  truncateAfter(index: Index): void {
    for (const write of this.#inFlight) write.upTo = Math.min(write.upTo, index) as Index
    this.#durableIndex = Math.min(this.#durableIndex, index) as Index
  }

  finish(number: WriteNumber): void {
    assert(number <= this.#issued, 'only a write that was issued can be done')
    let done = 0
    for (const write of this.#inFlight) {
      if (write.number > number) break
      if (write.upTo > this.#durableIndex) this.#durableIndex = write.upTo
      done++
    }
    this.#inFlight.splice(0, done)
    if (number > this.#done) this.#done = number
  }
}
