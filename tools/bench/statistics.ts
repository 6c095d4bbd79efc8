/** What several rounds came to. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other)
  const [least] = sorted
  const most = sorted.at(-1)
  if (least === undefined || most === undefined) throw new Error('there is no spread of no rounds')
  const middle = (sorted.length - 1) / 2
  const below = sorted[Math.floor(middle)] ?? least
  const above = sorted[Math.ceil(middle)] ?? most
  return { median: (below + above) / 2, least, most }
}

/** How many times the other's median ours is: above 1 we are faster. */
export function ratioOf(ours: Spread, theirs: Spread): number {
  return ours.median / theirs.median
}
