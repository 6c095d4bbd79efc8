import type { Millis } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HandshakeGate, type GateLimits, type HandshakeTicket } from './node-tls-gate.ts'

const limits: GateLimits = {
  handshakesMax: 8,
  handshakesPerAddressMax: 3,
  handshakeBurstPerAddress: 100,
  handshakesPerSecondPerAddress: 10,
  addressesRememberedMax: 1_000,
  handshakeStaleMs: 1_000,
}
const at = (ms: number): Millis => ms as Millis

/** A gate, and who had to leave it. */
function gateWith(changes: Partial<GateLimits> = {}): {
  readonly gate: HandshakeGate
  readonly evicted: string[]
  readonly enter: (ms: number, address: string, name?: string) => HandshakeTicket | undefined
} {
  const gate = new HandshakeGate({ ...limits, ...changes })
  const evicted: string[] = []
  const enter = (ms: number, address: string, name: string = address): HandshakeTicket | undefined =>
    gate.enter(at(ms), address, () => void evicted.push(name))
  return { gate, evicted, enter }
}

describe('a gate for handshakes', () => {
  test('lets in so many of one address at once, and one more for each that leaves', () => {
    const { gate, enter } = gateWith()
    const tickets = [1, 2, 3].map(() => enter(0, 'a'))
    expect([enter(0, 'a'), enter(0, 'b')]).toEqual([undefined, expect.anything()])
    const [first] = tickets
    if (first !== undefined) gate.leave(first)
    if (first !== undefined) gate.leave(first) // Once is enough.
    expect([enter(0, 'a'), enter(0, 'a')]).toEqual([expect.anything(), undefined])
    expect(gate.size).toBe(4)
  })

  test('gives each address a rate, whatever the others do', () => {
    const { gate, enter } = gateWith({ handshakeBurstPerAddress: 5 })
    const quickly = (ms: number, address: string): boolean => {
      const ticket = enter(ms, address)
      if (ticket !== undefined) gate.leave(ticket)
      return ticket !== undefined
    }
    expect(Array.from({ length: 7 }, () => quickly(0, 'a'))).toEqual([true, true, true, true, true, false, false])
    expect(quickly(0, 'b')).toBe(true)
    expect([quickly(100, 'a'), quickly(100, 'a')]).toEqual([true, false])
  })

  test('when full, takes the oldest place of who has most for who has clearly fewer', () => {
    const { gate, evicted, enter } = gateWith()
    for (const [address, count] of [
      ['a', 3],
      ['b', 3],
      ['c', 2],
    ] as const) {
      for (let index = 0; index < count; index++) enter(0, address, `${address}${index}`)
    }
    expect(enter(1, 'honest')).toBeDefined()
    expect([evicted, gate.size]).toEqual([['a0'], 8])
    expect(enter(1, 'another')).toBeDefined()
    expect(evicted).toEqual(['a0', 'b0'])
  })

  test('when full of addresses with one each, only a stale one gives way', () => {
    const { gate, evicted, enter } = gateWith()
    for (let index = 0; index < 8; index++) enter(index, `attacker ${index}`)
    expect([enter(1_000, 'honest'), evicted]).toEqual([undefined, []])
    expect(enter(1_001, 'honest')).toBeDefined()
    expect([evicted, gate.size]).toEqual([['attacker 0'], 8])
  })

  test('forgets who was not seen for longest', () => {
    const { gate, enter } = gateWith({ handshakeBurstPerAddress: 1, addressesRememberedMax: 2 })
    const ticket = enter(0, 'a')
    if (ticket !== undefined) gate.leave(ticket)
    expect(enter(0, 'a')).toBeUndefined()
    enter(0, 'b')
    enter(0, 'c')
    expect(enter(0, 'a')).toBeDefined()
  })

  test('never holds more than its limits, and knows whom it holds', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(5), fc.nat(400)), { maxLength: 200 })
    fc.assert(
      fc.property(steps, (moves) => {
        const gate = new HandshakeGate(limits)
        const inside = new Set<HandshakeTicket>()
        let now = 0
        for (const [leaves, which, pauseMs] of moves) {
          now += pauseMs
          const someone = [...inside][which]
          if (leaves && someone !== undefined) {
            inside.delete(someone)
            gate.leave(someone)
          } else {
            const ticket = gate.enter(at(now), `address ${which}`, () => void (ticket && inside.delete(ticket)))
            if (ticket !== undefined) inside.add(ticket)
          }
          const counts = Object.values(Object.groupBy(inside, ({ address }) => address))
          expect(gate.size).toBe(inside.size)
          expect(gate.size).toBeLessThanOrEqual(limits.handshakesMax)
          for (const own of counts) expect(own?.length).toBeLessThanOrEqual(limits.handshakesPerAddressMax)
        }
      }),
    )
  })
})
