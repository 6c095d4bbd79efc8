import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import type { EnvelopeId } from './envelope-id.ts'
import { validateBroadcastLimits } from './limits.ts'
import { MissingEnvelopes } from './missing-envelopes.ts'

const at = (ms: number): Millis => ms as Millis
const id = (name: string | number): EnvelopeId => `envelope ${name}` as EnvelopeId
const [ann, bob, eve] = ['ann', 'bob', 'eve'] as NodeId[] as [NodeId, NodeId, NodeId]
const limits = validateBroadcastLimits({ wantTimeoutMs: 100, wantsInFlightMax: 2, announcedPerPeerMax: 4 })

function wants(missing: MissingEnvelopes): Record<string, readonly string[]> {
  return Object.fromEntries(missing.drain())
}

test('the first who announces it is asked, once', () => {
  const missing = new MissingEnvelopes(limits)
  missing.announce(ann, id(1), at(0))
  missing.announce(bob, id(1), at(1))
  missing.announce(ann, id(1), at(2))
  expect(wants(missing)).toEqual({ ann: [id(1)] })
  expect(missing.deadline()).toBe(100)
  missing.came(id(1), ann, at(3))
  expect({ announced: missing.announced, deadline: missing.deadline() }).toEqual({ announced: 0, deadline: Infinity })
})

test('who does not send in time is given up, and another one is asked', () => {
  const missing = new MissingEnvelopes(limits)
  missing.announce(eve, id(1), at(0))
  missing.announce(ann, id(1), at(50))
  missing.drain()
  missing.expire(at(99))
  expect(wants(missing)).toEqual({})
  missing.expire(at(100))
  expect(wants(missing)).toEqual({ ann: [id(1)] })
  missing.expire(at(200))
  expect(wants(missing)).toEqual({})
  expect(missing.announced).toBe(0)
})

test('so is a peer that is gone', () => {
  const missing = new MissingEnvelopes(limits)
  missing.announce(eve, id(1), at(0))
  missing.announce(ann, id(1), at(0))
  missing.lost(eve, at(10))
  expect(wants(missing)).toEqual({ ann: [id(1)] })
})

test('a peer that keeps failing is asked only when nobody else is there by the next exchange', () => {
  const missing = new MissingEnvelopes(limits)
  for (let time = 0; time < 300; time += 100) {
    missing.announce(eve, id(time), at(time))
    missing.expire(at(time + 100))
  }
  missing.drain()
  missing.announce(eve, id('a'), at(300))
  missing.announce(eve, id('b'), at(300))
  expect(wants(missing)).toEqual({})
  missing.announce(ann, id('a'), at(310))
  expect(wants(missing)).toEqual({ ann: [id('a')] })
  missing.sweep(at(320))
  expect(wants(missing)).toEqual({ eve: [id('b')] })
  missing.came(id('b'), eve, at(330)) // It is believed again.
  missing.announce(eve, id('c'), at(340))
  expect(wants(missing)).toEqual({ eve: [id('c')] })
})

test('one peer is asked for so many at a time, and for more as they come', () => {
  const missing = new MissingEnvelopes(limits)
  for (let number = 1; number <= 4; number++) missing.announce(ann, id(number), at(0))
  expect(wants(missing)).toEqual({ ann: [id(1), id(2)] })
  missing.came(id(2), ann, at(10))
  expect(wants(missing)).toEqual({ ann: [id(3)] })
  missing.came(id(4), bob, at(10)) // Pushed by another one.
  missing.came(id(1), ann, at(10))
  expect(wants(missing)).toEqual({})
})

test('announcements of what does not exist fill the share of whoever makes them, and nobody else’s', () => {
  const missing = new MissingEnvelopes(limits)
  for (let number = 0; number < 1_000; number++) missing.announce(eve, id(`invented ${number}`), at(0))
  expect(missing.announced).toBe(4)
  missing.drain()
  missing.announce(ann, id(1), at(0))
  expect(wants(missing)).toEqual({ ann: [id(1)] })
})

test('whatever happens, whoever is asked announced it, and nothing stays asked for ever (seeds 1 to 200)', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const prng = new Prng(seed)
    const missing = new MissingEnvelopes(limits)
    const announced = new Set<string>()
    let now = 0
    for (let step = 0; step < 200; step++) {
      now += prng.below(40)
      const peer = prng.pick([ann, bob, eve])
      const drawn = id(prng.below(8))
      const act = prng.below(5)
      if (act <= 1) announced.add(`${peer} ${drawn}`)
      if (act <= 1) missing.announce(peer, drawn, at(now))
      if (act === 2) missing.came(drawn, peer, at(now))
      if (act === 3 && prng.chance(1, 4)) missing.lost(peer, at(now))
      if (act === 4) missing.sweep(at(now))
      missing.expire(at(now))
      for (const [asked, ids] of missing.drain()) {
        for (const wanted of ids)
          expect({ seed, known: announced.has(`${asked} ${wanted}`) }).toEqual({ seed, known: true })
      }
      expect({ seed, isLater: missing.deadline() > now }).toEqual({ seed, isLater: true })
      expect(missing.announced).toBeLessThanOrEqual(3 * 4)
    }
    for (let more = 0; more < 100; more++) {
      now += 100
      missing.expire(at(now))
      missing.sweep(at(now))
    }
    expect({ seed, announced: missing.announced }).toEqual({ seed, announced: 0 })
  }
})
