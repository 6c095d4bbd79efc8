import type { Prng } from '@flotilla/core/random'
import type { GroupWrite } from '../../storage/storage.ts'
import type { Entry, GroupName, HardState } from '../../types.ts'
import type { GroupsTwin } from './groups-twin.ts'
import { beginning, entryOf, hard, markOf } from './storage-under-test.ts'

const names = ['a', 'b', 'c/d', 'e'] as GroupName[]

/** A write that a node might make next, of any kind; `dataBytes` are the lengths of its entries. */
export function drawnWrite(prng: Prng, twin: GroupsTwin, dataBytes: readonly number[]): GroupWrite {
  const group = prng.pick(names)
  const known = twin.groups.get(group)
  const hardState = prng.chance(1, 4) ? drawnHardState(prng) : undefined
  if (known === undefined) return { group, hardState, snapshot: beginning }
  if (prng.chance(1, 60)) return { group, removed: true }
  const { index } = known.snapshot
  let last = twin.lastIndex(group)
  let first = last + 1
  let snapshot: GroupWrite['snapshot']
  if (prng.chance(1, 6)) {
    const at = prng.chance(1, 8) ? last + prng.between(1, 9) : prng.between(index, last)
    const term = prng.chance(1, 8) ? prng.between(1, 5) : (known.log.get(at)?.term ?? known.snapshot.term)
    snapshot = markOf(at, term, { id: at > 0 ? `drawn${prng.below(1_000)}` : '' })
    const goesOn = at === index ? term === known.snapshot.term : known.log.get(at)?.term === term
    last = goesOn ? last : at
    first = last + 1
  }
  const before = snapshot?.index ?? index
  if (prng.chance(1, 6) && last > before) first = prng.between(before + 1, last)
  const entries = prng.chance(5, 6) ? drawnEntries(prng, first, dataBytes) : undefined
  return { group, hardState, snapshot, entries }
}

function drawnHardState(prng: Prng): HardState {
  return hard(prng.below(100), prng.chance(1, 2) ? `n${prng.below(5)}` : undefined)
}

function drawnEntries(prng: Prng, first: number, dataBytes: readonly number[]): Entry[] {
  const term = prng.between(1, 5)
  return Array.from({ length: prng.between(1, 5) }, (_, at) => {
    const kind = prng.pick(['command', 'configuration', 'empty'] as const)
    return entryOf(first + at, term, prng.bytes(prng.pick(dataBytes)), kind)
  })
}
