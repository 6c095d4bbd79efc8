/** Which of the operations without an answer have been placed: a set of small integers that is never changed. */
export type OpenSet = Uint32Array

export function emptyOpenSet(size: number): OpenSet {
  return new Uint32Array(Math.ceil(size / 32))
}

export function has(set: OpenSet, member: number): boolean {
  return ((wordOf(set, member >> 5) >>> (member & 31)) & 1) === 1
}

export function withMember(set: OpenSet, member: number): OpenSet {
  const larger = set.slice()
  larger[member >> 5] = wordOf(set, member >> 5) | (1 << (member & 31))
  return larger
}

export function isSubset(smaller: OpenSet, larger: OpenSet): boolean {
  return smaller === larger || smaller.every((word, index) => (word & ~wordOf(larger, index)) === 0)
}

function wordOf(set: OpenSet, index: number): number {
  return set[index] ?? 0
}
