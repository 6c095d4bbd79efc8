import type { NodeId } from '@flotilla/core/ids'
import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { runAutopilot } from './driver.ts'
import type { AutopilotGroup, AutopilotMember, AutopilotStatus, GroupMembers } from './ports.ts'

const [a, b, c] = ['a', 'b', 'c'] as [string, string, string] as unknown as [NodeId, NodeId, NodeId]

/** A group that does at once as it is told, unless it is told otherwise. */
class ToldGroup implements AutopilotGroup {
  readonly asked: GroupMembers[] = []
  role: AutopilotStatus['role'] = 'leader'
  quiet = false
  answer: (signal: AbortSignal) => Promise<void> = () => Promise.resolve()
  #now: GroupMembers = { voters: [a], learners: [] }

  status(): AutopilotStatus {
    const ids = [...this.#now.voters, ...this.#now.learners]
    const members = ids.map((id) => ({ id, state: 'replicate' as const, entriesBehind: 0, active: !this.quiet }))
    return { role: this.role, quiet: this.quiet, configuration: { ...this.#now, outgoing: [] }, members }
  }

  async changeMembers(wanted: GroupMembers, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.asked.push(wanted)
    await this.answer(signal ?? new AbortController().signal)
    this.#now = wanted
  }
}

const members = (): readonly AutopilotMember[] => [a, b, c].map((id) => ({ id, status: 'alive' }))
/** Lets what was resolved be seen. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clock.advance(1_000)
    await turn()
  }
}

test('where its node leads, the group gets its voters', async () => {
  const [clock, group] = [new ManualClock(), new ToldGroup()]
  await using _pilot = runAutopilot({ self: a, group, members, clock, caughtUpLagMax: 0 })
  await pass(clock, 10)
  expect(group.asked).toEqual([
    { voters: [a], learners: [b, c] },
    { voters: [a, b, c], learners: [] },
  ])
})

test('a quiet group is not taken for one that nobody answers in', async () => {
  const [clock, group] = [new ManualClock(), new ToldGroup()]
  group.quiet = true
  await using _pilot = runAutopilot({ self: a, group, members, clock, caughtUpLagMax: 0 })
  await pass(clock, 200)
  expect(group.asked).toHaveLength(2)
})

test('where another leads, it changes nothing', async () => {
  const [clock, group] = [new ManualClock(), new ToldGroup()]
  group.role = 'follower'
  await using pilot = runAutopilot({ self: a, group, members, clock, caughtUpLagMax: 0 })
  await pass(clock, 100)
  expect(group.asked).toEqual([])
  expect(pilot.report.state).toBe('idle')
})

test('what the group refuses is asked for again, after a pause', async () => {
  const [clock, group] = [new ManualClock(), new ToldGroup()]
  group.answer = () => Promise.reject(new Error('not now'))
  await using _pilot = runAutopilot({ self: a, group, members, clock, caughtUpLagMax: 0 })
  await pass(clock, 30)
  expect(group.asked.length).toBeGreaterThan(1)
  expect(group.asked.length).toBeLessThanOrEqual(6)
  group.answer = () => Promise.resolve()
  await pass(clock, 10)
  expect(group.status().configuration.voters).toEqual([a, b, c])
})

test('stopping it gives up what is under way, and leaves no timer behind', async () => {
  const [clock, group] = [new ManualClock(), new ToldGroup()]
  let wasGivenUp = false
  group.answer = (signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        wasGivenUp = true
        reject(signal.reason as Error)
      })
    })
  const pilot = runAutopilot({ self: a, group, members, clock, caughtUpLagMax: 0 })
  await pass(clock, 10)
  expect(group.asked).toHaveLength(1)
  await pilot[Symbol.asyncDispose]()
  expect(wasGivenUp).toBe(true)
  expect(clock.timersWaiting).toBe(0)
})
