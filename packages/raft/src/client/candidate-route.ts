import type { NodeId } from '@flotilla/core/ids'
import type { GroupName } from '../types.ts'
import type { Route } from './pending-call.ts'

/** Whom a client asks: who is said to lead, or else one after the other of those who might know. */
export class CandidateRoute implements Route {
  readonly group: GroupName
  readonly #candidates: () => readonly NodeId[]
  readonly #isConnected: (peer: NodeId) => boolean
  #leader: NodeId | undefined
  #next = 0

  constructor(group: GroupName, candidates: () => readonly NodeId[], isConnected: (peer: NodeId) => boolean) {
    this.group = group
    this.#candidates = candidates
    this.#isConnected = isConnected
  }

  target(): NodeId | undefined {
    if (this.#leader !== undefined && this.#isConnected(this.#leader)) return this.#leader
    const candidates = this.#candidates()
    for (let tried = 0; tried < candidates.length; tried++) {
      const candidate = candidates[(this.#next + tried) % candidates.length]
      if (candidate === undefined || !this.#isConnected(candidate)) continue
      this.#next = (this.#next + tried) % candidates.length
      this.#leader = candidate
      return candidate
    }
    return undefined
  }

  learned(leader: NodeId): void {
    this.#leader = leader
  }

  failed(target: NodeId): void {
    if (this.#leader !== target) return
    this.#leader = undefined
    this.#next++
  }
}
