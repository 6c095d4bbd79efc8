import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import type { WantedChunk } from '../../tree/contract.ts'
import { at, chunk, give, planFor, type Ask } from '../doubles/plan-script.ts'
import { keyOf, type ChunkKey } from './planned-chunk.ts'

/** Whatever happens, in whatever order, each chunk comes once or is told to be unavailable, and limits hold. */
describe('a plan in a world that does its worst', () => {
  test.for(Array.from({ length: 200 }, (_, seed) => seed))('seed %i', (seed) => {
    const world = new PlanWorld(seed)
    world.run()
    expect(world.troubles).toEqual([])
  })
})

class PlanWorld {
  readonly troubles: string[] = []
  readonly #random: Prng
  readonly #plan = planFor([], { lacksMax: 6, hedgesLostMax: 2 })
  readonly #peers = ['a', 'b', 'c'].map((id) => id as NodeId)
  /** Who can give it. */
  readonly #owners = new Map<ChunkKey, readonly NodeId[]>()
  readonly #open = new Map<ChunkKey, WantedChunk>()
  readonly #inFlight = new Map<NodeId, Ask[]>()
  readonly #toOpen = new Set<NodeId>()
  readonly #leftOut = new Map<NodeId, string>()
  #now = 0
  #number = 0

  constructor(seed: number) {
    this.#random = new Prng(seed)
    this.#plan.holders(this.#peers)
  }

  run(): void {
    for (let step = 0; step < 400; step++) this.#step(this.#random.below(10))
    // In the end everybody answers, and time passes.
    for (let step = 0; step < 2_000 && this.#plan.size > 0; step++) {
      this.#now += 100
      this.#answerOne()
      this.#openOne()
      this.#advance()
    }
    if (this.#plan.size > 0 || this.#open.size > 0) this.#trouble(`${this.#open.size} chunks neither come nor fail`)
  }

  #step(drawn: number): void {
    this.#now += this.#random.below(40)
    if (drawn < 2) this.#want()
    else if (drawn === 2) this.#openOne()
    else if (drawn === 3) this.#lose()
    else if (drawn === 4) this.#comeBack()
    else this.#answerOne()
    this.#advance()
  }

  #want(): void {
    const wanted = Array.from({ length: 1 + this.#random.below(6) }, () => {
      return chunk(this.#number++, this.#random.chance(1, 3) ? 'list' : 'data')
    })
    for (const each of wanted) {
      this.#open.set(keyOf(each), each)
      this.#owners.set(
        keyOf(each),
        this.#peers.filter(() => this.#random.chance(2, 3)),
      )
    }
    this.#plan.want(wanted)
  }

  #openOne(): void {
    for (const peer of this.#toOpen) {
      this.#toOpen.delete(peer)
      return this.#plan.opened(peer)
    }
  }

  #comeBack(): void {
    for (const peer of this.#peers) {
      this.#plan.back(peer)
      if (this.#leftOut.get(peer) === 'gone') this.#leftOut.delete(peer)
    }
  }

  #lose(): void {
    const peer = this.#random.pick(this.#peers)
    this.#inFlight.delete(peer)
    this.#toOpen.delete(peer)
    this.#plan.leave(peer, 'gone')
  }

  #answerOne(): void {
    const asked = [...this.#inFlight.values()].filter(({ length }) => length > 0)
    if (asked.length === 0) return
    const ask = this.#random.pick(asked).shift() as Ask
    const lacking = ask.wanted.map(keyOf).filter((key) => this.#owners.get(key)?.includes(ask.peer) !== true)
    for (const key of give(this.#plan, ask, at(this.#now), lacking)) {
      if (!this.#open.delete(key)) this.#trouble(`${key} came twice`)
    }
  }

  #advance(): void {
    for (const effect of this.#plan.advance(at(this.#now))) {
      switch (effect.type) {
        case 'open':
          this.#toOpen.add(effect.peer)
          this.#leftOut.delete(effect.peer)
          break
        case 'ask':
          this.#asked(effect)
          break
        case 'leave-out':
          this.#inFlight.delete(effect.peer)
          this.#leftOut.set(effect.peer, effect.reason)
          break
        case 'unavailable':
          for (const key of effect.keys) this.#unavailable(key)
      }
    }
  }

  #unavailable(key: ChunkKey): void {
    if (!this.#open.delete(key)) this.#trouble(`${key} was not wanted`)
    const able = this.#owners.get(key)?.filter((peer) => !this.#leftOut.has(peer)) ?? []
    if (able.length > 0) this.#trouble(`${key} is not unavailable: ${able.join()} can give it`)
  }

  #asked(ask: Ask): void {
    const before = this.#inFlight.get(ask.peer) ?? []
    this.#inFlight.set(ask.peer, [...before, ask])
    if (before.length >= 4) this.#trouble(`${ask.peer} is asked for too many batches`)
    if (ask.wanted.length > 4) this.#trouble('a batch has too many chunks')
    for (const each of ask.wanted) {
      if (!this.#open.has(keyOf(each))) this.#trouble(`${keyOf(each)} is asked for and not wanted`)
      const isTwice = before.some(({ wanted }) => wanted.some((other) => keyOf(other) === keyOf(each)))
      if (isTwice) this.#trouble(`${ask.peer} is asked twice for ${keyOf(each)}`)
    }
  }

  #trouble(what: string): void {
    this.troubles.push(what)
  }
}
