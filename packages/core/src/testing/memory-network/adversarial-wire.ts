import type { NodeId } from '../../ids/index.ts'
import type { Prng } from '../../random/index.ts'
import type { Wire, WireFrame } from './wire.ts'

interface Held {
  readonly frame: WireFrame
  readonly deliver: () => void
}

/**
 * Holds every frame until it is told to let some go, and then does the worst that a wire may do: notices are lost,
 * doubled and delivered in any order, reliable frames as late as can be, those of broken connections included.
 */
export class AdversarialWire implements Wire {
  readonly #random: Prng
  readonly #notices: Held[] = []
  /** Reliable frames of each direction, oldest first. */
  readonly #directions = new Map<string, Held[]>()
  /** How many frames are held, notices included. */
  #held = 0

  constructor(random: Prng) {
    this.#random = random
  }

  get held(): number {
    return this.#held
  }

  carry(frame: WireFrame, deliver: () => void): void {
    this.#held++
    if (frame.reliable) this.#direction(frame.from, frame.to).push({ frame, deliver })
    else this.#notices.push({ frame, deliver })
  }

  /** Does something to one of the frames that it holds, if it holds any. */
  step(): void {
    const directions = [...this.#directions.values()].filter((held) => held.length > 0)
    const drawn = this.#random.below(directions.length + (this.#notices.length > 0 ? 1 : 0) || 1)
    const direction = directions[drawn]
    if (direction === undefined) return this.#meddle()
    this.#held--
    direction.shift()?.deliver()
  }

  /** Loses, doubles or delivers one notice. */
  #meddle(): void {
    if (this.#notices.length === 0) return
    const index = this.#random.below(this.#notices.length)
    const notice = this.#notices[index]
    const fate = this.#random.below(4)
    if (fate > 0) notice?.deliver()
    if (fate === 1) return
    this.#notices.splice(index, 1)
    this.#held--
  }

  #direction(from: NodeId, to: NodeId): Held[] {
    const key = `${from} ${to}`
    const known = this.#directions.get(key)
    if (known !== undefined) return known
    const none: Held[] = []
    this.#directions.set(key, none)
    return none
  }
}
