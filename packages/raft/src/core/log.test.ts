import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import type { Configuration, Entry, Index, SnapshotMark, Term } from '../types.ts'
import { decodeConfiguration, encodeConfiguration } from './configuration-codec.ts'
import { entryBytes, Log } from './log.ts'

const beginning: SnapshotMark = {
  index: 0 as Index,
  term: 0 as Term,
  configuration: { voters: ['a' as NodeId], outgoing: [], learners: [] },
  id: '',
  bytes: 0,
}

const configurationOf = (index: number): Configuration => ({
  voters: [`n${index}` as NodeId],
  outgoing: [],
  learners: [],
})

function entryOf(index: number, term: number, isConfiguration: boolean): Entry {
  const data = isConfiguration ? encodeConfiguration(configurationOf(index)) : new Uint8Array(index % 7)
  return { index: index as Index, term: term as Term, kind: isConfiguration ? 'configuration' : 'command', data }
}

/** The dumb twin: everything since the beginning, and how much of it may still be asked for. */
interface Twin {
  entries: Entry[]
  snapshot: SnapshotMark
}

const act = fc.tuple(fc.constantFrom('append', 'truncate', 'compact'), fc.nat(40), fc.boolean())

describe('a log', () => {
  test('says what a plain list of all entries would say', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), fc.integer({ min: 0, max: 600 }), (acts, trailingBytes) => {
        const log = new Log(beginning, [])
        const twin: Twin = { entries: [], snapshot: beginning }
        for (const [name, number, isConfiguration] of acts) {
          if (name === 'append') append(log, twin, number, isConfiguration)
          if (name === 'truncate') truncate(log, twin, number)
          if (name === 'compact') compact(log, twin, number, trailingBytes)
          expect(seenOf(log)).toEqual(expectedOf(log.firstIndex, twin))
          expect(log.bytes - log.bytesSinceSnapshot).toBeLessThanOrEqual(trailingBytes)
        }
      }),
    )
  })

  test('reaches as far as the limits allow, and at least one entry', () => {
    const log = new Log(
      beginning,
      [1, 2, 3, 4].map((index) => entryOf(index, 1, false)),
    )
    const [one] = log.slice(1 as Index, 1 as Index)
    const bytes = one === undefined ? 0 : entryBytes(one)
    expect(log.reachFrom(1 as Index, 1, 10)).toBe(1)
    expect(log.reachFrom(1 as Index, 2 * bytes + 1, 10)).toBe(2)
    expect(log.reachFrom(2 as Index, 1_000, 2)).toBe(3)
    expect(log.reachFrom(5 as Index, 1_000, 2)).toBe(4)
  })

  test('gives the same array for the same question, until what it holds changes', () => {
    const log = new Log(
      beginning,
      [1, 2, 3].map((index) => entryOf(index, 1, false)),
    )
    const cut = log.slice(2 as Index, 3 as Index)
    expect(log.slice(2 as Index, 3 as Index)).toBe(cut)
    log.truncateFrom(3 as Index)
    log.push(entryOf(3, 2, false), undefined)
    expect(log.slice(2 as Index, 3 as Index).map(({ term }) => term)).toEqual([1, 2])
  })
})

test('bytes that are no configuration are refused, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(() => decodeConfiguration(bytes)).toThrow('raft configuration')
    }),
  )
  const twice = { voters: ['a', 'b'] as NodeId[], outgoing: [], learners: ['b'] as NodeId[] }
  expect(() => decodeConfiguration(encodeConfiguration(twice))).toThrow('b cannot be voter and learner at once')
  const unsorted = { voters: ['b', 'a'] as NodeId[], outgoing: [], learners: [] }
  expect(() => decodeConfiguration(encodeConfiguration(unsorted))).toThrow('the voters are not sorted')
})

function append(log: Log, twin: Twin, number: number, isConfiguration: boolean): void {
  const term = (twin.entries.at(-1)?.term ?? 1) + (number % 3 === 0 ? 1 : 0)
  const entry = entryOf(twin.entries.length + 1, term, isConfiguration)
  twin.entries.push(entry)
  log.push(entry, isConfiguration ? configurationOf(entry.index) : undefined)
}

function truncate(log: Log, twin: Twin, number: number): void {
  const index = Math.max(twin.snapshot.index + 1, twin.entries.length - (number % 5))
  if (index > twin.entries.length) return
  twin.entries.length = index - 1
  log.truncateFrom(index as Index)
}

function compact(log: Log, twin: Twin, number: number, trailingBytes: number): void {
  const index = Math.min(twin.entries.length, twin.snapshot.index + (number % 9)) as Index
  if (index <= twin.snapshot.index) return
  const term = twin.entries[index - 1]?.term ?? (0 as Term)
  twin.snapshot = { ...beginning, index, term, configuration: inForce(twin, index).configuration }
  log.compact(twin.snapshot, trailingBytes)
}

function inForce(twin: Twin, index: number): { readonly index: number; readonly configuration: Configuration } {
  const placed = twin.entries.findLast((entry) => entry.kind === 'configuration' && entry.index <= index)
  if (placed === undefined) return { index: 0, configuration: beginning.configuration }
  return { index: placed.index, configuration: configurationOf(placed.index) }
}

interface Seen {
  readonly entries: readonly Entry[]
  readonly lastTerm: number
  readonly bytes: number
  readonly bytesSinceSnapshot: number
  /** From the one before the first entry to the one after the last. */
  readonly terms: readonly (number | undefined)[]
  readonly configurations: readonly unknown[]
}

function seenOf(log: Log): Seen {
  const { firstIndex, lastIndex, lastTerm, bytes, bytesSinceSnapshot } = log
  return {
    entries: lastIndex < firstIndex ? [] : log.slice(firstIndex, lastIndex),
    lastTerm,
    bytes,
    bytesSinceSnapshot,
    terms: from(firstIndex - 1, lastIndex + 1).map((index) => log.termAt(index)),
    configurations: from(firstIndex - 1, lastIndex).map((index) => log.configurationAt(index)),
  }
}

function expectedOf(firstIndex: Index, twin: Twin): Seen {
  const { entries, snapshot } = twin
  const bytesOf = (some: readonly Entry[]): number => some.reduce((sum, entry) => sum + entryBytes(entry), 0)
  return {
    entries: entries.slice(firstIndex - 1),
    lastTerm: entries.at(-1)?.term ?? 0,
    bytes: bytesOf(entries.slice(firstIndex - 1)),
    bytesSinceSnapshot: bytesOf(entries.slice(snapshot.index)),
    terms: from(firstIndex - 1, entries.length + 1).map((index) => (index === 0 ? 0 : entries[index - 1]?.term)),
    configurations: from(firstIndex - 1, entries.length).map((index) => inForce(twin, index)),
  }
}

function from(first: number, last: number): readonly Index[] {
  return Array.from({ length: last - first + 1 }, (_, place) => (first + place) as Index)
}
