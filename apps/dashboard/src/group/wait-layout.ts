import type { LockWait } from '../answers/group-answers.ts'

/** Somebody who waits, or is waited for. */
export interface Waiter {
  readonly name: string
  readonly x: number
  readonly y: number
  /** Part of a ring in which everybody waits for the next. */
  readonly isStuck: boolean
}

export interface WaitArrow {
  readonly from: Waiter
  readonly to: Waiter
  readonly keys: readonly string[]
  readonly isHolder: boolean
}

export interface WaitLayout {
  readonly waiters: readonly Waiter[]
  readonly arrows: readonly WaitArrow[]
  readonly height: number
}

const rowHeight = 92

/**
 * Whoever waits for nobody stands at the bottom, whoever waits for them a row above. In a ring nobody is at the bottom:
 * its members share a row.
 */
export function waitLayout(
  waits: readonly LockWait[],
  nameOf: (wait: LockWait['waiter']) => string,
  width: number,
): WaitLayout {
  const targets = new Map<string, Set<string>>()
  const merged = new Map<string, { from: string; to: string; keys: string[]; isHolder: boolean }>()
  for (const { key, waiter, blocker, blockerHolds } of waits) {
    const [from, to] = [nameOf(waiter), nameOf(blocker)]
    targets.set(from, (targets.get(from) ?? new Set()).add(to))
    targets.set(to, targets.get(to) ?? new Set())
    const id = JSON.stringify([from, to])
    const known = merged.get(id) ?? { from, to, keys: [], isHolder: false }
    if (!known.keys.includes(key)) known.keys.push(key)
    merged.set(id, { ...known, isHolder: known.isHolder || blockerHolds })
  }
  const reach = new Map([...targets.keys()].map((name) => [name, reachedFrom(name, targets)]))
  const isStuck = (name: string): boolean => reach.get(name)?.has(name) === true
  const waiters = placed([...targets.keys()], reach, isStuck, width)
  const byName = new Map(waiters.map((waiter) => [waiter.name, waiter]))
  const arrows = [...merged.values()].flatMap(({ from, to, ...rest }): WaitArrow[] => {
    const [one, other] = [byName.get(from), byName.get(to)]
    return one === undefined || other === undefined ? [] : [{ from: one, to: other, ...rest }]
  })
  return { waiters, arrows, height: Math.max(...waiters.map(({ y }) => y), 0) + 56 }
}

/** Everybody whom one waits for, over others too. */
function reachedFrom(name: string, targets: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const reached = new Set<string>()
  const open = [...(targets.get(name) ?? [])]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue
    reached.add(next)
    open.push(...(targets.get(next) ?? []))
  }
  return reached
}

function placed(
  names: readonly string[],
  reach: ReadonlyMap<string, ReadonlySet<string>>,
  isStuck: (name: string) => boolean,
  width: number,
): readonly Waiter[] {
  // Those of a ring reach the same, so that they come to stand beside each other.
  const depths = new Map(names.map((name) => [name, new Set([name, ...(reach.get(name) ?? [])]).size]))
  const levels = [...new Set(depths.values())].toSorted((one, other) => other - one)
  return levels.flatMap((level, row) => {
    const here = names.filter((name) => depths.get(name) === level)
    return here.map((name, index) => ({
      name,
      x: (width * (index + 0.5)) / here.length,
      y: 44 + row * rowHeight,
      isStuck: isStuck(name),
    }))
  })
}
