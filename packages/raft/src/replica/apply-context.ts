import type { ApplyContext } from '../state-machine.ts'
import type { Index, LogMillis } from '../types.ts'
import type { Emitted } from './replica-contract.ts'
import { replicaLimits } from './session-limits.ts'

/** One for all calls: an object for each command would be garbage at once. A machine reads it and does not keep it. */
export class ReplicaContext implements ApplyContext {
  index: Index
  /** Never goes back, whatever an entry says. */
  time: LogMillis
  version: number
  #emitted: Emitted[] = []

  constructor(beginning: { readonly index: Index; readonly time: LogMillis; readonly version: number }) {
    this.index = beginning.index
    this.time = beginning.time
    this.version = beginning.version
  }

  /** No method, so that it may be called without its object. */
  readonly emit = (topic: string, payload: Uint8Array): void => {
    if (this.#emitted.length < replicaLimits.emittedMax) this.#emitted.push({ topic, payload })
  }

  drainEmitted(): readonly Emitted[] {
    const emitted = this.#emitted
    if (emitted.length > 0) this.#emitted = []
    return emitted
  }
}
