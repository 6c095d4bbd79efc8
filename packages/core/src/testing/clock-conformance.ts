import { ok, strictEqual } from 'node:assert/strict'
import { after, type Clock, type Millis } from '../time/index.ts'
import type { ConformanceCase } from './conformance-case.ts'

/** A clock under test. */
export interface ClockSubject {
  readonly clock: Clock
  /** Resolves when the clock has moved on by at least this much and has called the wakes that came due. */
  readonly pass: (durationMs: number) => Promise<void>
}

/** What every `Clock` does. It judges order and counts, never durations, so a busy machine does not fail it. */
export function clockConformance(subjectOf: () => ClockSubject): readonly ConformanceCase[] {
  const cases: Record<string, (subject: ClockSubject) => Promise<void>> = {
    'now never goes back': neverGoesBack,
    'the calendar says a number': calendarSaysNumber,
    'a wake comes once, when its time has come': wakesOnce,
    'a wake in the past comes soon, but not before wakeAt has returned': wakesForThePast,
    'a wake at Infinity never comes': neverWakes,
    'a disposed wake never comes': disposedNeverWakes,
    'disposing again, or after the wake, does nothing': disposesAgain,
    'a wake may dispose itself, and set another': wakeSetsAnother,
    'wakes are independent of each other': wakesApart,
  }
  return Object.entries(cases).map(([name, run]) => ({ name, run: () => run(subjectOf()) }))
}

async function neverGoesBack({ clock, pass }: ClockSubject): Promise<void> {
  let last = clock.now()
  for (let read = 0; read < 1_000; read++) {
    const now = clock.now()
    ok(now >= last, `now went back from ${last} to ${now}`)
    last = now
  }
  await pass(3)
  ok(clock.now() >= after(last, 3), 'now stood still')
}

async function calendarSaysNumber({ clock }: ClockSubject): Promise<void> {
  ok(Number.isFinite(clock.wallNow()))
}

async function wakesOnce({ clock, pass }: ClockSubject): Promise<void> {
  const at = after(clock.now(), 3)
  const wokenAt: Millis[] = []
  clock.wakeAt(at, () => wokenAt.push(clock.now()))
  await pass(5)
  await pass(5)
  strictEqual(wokenAt.length, 1)
  ok(
    wokenAt.every((now) => now >= at),
    'it woke too early',
  )
}

async function wakesForThePast({ clock, pass }: ClockSubject): Promise<void> {
  const woken: string[] = []
  for (const at of [after(clock.now(), -10), after(clock.now(), 0), -Infinity as Millis]) {
    clock.wakeAt(at, () => woken.push('woken'))
  }
  woken.push('returned')
  await pass(2)
  strictEqual(woken.join(' '), 'returned woken woken woken')
}

async function neverWakes({ clock, pass }: ClockSubject): Promise<void> {
  let wakes = 0
  const timer = clock.wakeAt(Infinity as Millis, () => wakes++)
  await pass(3)
  timer[Symbol.dispose]()
  await pass(1)
  strictEqual(wakes, 0)
}

async function disposedNeverWakes({ clock, pass }: ClockSubject): Promise<void> {
  let wakes = 0
  const due = clock.wakeAt(clock.now(), () => wakes++)
  const later = clock.wakeAt(after(clock.now(), 2), () => wakes++)
  due[Symbol.dispose]()
  later[Symbol.dispose]()
  await pass(5)
  strictEqual(wakes, 0)
}

async function disposesAgain({ clock, pass }: ClockSubject): Promise<void> {
  let wakes = 0
  const first = clock.wakeAt(clock.now(), () => wakes++)
  await pass(2)
  const second = clock.wakeAt(after(clock.now(), 2), () => wakes++)
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  await pass(5)
  strictEqual(wakes, 2)
  second[Symbol.dispose]()
}

async function wakeSetsAnother({ clock, pass }: ClockSubject): Promise<void> {
  const woken: string[] = []
  const first: Disposable = clock.wakeAt(after(clock.now(), 1), () => {
    first[Symbol.dispose]()
    clock.wakeAt(clock.now(), () => woken.push('second'))
    woken.push('first')
  })
  await pass(3)
  await pass(3)
  strictEqual(woken.join(' '), 'first second')
}

async function wakesApart({ clock, pass }: ClockSubject): Promise<void> {
  const woken = new Set<number>()
  const timers = Array.from({ length: 20 }, (_, timer) =>
    clock.wakeAt(after(clock.now(), timer % 4), () => woken.add(timer)),
  )
  for (const [timer, handle] of timers.entries()) if (timer % 3 === 0) handle[Symbol.dispose]()
  await pass(6)
  await pass(1)
  const expected = timers.map((_, timer) => timer).filter((timer) => timer % 3 !== 0)
  strictEqual([...woken].toSorted((a, b) => a - b).join(), expected.join())
}
