import type { NodeId } from '@flotilla/core/ids'
import { describe, expect, test } from 'vitest'
import { ModelGroup } from './model-group.ts'
import { autopilotDefaults, validateAutopilotSettings } from './settings.ts'

/** Each change comes to pass at once. */
function run(world: ModelGroup, looks: number): void {
  for (let look = 0; look < looks; look++) {
    world.look(world.settings.lookEveryMs)
    world.settle(true)
  }
}

/** The nodes `n0`, `n1`, … that are there at first, and have been for long. */
function grown(count: number, voters: readonly string[]): ModelGroup {
  const world = new ModelGroup(count)
  run(world, 60)
  expect(world.configuration.voters).toEqual(voters)
  return world
}

function status(world: ModelGroup, id: string, is: 'alive' | 'suspect' | 'dead' | 'left' | 'removed'): void {
  world.node(id as NodeId).status = is
}

describe('how many decide', () => {
  test.each([
    [1, 1],
    [2, 1],
    [3, 3],
    [4, 3],
    [5, 5],
    [8, 5],
  ])('of %i nodes: %i', (count, voters) => {
    const world = new ModelGroup(count)
    run(world, 60)
    expect(world.configuration.voters).toHaveLength(voters)
    expect(world.configuration.learners).toHaveLength(Math.min(2, count - voters))
    const changes = world.changes
    run(world, 500)
    expect(world.changes).toBe(changes)
  })
})

test('a new node listens first, and decides when it has caught up', () => {
  const world = new ModelGroup(3)
  for (const id of ['n1', 'n2']) world.node(id as NodeId).lag = 10
  run(world, 8)
  expect(world.configuration).toMatchObject({ voters: ['n0'], learners: ['n1', 'n2'] })
  expect(world.report()).toBe('waiting')
  run(world, 8)
  expect(world.configuration).toMatchObject({ voters: ['n0', 'n1', 'n2'], learners: [] })
})

test('a node that never catches up makes room for another', () => {
  const world = new ModelGroup(4, { sparesMax: 0 })
  world.node('n1' as NodeId).lag = Infinity
  run(world, 60)
  expect(world.configuration.voters).toEqual(['n0', 'n2', 'n3'])
})

describe('a voter that is away', () => {
  test('is replaced, but only after the grace time', () => {
    const world = grown(4, ['n0', 'n1', 'n2'])
    status(world, 'n1', 'dead')
    run(world, 19)
    expect(world.configuration.voters).toEqual(['n0', 'n1', 'n2'])
    run(world, 5)
    expect(world.configuration).toEqual({ voters: ['n0', 'n2', 'n3'], learners: [], outgoing: [] })
    status(world, 'n1', 'alive')
    run(world, 60)
    expect(world.configuration).toMatchObject({ voters: ['n0', 'n2', 'n3'], learners: ['n1'] })
  })

  test('keeps its place where nobody can take it', () => {
    const world = grown(3, ['n0', 'n1', 'n2'])
    status(world, 'n1', 'left')
    run(world, 100)
    expect(world.configuration.voters).toEqual(['n0', 'n1', 'n2'])
  })

  test('is done without where fewer survive more', () => {
    const world = grown(5, ['n0', 'n1', 'n2', 'n3', 'n4'])
    for (const id of ['n1', 'n2']) status(world, id, 'dead')
    run(world, 30)
    expect(world.configuration.voters).toEqual(['n0', 'n3', 'n4'])
  })

  test('gives its place to nobody while a majority is away', () => {
    const world = grown(4, ['n0', 'n1', 'n2'])
    for (const id of ['n1', 'n2']) status(world, id, 'dead')
    run(world, 100)
    expect(world.configuration.voters).toEqual(['n0', 'n1', 'n2'])
  })

  test('and is only suspected keeps its place, and so does one that comes back in time', () => {
    const world = grown(4, ['n0', 'n1', 'n2'])
    status(world, 'n1', 'suspect')
    status(world, 'n2', 'dead')
    run(world, 10)
    for (const id of ['n1', 'n2']) status(world, id, 'alive')
    run(world, 60)
    expect(world.configuration.voters).toEqual(['n0', 'n1', 'n2'])
  })
})

test('a voter that is there and takes no part is replaced too, and not soon chosen again', () => {
  const world = grown(4, ['n0', 'n1', 'n2'])
  world.node('n1' as NodeId).isSilent = true
  run(world, 15)
  expect(world.configuration.voters).toEqual(['n0', 'n1', 'n2'])
  run(world, 20)
  expect(world.configuration.voters).toEqual(['n0', 'n2', 'n3'])
  const before = world.changes
  run(world, 500)
  // It listens now and then for the grace time, less and less often.
  expect(world.changes - before).toBeLessThan(30)
  expect(world.configuration.voters).toEqual(['n0', 'n2', 'n3'])
  world.node('n1' as NodeId).isSilent = false
  run(world, 100)
  expect(world.configuration).toMatchObject({ voters: ['n0', 'n2', 'n3'], learners: ['n1'] })
})

describe('a voter that is thrown out', () => {
  test('is out at once, though nobody takes its place', () => {
    const world = grown(3, ['n0', 'n1', 'n2'])
    status(world, 'n2', 'removed')
    run(world, 1)
    expect(world.configuration).toEqual({ voters: ['n0'], learners: ['n1'], outgoing: [] })
  })

  test('is replaced by one that has listened', () => {
    const world = grown(4, ['n0', 'n1', 'n2'])
    status(world, 'n2', 'removed')
    run(world, 1)
    expect(world.configuration.voters).toEqual(['n0', 'n1', 'n3'])
  })

  test('does not listen any more either', () => {
    const world = grown(4, ['n0', 'n1', 'n2'])
    status(world, 'n3', 'removed')
    run(world, 1)
    expect(world.configuration.learners).toEqual([])
  })
})

test('a node that comes and goes is not chosen until it has been there for longer', () => {
  const world = new ModelGroup(3)
  for (let turn = 0; turn < 6; turn++) {
    status(world, 'n2', 'dead')
    run(world, 1)
    status(world, 'n2', 'alive')
    run(world, 4)
    expect(world.configuration.voters).toEqual(['n0'])
  }
  run(world, 10)
  expect(world.configuration.voters).toEqual(['n0'])
  run(world, 30)
  expect(world.configuration.voters).toEqual(['n0', 'n1', 'n2'])
})

test('a node that is suspected now and then is not blamed for it', () => {
  const world = new ModelGroup(3)
  for (let turn = 0; turn < 4; turn++) {
    run(world, 1)
    status(world, 'n2', turn % 2 === 0 ? 'suspect' : 'alive')
  }
  run(world, 4)
  expect(world.configuration.voters).toEqual(['n0', 'n1', 'n2'])
})

test('what a node did long ago is forgiven', () => {
  const world = grown(4, ['n0', 'n1', 'n2'])
  for (let turn = 0; turn < 6; turn++) {
    status(world, 'n3', 'dead')
    run(world, 1)
    status(world, 'n3', 'alive')
    run(world, 1)
  }
  run(world, 130)
  status(world, 'n3', 'dead')
  run(world, 1)
  // Were it not forgiven, it would have to be there for 30 seconds, as long as nobody else has to.
  status(world, 'n3', 'alive')
  status(world, 'n2', 'removed')
  run(world, 10)
  expect(world.configuration.voters).toEqual(['n0', 'n1', 'n3'])
})

test('one change at a time: nothing is asked for until the last one has ended, and then after a pause', () => {
  const world = new ModelGroup(3)
  const asked = (): boolean => world.look(1_000) !== undefined
  const first = Array.from({ length: 20 }, asked)
  expect(first.filter(Boolean)).toHaveLength(1)
  world.settle(false)
  expect([asked(), asked()].includes(true)).toBe(true)
})

test('settings say which of them is wrong', () => {
  expect(validateAutopilotSettings()).toEqual(autopilotDefaults)
  expect(validateAutopilotSettings({ votersMax: 4 }).votersMax).toBe(3)
  expect(() => validateAutopilotSettings({ votersMax: 0 })).toThrow('votersMax')
  expect(() => validateAutopilotSettings({ steadyMs: 10_000, steadyMsMax: 5_000 })).toThrow('steadyMsMax')
})
