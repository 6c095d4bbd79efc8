import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { EntryFeed } from '../testing/entry-feed.ts'
import { notebookKind } from '../testing/notebook.ts'
import type { Outcome, Replica, SessionId } from './replica-contract.ts'
import { createReplica, restoreReplica } from './replica.ts'
import { validateSessionLimits, type SessionLimits } from './session-limits.ts'

interface TwinSession {
  readonly id: number
  readonly key: number
  usedAt: number
  /** Counts uses, so that the order of use is a sort. */
  use: number
  floor: number
}

/** Says what must become of each command, the dumb way: it scans, sorts, and keeps everything for ever. */
class Twin {
  limits: SessionLimits = validateSessionLimits()
  sessions: TwinSession[] = []
  /** Every command that was ever applied, with its place in the order of all. */
  readonly applied = new Map<string, number>()
  #uses = 0

  expire(time: number): void {
    this.sessions = this.sessions.filter(({ usedAt }) => usedAt + this.limits.sessionIdleMs > time)
  }

  open(index: number, key: number, limits: SessionLimits, time: number): number {
    this.limits = limits
    let session = this.sessions.find((known) => known.key === key)
    if (session === undefined) this.sessions.push((session = { id: index, key, usedAt: time, use: 0, floor: 1 }))
    this.#touch(session, time)
    this.sessions = this.sessions.toSorted((one, other) => one.use - other.use).slice(-limits.sessionsMax)
    return session.id
  }

  close(id: number): void {
    this.sessions = this.sessions.filter((session) => session.id !== id)
  }

  /** The place of the command in the order of all, or undefined for what is not applied and not known. */
  command(id: number, number: number, answeredBelow: number, time: number): number | undefined {
    const session = this.sessions.find((known) => known.id === id)
    if (session === undefined) return undefined
    this.#touch(session, time)
    session.floor = Math.max(session.floor, answeredBelow)
    if (number < session.floor) return undefined
    const name = `${id}/${number}`
    if (!this.applied.has(name)) {
      this.applied.set(name, this.applied.size + 1)
      session.floor = Math.max(session.floor, number - this.limits.resultsKeptMax + 1)
    }
    return this.applied.get(name)
  }

  #touch(session: TwinSession, time: number): void {
    session.usedAt = time
    session.use = ++this.#uses
  }
}

function resultOf(place: number | undefined): Outcome {
  if (place === undefined) return { type: 'session-expired' }
  return { type: 'result', result: new TextEncoder().encode(String(place)) }
}

async function* cut(content: Uint8Array, prng: Prng): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length;) {
    const end = at + 1 + prng.below(prng.pick([1, 7, 100]))
    yield content.subarray(at, end)
    at = end
  }
}

function contentOf(replica: Replica): Uint8Array {
  return new Uint8Array(Buffer.concat([...replica.snapshot()]))
}

function agree(found: unknown, wanted: unknown): void {
  expect(found).toEqual(wanted)
}

interface Draw {
  readonly prng: Prng
  readonly ids: number[]
  readonly limits: SessionLimits
}

/** One drawn entry, to replica and twin. */
function act({ prng, ids, limits }: Draw, feed: EntryFeed, replica: Replica, twin: Twin): void {
  feed.time += prng.chance(1, 4) ? prng.between(-20, 60) : 0
  const index = replica.applied + 1
  const time = Math.max(replica.time, feed.time, 0)
  feed.time = Math.max(feed.time, 0)
  const id = ids.length > 0 ? prng.pick(ids) : 1
  twin.expire(time)
  if (ids.length === 0 || prng.chance(1, 12)) {
    const key = prng.between(1, 6)
    const drawn = prng.chance(1, 4) ? { ...limits, sessionsMax: prng.between(1, 5) } : limits
    const session = twin.open(index, key, drawn, time)
    agree(feed.open(key, drawn), { type: 'session', session: session as SessionId })
    ids.push(session)
  } else if (prng.chance(1, 60)) {
    twin.close(id)
    feed.close(id)
  } else {
    const low = 1 + Math.floor(index / 12)
    const number = prng.between(Math.max(1, low - 4), low + 8)
    const answeredBelow = prng.chance(1, 3) ? prng.between(1, low) : 1
    const outcome = feed.command(id, number, `${id}/${number}`, answeredBelow)
    agree(outcome, resultOf(twin.command(id, number, answeredBelow, time)))
  }
  agree(replica.sessions, twin.sessions.length)
}

describe('a replica and a twin that keeps everything', () => {
  test('agree on what is applied, whatever comes twice, late, or not in order, and over snapshots', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const prng = new Prng(seed)
      const limits = validateSessionLimits({ sessionsMax: 4, sessionIdleMs: 150, resultsKeptMax: prng.between(1, 20) })
      const twin = new Twin()
      const options = { machineKind: notebookKind() }
      let replica = createReplica(options)
      let feed = new EntryFeed(replica)
      const draw: Draw = { prng, ids: [], limits }
      try {
        for (let turn = 0; turn < 250; turn++) {
          act(draw, feed, replica, twin)
          if (!prng.chance(1, 40)) continue
          const content = contentOf(replica)
          replica = await restoreReplica(cut(content, prng), options)
          expect(contentOf(replica)).toEqual(content)
          const { time } = feed
          feed = new EntryFeed(replica)
          feed.time = time
        }
      } catch (cause) {
        throw new Error(`seed ${seed}`, { cause })
      }
    }
  })
})
