import assert from 'node:assert/strict'
import type { Prng } from '@flotilla/core/random'
import type { Child } from '@flotilla/core/testing/node'
import type { CheckReport } from '../store/contract.ts'
import type { CollectionReport } from '../vault/contract.ts'
import { missingId } from '../testing/conformance/content.ts'
import { LaneExpectation, type FoundBlob, type Sight } from './expectation.ts'
import { digestOf } from './node-small-store.ts'
import { contentOf, keyOf, type Recipe } from './recipe.ts'

const lanes = 4
/** More than these a lane does not keep, so that a round does not grow with those before it. */
const blobsPerLaneMax = 6
/** That all lanes put, at the same time too, and nobody deletes. */
const commonRecipes: readonly Recipe[] = [
  [900_001, 1, 2, 3],
  [900_002, 4],
  [900_003, 900_005, 6, 7, 8, 9, 10, 11],
]

interface Known {
  /** Undefined for what is common. */
  readonly lane: number | undefined
  readonly key: string
  readonly recipe: Recipe
  id: string | undefined
  /** How often it was told to be deleted. */
  deletions: number
}

/** Everything that was ever asked of a victim and of those before it, and what must be there for that reason. */
export class VictimLanes {
  readonly #prng: Prng
  readonly #lanes: readonly LaneExpectation[] = Array.from({ length: lanes }, () => new LaneExpectation())
  readonly #known = new Map<string, Known>()
  readonly #byDigest = new Map<string, Known>()
  readonly #commonAcknowledged = new Set<string>()
  #recipesMade = 0
  acknowledgements = 0
  packsRemoved = 0
  rotations = 0

  constructor(prng: Prng) {
    this.#prng = prng
  }

  /** Asks the child for one thing after the other, in each lane, until it is gone. */
  async work(child: Child, onAcknowledged: () => void): Promise<void> {
    const state = { isGone: false }
    const ask = async (order: string, argument?: unknown): Promise<unknown> => {
      try {
        const answer = await child.ask(order, argument)
        this.acknowledgements++
        onAcknowledged()
        return answer
      } catch (error) {
        state.isGone = error instanceof Error && /has ended/.test(error.message)
        throw error
      }
    }
    const run = async (label: string, step: (prng: Prng) => Promise<void>): Promise<void> => {
      const prng = this.#prng.split(`${label} from ${this.acknowledgements}`)
      try {
        while (!state.isGone) await step(prng)
      } catch (error) {
        if (!state.isGone) throw error
      }
    }
    await Promise.all([
      ...this.#lanes.map((lane, index) => run(`lane ${index}`, (prng) => this.#step(ask, lane, index, prng))),
      run('reader', (prng) => this.#read(ask, prng)),
      run('collector', async () => {
        const { packsRemoved } = (await ask('collect')) as CollectionReport
        this.packsRemoved += packsRemoved
      }),
      run('checker', async (prng) => {
        // Lives without a rotation forget the older keys.
        if (prng.chance(1, 4)) {
          await ask('rotate')
          this.rotations++
        } else assertClean((await ask('check')) as CheckReport)
      }),
    ])
  }

  /** Throws unless this is what must be there. */
  settle(sights: readonly Sight[]): void {
    const found: FoundBlob[][] = this.#lanes.map(() => [])
    const common = new Set<string>()
    for (const { id, digest, names } of sights) {
      const known = this.#byDigest.get(digest)
      assert.ok(known !== undefined, `blob ${id} holds what nobody has ever put`)
      assert.equal(known.id ?? id, id, 'the same content has the same id for ever')
      known.id = id
      if (known.lane === undefined) common.add(known.key)
      else found[known.lane]?.push({ key: known.key, names })
    }
    for (const key of this.#commonAcknowledged) assert.ok(common.has(key), `what was acknowledged is gone: ${key}`)
    for (const key of common) this.#commonAcknowledged.add(key)
    for (const [index, lane] of this.#lanes.entries()) lane.settle(found[index] ?? [])
  }

  async #step(ask: Ask, lane: LaneExpectation, index: number, prng: Prng): Promise<void> {
    const own = lane.recipes
    const isFull = own.length >= blobsPerLaneMax
    const choice = prng.below(12)
    const name = prng.chance(1, 2) ? `${index}/${prng.below(3)}` : undefined
    if (own.length === 0 || (choice < 4 && !isFull)) await this.#put(ask, lane, this.#fresh(index, prng), name)
    else if (choice < 5) await this.#putCommon(ask, prng)
    else if (choice < 7 && !isFull) await this.#put(ask, lane, this.#again(index, prng), name)
    else if (choice < 8) {
      const known = this.#of(prng.pick(own))
      lane.beginName(`${index}/x`, known.key)
      await ask('name', { name: `${index}/x`, ref: known.id })
      lane.acknowledged()
    } else if (choice < 9 && lane.names.size > 0) {
      const [chosen] = prng.pick([...lane.names])
      lane.beginUnname(chosen)
      assert.equal(await ask('unname', chosen), true)
      lane.acknowledged()
    } else await this.#delete(ask, lane, prng)
  }

  async #put(ask: Ask, lane: LaneExpectation, known: Known, name: string | undefined): Promise<void> {
    const { recipe } = known
    lane.beginPut(recipe, name)
    const id = String(await ask('put', name === undefined ? { recipe } : { recipe, name }))
    assert.equal(known.id ?? id, id, 'the same content has the same id for ever')
    known.id = id
    lane.acknowledged()
  }

  async #putCommon(ask: Ask, prng: Prng): Promise<void> {
    const recipe = prng.pick(commonRecipes)
    const known = this.#remember(undefined, recipe)
    known.id = String(await ask('put', { recipe }))
    this.#commonAcknowledged.add(known.key)
  }

  async #delete(ask: Ask, lane: LaneExpectation, prng: Prng): Promise<void> {
    const known = this.#of(prng.pick(lane.recipes))
    const [named] = [...lane.names].find(([, key]) => key === known.key) ?? []
    lane.beginDelete(known.key)
    known.deletions++
    assert.equal(await ask('delete', named ?? known.id), true)
    lane.acknowledged()
  }

  /** Reads what any lane has, which may delete it meanwhile. */
  async #read(ask: Ask, prng: Prng): Promise<void> {
    const there = this.#lanes.flatMap((lane) => lane.recipes).map((key) => this.#of(key))
    if (there.length === 0) {
      assert.equal(await ask('digest', missingId), 'not-found')
      return
    }
    const known = prng.pick(there)
    const digest = await ask('digest', known.id)
    if (digest === 'not-found') assert.ok(known.deletions > 0, `what was put is not found: ${known.key}`)
    else assert.equal(digest, digestOf(contentOf(known.recipe)), `wrong bytes were read of ${known.key}`)
  }

  /** The first piece is its own, and so are half of the others, which leaves garbage in every pack. */
  #fresh(lane: number, prng: Prng): Known {
    const first = 1_000_000 + this.#recipesMade++ * 100
    const pieces = Array.from({ length: prng.below(12) }, (_, index) =>
      prng.chance(1, 2) ? first + 1 + index : 1 + prng.below(20),
    )
    return this.#remember(lane, [first, ...pieces])
  }

  /** One that it has had before, and may have deleted. */
  #again(lane: number, prng: Prng): Known {
    const had = [...this.#known.values()].filter((known) => known.lane === lane)
    return had.length === 0 ? this.#fresh(lane, prng) : prng.pick(had)
  }

  #remember(lane: number | undefined, recipe: Recipe): Known {
    const key = keyOf(recipe)
    const before = this.#known.get(key)
    if (before !== undefined) return before
    const known: Known = { lane, key, recipe, id: undefined, deletions: 0 }
    this.#known.set(key, known)
    this.#byDigest.set(digestOf(contentOf(recipe)), known)
    return known
  }

  #of(key: string): Known {
    const known = this.#known.get(key)
    assert.ok(known !== undefined)
    return known
  }
}

type Ask = (order: string, argument?: unknown) => Promise<unknown>

export function assertClean({ damaged, missing, blobsHurt }: CheckReport): void {
  assert.deepEqual({ damaged, missing, blobsHurt }, { damaged: 0, missing: 0, blobsHurt: [] })
}
