import type { NodeId } from '@flotilla/core/ids'
import { describe, expect, test } from 'vitest'
import { asks, at, chunk, chunks, give, opened, planFor, type Ask } from '../doubles/plan-script.ts'
import type { FetchEffect } from './fetch-effects.ts'
import { keyOf } from './planned-chunk.ts'

const [a, b, c] = ['a', 'b', 'c'].map((id) => id as NodeId) as [NodeId, NodeId, NodeId]

describe('a plan to fetch', () => {
  test('opens nothing before something is wanted', () => {
    const plan = planFor([a])
    expect(plan.advance(at(0))).toEqual([])
    plan.want([chunk(1)])
    expect(plan.advance(at(0))).toEqual([{ type: 'open', peer: a }])
  })

  test('asks several peers, each for chunks of its own, and lists before data', () => {
    const plan = planFor([a, b])
    plan.want([...chunks(6), chunk(99, 'list')])
    const asked = opened(plan)
    expect(asked[0]?.wanted).toEqual([chunk(99, 'list')])
    expect(new Set(asked.map(({ peer }) => peer))).toEqual(new Set([a, b]))
    const keys = asked.flatMap(({ wanted }) => wanted.map(keyOf))
    expect(new Set(keys).size).toBe(keys.length)
    for (const { wanted } of asked) expect(new Set(wanted.map(({ kind }) => kind)).size).toBe(1)
  })

  test('wants the same chunk once', () => {
    const plan = planFor([a])
    plan.want([chunk(1), chunk(1)])
    plan.want([chunk(1)])
    expect(opened(plan).flatMap(({ wanted }) => wanted)).toEqual([chunk(1)])
  })

  test('has no more under way than the limits say', () => {
    const plan = planFor([a, b, c])
    plan.want(chunks(200))
    const asked = opened(plan)
    for (const peer of [a, b, c]) {
      const ofPeer = asked.filter((ask) => ask.peer === peer)
      expect(ofPeer.length).toBeLessThanOrEqual(4)
      expect(ofPeer.flatMap(({ wanted }) => wanted).length * 1_000).toBeLessThanOrEqual(8_192 + 2_048)
    }
    for (const { wanted } of asked) expect(wanted.length).toBeLessThanOrEqual(2)
    expect(asked.flatMap(({ wanted }) => wanted).length * 1_000).toBeLessThanOrEqual(16_384 + 2_048)
  })

  test('asks another for what a peer lacks, and does not count that as a lie', () => {
    const plan = planFor([a, b])
    plan.want([chunk(1)])
    const [first] = opened(plan) as [Ask]
    give(plan, first, at(1), [keyOf(chunk(1))])
    const [second] = asks(plan.advance(at(1))) as [Ask]
    expect(second.peer).not.toBe(first.peer)
    give(plan, second, at(2), [keyOf(chunk(1))])
    expect(plan.advance(at(2))).toEqual([{ type: 'unavailable', keys: [keyOf(chunk(1))] }])
  })

  test('leaves out who lacks too many in a row', () => {
    const plan = planFor([a, b], { lacksMax: 3 })
    plan.want(chunks(40))
    let asked = opened(plan)
    const left: FetchEffect[] = []
    for (let now = 1; asked.length > 0; now++) {
      for (const ask of asked) give(plan, ask, at(now), ask.peer === a ? ask.wanted.map(keyOf) : [])
      const effects = plan.advance(at(now))
      left.push(...effects.filter(({ type }) => type === 'leave-out'))
      asked = asks(effects)
    }
    expect(left).toEqual([{ type: 'leave-out', peer: a, reason: 'lacking' }])
    expect(plan.size).toBe(0)
  })

  test('gives what a peer was asked for to others when it is left out', () => {
    const plan = planFor([a, b])
    plan.want(chunks(6))
    const asked = opened(plan)
    const lost = asked.filter(({ peer }) => peer === a).flatMap(({ wanted }) => wanted)
    expect(lost.length).toBeGreaterThan(0)
    for (const ask of asked) if (ask.peer === b) give(plan, ask, at(1))
    plan.leave(a, 'gone')
    const effects = plan.advance(at(1))
    expect(effects).toContainEqual({ type: 'leave-out', peer: a, reason: 'gone' })
    expect(asks(effects).flatMap(({ wanted }) => wanted)).toEqual(expect.arrayContaining(lost))
    expect(asks(effects).every(({ peer }) => peer === b)).toBe(true)
  })

  test('tells at once that nobody is left, and asks again who comes back', () => {
    const plan = planFor([a])
    plan.want([chunk(1)])
    opened(plan)
    plan.leave(a, 'gone')
    expect(plan.advance(at(1))).toContainEqual({ type: 'unavailable', keys: [keyOf(chunk(1))] })
    plan.back(a)
    plan.want([chunk(2)])
    expect(plan.advance(at(2))).toEqual([{ type: 'open', peer: a }])
    plan.leave(a, 'lying')
    plan.advance(at(3))
    plan.back(a)
    plan.want([chunk(2)])
    expect(plan.advance(at(3))).toEqual([{ type: 'unavailable', keys: [keyOf(chunk(2))] }])
  })

  test('asks nobody who is no holder any more', () => {
    const plan = planFor([a, b])
    plan.want(chunks(2))
    plan.holders([b])
    expect(opened(plan).every(({ peer }) => peer === b)).toBe(true)
  })

  test('never asks for what was forgotten', () => {
    const plan = planFor([a])
    plan.want(chunks(3))
    plan.forget([keyOf(chunk(0)), keyOf(chunk(2))])
    expect(opened(plan).flatMap(({ wanted }) => wanted)).toEqual([chunk(1)])
  })
})

describe('a slow peer', () => {
  test('has its batch asked of another too; the first answer counts, the other does not', () => {
    const plan = planFor([a, b], { hedgeMsMin: 50, hedgeFactor: 2 })
    plan.want(chunks(2))
    const [one, other] = opened(plan) as [Ask, Ask]
    give(plan, other, at(10))
    expect(asks(plan.advance(at(10)))).toEqual([])
    const due = plan.deadline()
    expect(due).toBeLessThanOrEqual(200)
    const [hedge] = asks(plan.advance(due)) as [Ask]
    expect(hedge).toMatchObject({ peer: other.peer, wanted: one.wanted })
    expect(give(plan, hedge, at(210))).toEqual(one.wanted.map(keyOf))
    expect(give(plan, one, at(220))).toEqual([])
    expect(plan.size).toBe(0)
  })

  test('is left out when others were faster too often, and called back when nobody else is there', () => {
    const plan = planFor([a, b], { hedgeMsMin: 50, hedgeFactor: 2, hedgesLostMax: 2, batchesInFlightMax: 2 })
    plan.want(chunks(40))
    let asked = opened(plan)
    const left: FetchEffect[] = []
    for (let now = 10; now < 2_000 && left.length === 0; now += 10) {
      for (const ask of asked) if (ask.peer === b) give(plan, ask, at(now))
      const effects = plan.advance(at(now))
      asked = asks(effects)
      left.push(...effects.filter(({ type }) => type === 'leave-out'))
    }
    expect(left).toEqual([{ type: 'leave-out', peer: a, reason: 'slow' }])
    plan.leave(b, 'gone')
    plan.want([chunk(77)])
    expect(plan.advance(at(2_000))).toContainEqual({ type: 'open', peer: a })
    plan.opened(a)
    expect(asks(plan.advance(at(2_000))).every(({ peer }) => peer === a)).toBe(true)
    plan.leave(a, 'slow')
    expect(plan.advance(at(2_001)).some(({ type }) => type === 'unavailable')).toBe(true)
  })

  test('is asked for what the fast ones lack', () => {
    const plan = planFor([a, b], { batchBytesMax: 2 ** 20, batchBytesFirst: 2 ** 20 })
    plan.want(chunks(2))
    for (const ask of opened(plan)) give(plan, ask, at(ask.peer === a ? 1 : 10_000))
    plan.want([chunk(50)])
    const [first] = asks(plan.advance(at(10_000))) as [Ask]
    expect(first.peer).toBe(a)
    give(plan, first, at(10_001), [keyOf(chunk(50))])
    expect(asks(plan.advance(at(10_001)))).toMatchObject([{ peer: b, wanted: [chunk(50)] }])
  })

  test('gets less to do than a fast one', () => {
    const plan = planFor([a, b], { sourceBytesInFlightMax: 2 ** 20, batchBytesMax: 2 ** 20, batchChunksMax: 4_096 })
    plan.want(chunks(20_000))
    const given = new Map<NodeId, number>()
    const due: { at: number; ask: Ask }[] = []
    const perMs = new Map([
      [a, 1_000],
      [b, 10],
    ])
    const busyTo = new Map<NodeId, number>()
    let now = 0
    let asksOfSlow = 0
    const plant = (asked: readonly Ask[]): void => {
      for (const ask of asked) {
        if (ask.peer === b) asksOfSlow++
        const end = Math.max(now, busyTo.get(ask.peer) ?? 0) + (ask.wanted.length * 1_000) / (perMs.get(ask.peer) ?? 1)
        busyTo.set(ask.peer, end)
        due.push({ at: end, ask })
      }
    }
    plant(opened(plan))
    while (plan.size > 0) {
      const next = due.toSorted((one, other) => one.at - other.at)[0]
      if (next === undefined) break
      due.splice(due.indexOf(next), 1)
      now = Math.max(now, next.at)
      const first = give(plan, next.ask, at(now))
      given.set(next.ask.peer, (given.get(next.ask.peer) ?? 0) + first.length)
      plant(asks(plan.advance(at(now))))
    }
    expect(given.get(a)).toBeGreaterThan(18_000)
    expect(asksOfSlow).toBeLessThan(6)
    // 20,000 chunks of 1,000 bytes take the fast one 20 seconds; the slow one must not be what is waited for.
    expect(now).toBeLessThan(24_000)
  })
})
