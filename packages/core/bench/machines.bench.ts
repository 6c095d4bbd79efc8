import { DeadlineHeap, Deduplicator, HashRing, Lru } from '@flotilla/core/machines'
import { Prng } from '@flotilla/core/random'
import type { Bench, Running } from '@flotilla/core/testing'
import type { Millis } from '@flotilla/core/time'
import { each } from './operation.ts'

/** So many that 10,000 members fit into one ring. */
const virtualNodes = 100

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `name-${index}`)
}

function ringOf(members: number): HashRing {
  return new HashRing(
    names(members).map((id) => ({ id })),
    { virtualNodes },
  )
}

/** The names in turn, for ever. */
function turning(all: readonly string[]): () => string {
  let next = 0
  return () => {
    if (next === all.length) next = 0
    return all[next++] as string
  }
}

/** The last one is kept, so that its memory is seen. */
function making(members: number): Running {
  const kept = [ringOf(members)]
  return each(() => (kept[0] = ringOf(members)))
}

function owning(members: number): Running {
  const ring = ringOf(members)
  const key = turning(names(1_000))
  return each(() => ring.owner(key()))
}

function filledLru(entries: number): Lru<string, number> {
  const lru = new Lru<string, number>({ entriesMax: entries })
  for (const [index, name] of names(entries).entries()) lru.set(name, index)
  return lru
}

function getting(entries: number): Running {
  const lru = filledLru(entries)
  const key = turning(names(entries))
  return each(() => lru.get(key()))
}

/** There is one key more than there is room, so each of them was evicted just before it is set again. */
function evicting(entries: number): Running {
  const lru = filledLru(entries)
  const key = turning(names(entries + 1))
  return each(() => lru.set(key(), 1))
}

function pushing(waiting: number): Running {
  const heap = new DeadlineHeap<number>()
  const random = new Prng(1)
  let now = 0
  const push = (): void => void heap.push((now + random.below(1_000_000)) as Millis, now)
  for (let entry = 0; entry < waiting; entry++) push()
  return each(() => {
    now = heap.pop()?.at ?? now
    push()
  })
}

/** A sight a millisecond, and a window of so many: each remembers one key and forgets one. */
function seeing(keys: number): Running {
  const deduplicator = new Deduplicator({ windowMs: keys, keysMax: keys })
  const key = turning(names(keys * 2))
  let now = 0
  const see = (): string => deduplicator.see(key(), now++ as Millis)
  for (let sight = 0; sight < keys; sight++) see()
  return each(see)
}

export const bench: Bench = {
  name: 'machines',
  summary: 'The small machines, at a usual size. No package of the same promise is among our dependencies.',
  figures: [
    { metric: 'hash ring of 10 members: owner', unit: 'keys', ours: () => owning(10) },
    { metric: 'hash ring of 100 members: owner', unit: 'keys', ours: () => owning(100) },
    { metric: 'LRU of 1,000: get', unit: 'keys', ours: () => getting(1_000) },
    { metric: 'LRU of 1,000: set, which evicts', unit: 'keys', ours: () => evicting(1_000) },
    { metric: 'deadline heap of 1,000: pop and push', unit: 'deadlines', ours: () => pushing(1_000) },
    { metric: 'deduplicator of 1,000: a new key', unit: 'keys', ours: () => seeing(1_000) },
  ],
  curves: [
    { metric: 'hash ring: make it', items: 'members', start: making },
    { metric: 'hash ring: owner of a key', items: 'members', start: owning },
    { metric: 'LRU: get', items: 'keys', start: getting },
    { metric: 'LRU: set, which evicts', items: 'keys', start: evicting },
    { metric: 'deadline heap: pop and push', items: 'deadlines', start: pushing },
    { metric: 'deduplicator: a new key', items: 'keys', start: seeing },
  ],
}
