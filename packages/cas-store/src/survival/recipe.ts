import { content } from '../testing/conformance/content.ts'

/** What a blob is made of: numbers of pieces. Blobs that have pieces in common have most of their chunks in common. */
export type Recipe = readonly number[]

/** One in so many pieces is a few bytes only. */
const tinyEvery = 5

export function contentOf(recipe: Recipe): Uint8Array {
  const pieces = recipe.map((number) => content(number, number % tinyEvery === 0 ? 50 : 9_000 + (number % 7) * 2_000))
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

export function keyOf(recipe: Recipe): string {
  return recipe.join(' ')
}
