/** What several rounds came to. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other)
  const [min] = sorted
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) throw new Error('there is no spread of no rounds')
  const middle = (sorted.length - 1) / 2
  const below = sorted[Math.floor(middle)] ?? min
  const above = sorted[Math.ceil(middle)] ?? max
  return { median: (below + above) / 2, min, max }
}

/** How many times the other's median ours is: above 1 we are faster. */
export function ratioOf(ours: Spread, theirs: Spread): number {
  return ours.median / theirs.median
}
