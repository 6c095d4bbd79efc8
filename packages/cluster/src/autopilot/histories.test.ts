import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  record,
  type Arbitrary,
} from 'fast-check'
import type { NodeId } from '@flotilla/core/ids'
import { expect, test } from 'vitest'
import type { AutopilotEffect } from './autopilot.ts'
import { ModelGroup } from './model-group.ts'
import { majorityOf } from './voter-plan.ts'

const nodesMax = 8

const step = oneof(
  { weight: 6, arbitrary: record({ type: constant('pass' as const), looks: integer({ min: 1, max: 12 }) }) },
  {
    weight: 4,
    arbitrary: record({
      type: constant('status' as const),
      node: nat(nodesMax - 1),
      status: constantFrom('alive' as const, 'alive' as const, 'suspect' as const, 'dead' as const, 'left' as const),
    }),
  },
  { weight: 1, arbitrary: record({ type: constant('remove' as const), node: nat(nodesMax - 1) }) },
  { weight: 2, arbitrary: record({ type: constant('fail-change' as const) }) },
  {
    weight: 1,
    arbitrary: record({ type: constant('silent' as const), node: nat(nodesMax - 1), isSilent: boolean() }),
  },
  {
    weight: 1,
    arbitrary: record({
      type: constant('lag' as const),
      node: nat(nodesMax - 1),
      lag: constantFrom(3, 40, Infinity),
    }),
  },
)

type Step = typeof step extends Arbitrary<infer Value> ? Value : never

function checkAsked(world: ModelGroup, { wanted }: AutopilotEffect): void {
  const { configuration } = world
  const before = configuration.voters
  // A majority decides before and after, an odd number of them.
  expect(world.tolerance(before)).toBeGreaterThanOrEqual(0)
  expect(world.tolerance(wanted.voters)).toBeGreaterThanOrEqual(0)
  if (wanted.voters.length !== before.length) expect(wanted.voters.length % 2).toBe(1)
  expect(wanted.voters.length).toBeLessThanOrEqual(world.settings.votersMax)
  // Nobody is in who is out, and nobody decides who has not listened until there was nothing more to hear.
  const isOut = (id: NodeId): boolean => world.node(id).status === 'removed'
  for (const id of wanted.voters.filter((voter) => !before.includes(voter))) {
    expect(configuration.learners).toContain(id)
    expect(world.node(id).lag).toBe(0)
    expect(world.node(id).status).toBe('alive')
  }
  if (wanted.voters.length !== before.length || wanted.voters.some((id) => !before.includes(id))) {
    expect(wanted.voters.filter(isOut)).toEqual([])
    if (!before.some(isOut)) expect(world.tolerance(wanted.voters)).toBeGreaterThanOrEqual(world.tolerance(before))
    expect(wanted.voters).toContain(world.leader)
  }
  expect(wanted.learners.filter((id) => isOut(id) || wanted.voters.includes(id))).toEqual([])
  const said = { voters: configuration.voters, learners: configuration.learners }
  expect(wanted).not.toEqual(said)
}

function pass(world: ModelGroup, looks: number): void {
  for (let look = 0; look < looks; look++) {
    const wasPending = world.pending !== undefined
    const asked = world.look(world.settings.lookEveryMs)
    if (asked === undefined) continue
    // Only a new leader may ask while something is under way that the last one has asked for.
    expect(wasPending && world.pending !== asked).toBe(false)
    checkAsked(world, asked)
  }
}

function take(world: ModelGroup, { ...one }: Step): void {
  const node = 'node' in one ? world.nodes[one.node] : undefined
  switch (one.type) {
    case 'pass':
      pass(world, one.looks)
      return world.settle(true)
    case 'fail-change':
      return world.settle(false)
    case 'status':
      if (node !== undefined && node.status !== 'removed') node.status = one.status
      return
    case 'remove':
      // Whoever does it does not throw out the majority.
      if (node === undefined || world.configuration.voters.length <= 2) return
      node.status = 'removed'
      return
    case 'silent':
      if (node !== undefined) node.isSilent = one.isSilent
      return
    case 'lag':
      if (node !== undefined) node.lag = one.lag
  }
}

/** Everybody who is not out is there for good, except some who never come back, and can keep up. */
function calm(world: ModelGroup, away: readonly number[]): void {
  for (const node of world.nodes) {
    if (node.status !== 'removed') node.status = 'alive'
    node.lag = Math.min(node.lag, 5)
    node.isSilent = false
  }
  for (const index of away) {
    const node = world.nodes[index]
    if (node === undefined || node.status === 'removed') continue
    node.status = 'dead'
    if (!world.hasMajority(world.configuration)) node.status = 'alive'
  }
}

test('whatever comes and goes, no change endangers the majority, and in a calm the right ones decide', () => {
  const arbitraries = [
    integer({ min: 1, max: nodesMax }),
    array(step, { maxLength: 60 }),
    array(nat(nodesMax - 1), { maxLength: 4 }),
  ] as const
  const holds = property(...arbitraries, (count, steps, away) => {
    const world = new ModelGroup(count)
    for (const one of steps) take(world, one)
    world.settle(true)
    calm(world, away)
    if (!world.hasMajority(world.configuration)) return
    for (let turn = 0; turn < 400; turn++) {
      pass(world, 1)
      world.settle(true)
    }
    expect(world.report()).toBe('content')
    const changes = world.changes
    pass(world, 200)
    expect(world.changes).toBe(changes)
    expect(world.pending).toBeUndefined()

    const { voters, learners } = world.configuration
    const there = world.nodes.filter(({ status }) => status === 'alive').map(({ id }) => id)
    expect([...voters, ...learners].filter((id) => world.node(id).status === 'removed')).toEqual([])
    // The dumb twin: no odd number of those who are there survives more failures.
    for (let size = 1; size <= Math.min(world.settings.votersMax, there.length); size += 2) {
      expect(world.tolerance(voters)).toBeGreaterThanOrEqual(size - majorityOf(size))
    }
    // Nobody who is away keeps a place that somebody who is there could have.
    const idle = there.filter((id) => !voters.includes(id))
    expect(voters.every((id) => world.isUp(id)) || idle.length === 0).toBe(true)
  })
  assert(holds, { numRuns: 400 })
})
