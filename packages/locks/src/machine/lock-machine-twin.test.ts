import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ApplyContext } from '@flotilla/raft'
import { watchedMachine } from '../testing/invariants/watched-machine.ts'
import { applied, LockScript, numbersPerStep, stepFrom } from '../testing/lock-script.ts'
import { LockTwin, type TwinResult } from '../testing/lock-twin.ts'
import { lockMachine, type LockMachine } from './lock-machine.ts'
import { stateView } from './state-view.ts'

const numbers = fc.array(fc.nat(999), { minLength: numbersPerStep, maxLength: numbersPerStep })
const steps = fc.array(numbers.map(stepFrom), { minLength: 5, maxLength: 120, size: 'max' })

const runs = Number(process.env['LOCK_RUNS'] ?? 200)

test('it does what its dumb twin does, and keeps every invariant', () => {
  const seen = new Map<string, number>()
  const property = fc.property(steps, (drawn) => {
    const machine = lockMachine.create()
    // The watched one lets time pass on its own before each command; this one sees it come with the command.
    const alone = lockMachine.create()
    const broken: string[] = []
    const watched = watchedMachine(machine, (each) => broken.push(each))
    const twin = new LockTwin()
    const script = new LockScript()
    for (const each of drawn) {
      const { command, context } = script.next(each)
      const known = machine.table.counts.deadlocks
      const result = applied(watched, command, context)
      const view = stateView(machine.table)
      const reported = view.deadlocks.filter(({ number }) => number > known)
      const expected: TwinResult = twin.apply(command, context, reported)
      expect(broken).toEqual([])
      expect(applied(alone, command, context)).toEqual(result)
      expect(result).toMatchObject(expected)
      expect([...view.resources.values()].toSorted(byName)).toEqual([...twin.state.view().values()])
      expect(view.lastToken).toBe(twin.lastToken)
      expect([...view.sessions].map(([id, { expiresAt }]) => [id, expiresAt])).toEqual(
        twin.state.sessions.map(({ id, expiresAt }) => [id, expiresAt]),
      )
      expect(stateView(alone.table)).toEqual(view)
      seen.set(expected.type, (seen.get(expected.type) ?? 0) + 1)
    }
  })
  fc.assert(property, { numRuns: runs })
  const kinds = ['granted', 'waiting', 'busy', 'deadlock', 'ended', 'released', 'withdrawn', 'not-held', 'refused']
  expect(kinds.filter((kind) => (seen.get(kind) ?? 0) < 20)).toEqual([])
}, 120_000)

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}

test('one that was restored midway goes on as if nothing had happened, byte for byte', async () => {
  const property = fc.asyncProperty(steps, fc.nat(120), fc.integer({ min: 1, max: 500 }), async (drawn, at, cut) => {
    const straight = lockMachine.create()
    let restored = lockMachine.create()
    const script = new LockScript()
    for (const [place, each] of drawn.entries()) {
      const { command, context } = script.next(each)
      const emitted: string[] = []
      const emit = (topic: string, payload: Uint8Array): void => void emitted.push(`${topic} ${payload.join()}`)
      const result = applied(straight, command, { ...context, emit })
      const again: string[] = []
      const emitAgain = (topic: string, payload: Uint8Array): void => void again.push(`${topic} ${payload.join()}`)
      expect(applied(restored, command, { ...context, emit: emitAgain })).toEqual(result)
      expect(again.toSorted()).toEqual(emitted.toSorted())
      if (place === at) restored = await lockMachine.restore(cutInto(restored.snapshot(), cut), 1)
      expect(restored.deadline()).toBe(straight.deadline())
    }
    expect(bytesOf(restored)).toEqual(bytesOf(straight))
    const last = { index: 1_000, time: 1 } as unknown as ApplyContext
    for (const session of straight.table.sessions.keys()) {
      expect(restored.query({ type: 'session', session }, last)).toEqual(
        straight.query({ type: 'session', session }, last),
      )
    }
  })
  await fc.assert(property, { numRuns: Math.ceil(runs / 3) })
}, 120_000)

async function* cutInto(pieces: Iterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += length) yield piece.subarray(at, at + length)
  }
}

function bytesOf(machine: LockMachine): readonly number[] {
  return [...machine.snapshot()].flatMap((piece) => [...piece])
}
