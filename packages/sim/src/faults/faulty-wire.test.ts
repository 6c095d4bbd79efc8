import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { WireFrame } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { VirtualTime } from '../world/virtual-time.ts'
import { noFaults, type FaultPlan, type MessageFault } from './fault-plan.ts'
import { FaultyWire } from './faulty-wire.ts'

const a = 'a' as NodeId
const b = 'b' as NodeId

function wireOf(seed: number, plan: Partial<FaultPlan> = {}) {
  const time = new VirtualTime()
  const arrived: number[] = []
  const notes: string[] = []
  const wire = new FaultyWire(
    {
      nowMs: () => time.nowMs,
      arriveAt: (atMs, _to, arrive) => void time.schedule(atMs, arrive),
      note: (_frame, what) => void notes.push(what),
    },
    new Prng(seed),
    { ...noFaults, latencyMs: [1, 10], ...plan },
  )
  const send = (number: number, reliable: boolean, kind: WireFrame['kind'] = 'notice'): void => {
    const frame: WireFrame = {
      from: a,
      to: b,
      channel: 'x',
      kind,
      bytes: 1,
      payload: new Uint8Array(),
      reliable,
    }
    wire.carry(frame, () => void arrived.push(number))
  }
  const settle = (): void => {
    while (time.step(time.nowMs + 1_000));
  }
  return { wire, send, settle, time, arrived, notes }
}

const numbers = Array.from({ length: 200 }, (_, index) => index)
const messages = (kind: MessageFault): Partial<FaultPlan> => ({ message: new Map([[kind, 300]]) })

test('publications are lost, but those that arrive do so once and in order', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const { send, settle, arrived, notes } = wireOf(seed, {
      message: new Map([
        ['loss', 300],
        ['duplication', 300],
        ['reordering', 300],
      ]),
    })
    for (const number of numbers) send(number, false, 'publication')
    settle()
    const inOrder = arrived.every((number, index) => index === 0 || number > (arrived[index - 1] as number))
    expect({ seed, inOrder }).toEqual({ seed, inOrder: true })
    expect(arrived.length).toBe(notes.filter((note) => note === 'sent').length)
    expect(arrived.length).toBeLessThan(numbers.length)
  }
})

describe('what rides on a connection', () => {
  test('arrives once and in order, whatever the latency and the faults of notices', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { send, settle, arrived } = wireOf(seed, {
        message: new Map([
          ['loss', 300],
          ['duplication', 300],
          ['reordering', 300],
        ]),
      })
      for (const number of numbers) send(number, true)
      settle()
      expect({ seed, arrived }).toEqual({ seed, arrived: numbers })
    }
  })

  test('waits behind a cut and arrives in order when all cuts have healed', () => {
    const { wire, send, settle, arrived, notes } = wireOf(1)
    wire.cut(a, b)
    wire.cut(a, b)
    for (const number of [1, 2, 3]) send(number, true)
    wire.heal(a, b)
    settle()
    expect({ arrived, notes, isCut: wire.isCut(a, b) }).toEqual({
      arrived: [],
      notes: ['held', 'held', 'held'],
      isCut: true,
    })
    wire.heal(a, b)
    send(4, true)
    settle()
    expect(arrived).toEqual([1, 2, 3, 4])
  })

  test('is gone when the connection breaks before the cut heals', () => {
    const { wire, send, settle, arrived } = wireOf(1)
    wire.cut(a, b)
    send(1, true)
    wire.drop(b, a)
    wire.heal(a, b)
    settle()
    expect(arrived).toEqual([])
  })
})

describe('notices', () => {
  test('all arrive in the quiet world', () => {
    const { send, settle, arrived } = wireOf(1)
    for (const number of numbers) send(number, false)
    settle()
    expect(arrived.toSorted((one, other) => one - other)).toEqual(numbers)
  })

  test('are lost, and in a cut all of them', () => {
    const { wire, send, settle, arrived } = wireOf(1, messages('loss'))
    for (const number of numbers) send(number, false)
    settle()
    expect(arrived.length).toBeGreaterThan(100)
    expect(arrived.length).toBeLessThan(190)
    wire.cut(a, b)
    send(1_000, false)
    wire.heal(a, b)
    settle()
    expect(arrived).not.toContain(1_000)
  })

  test('come twice', () => {
    const { send, settle, arrived } = wireOf(1, messages('duplication'))
    for (const number of numbers) send(number, false)
    settle()
    expect(new Set(arrived).size).toBe(200)
    expect(arrived.length).toBeGreaterThan(220)
  })

  test('overtake each other', () => {
    const { send, settle, arrived, time } = wireOf(1, { ...messages('reordering'), latencyMs: [1, 1] })
    for (const number of numbers) {
      send(number, false)
      time.step(time.nowMs + 0.5)
    }
    settle()
    expect(arrived.toSorted((one, other) => one - other)).toEqual(numbers)
    expect(arrived).not.toEqual(numbers)
  })
})

test('a slow link is slow one way', () => {
  const { wire, send, settle, time, arrived } = wireOf(1, { latencyMs: [2, 2] })
  wire.slow(a, b, 50)
  send(1, true)
  time.step(99)
  expect(arrived).toEqual([])
  settle()
  expect(arrived).toEqual([1])
})

test('a changed plan holds from then on', () => {
  const { wire, send, settle, arrived } = wireOf(1, messages('loss'))
  wire.plan = noFaults
  for (const number of numbers) send(number, false)
  settle()
  expect(arrived).toHaveLength(200)
})
