import assert from 'node:assert/strict'
import { keyOf, type Recipe } from './recipe.ts'

/** One blob as it was found. */
export interface Sight {
  readonly id: string
  readonly digest: string
  readonly names: readonly string[]
}

/** What one lane has in the store: recipes, and what its names stand for. */
interface Belongings {
  readonly recipes: ReadonlySet<string>
  /** By name, the key of a recipe. */
  readonly names: ReadonlyMap<string, string>
}

export interface FoundBlob {
  readonly key: string
  readonly names: readonly string[]
}

/**
 * What must be found after a kill. Of a lane, which does one thing after the other, that is what was acknowledged, with
 * the one thing that was under way done wholly or not at all.
 */
export class LaneExpectation {
  #now: Belongings = { recipes: new Set(), names: new Map() }
  #next: Belongings | undefined

  get recipes(): readonly string[] {
    return [...this.#now.recipes]
  }

  get names(): ReadonlyMap<string, string> {
    return this.#now.names
  }

  has(key: string): boolean {
    return this.#now.recipes.has(key)
  }

  beginPut(recipe: Recipe, name: string | undefined): void {
    const key = keyOf(recipe)
    const names = name === undefined ? this.#now.names : new Map(this.#now.names).set(name, key)
    this.#begin({ recipes: new Set([...this.#now.recipes, key]), names })
  }

  beginDelete(key: string): void {
    const names = [...this.#now.names].filter(([, stands]) => stands !== key)
    const recipes = [...this.#now.recipes].filter((kept) => kept !== key)
    this.#begin({ recipes: new Set(recipes), names: new Map(names) })
  }

  beginName(name: string, key: string): void {
    this.#begin({ recipes: this.#now.recipes, names: new Map(this.#now.names).set(name, key) })
  }

  beginUnname(name: string): void {
    this.#begin({ recipes: this.#now.recipes, names: new Map([...this.#now.names].filter(([one]) => one !== name)) })
  }

  acknowledged(): void {
    assert.ok(this.#next !== undefined)
    this.#now = this.#next
    this.#next = undefined
  }

  /** Throws unless what was found is what must be; from then on that is how it is. */
  settle(found: readonly FoundBlob[]): void {
    const sight = pictureOf({
      recipes: new Set(found.map(({ key }) => key)),
      names: new Map(found.flatMap(({ key, names }) => names.map((name): [string, string] => [name, key]))),
    })
    if (this.#next !== undefined && sight === pictureOf(this.#next)) this.#now = this.#next
    else assert.equal(sight, pictureOf(this.#now), 'a lane has something else than what was acknowledged')
    this.#next = undefined
  }

  #begin(next: Belongings): void {
    assert.ok(this.#next === undefined, 'a lane does one thing after the other')
    this.#next = next
  }
}

function pictureOf({ recipes, names }: Belongings): string {
  return JSON.stringify({
    recipes: [...recipes].toSorted(),
    names: [...names].map(([name, key]) => `${name}: ${key}`).toSorted(),
  })
}
