import { describe, expect, test } from 'vitest'
import type { MembershipEvent } from '../member.ts'
import { CoreGroup } from './testing/core-group.ts'
import type { CoreGroupOptions, GroupNode } from './testing/group-node.ts'

const seeds = Array.from({ length: 20 }, (_, index) => index + 1)

/** A group that is connected, and agrees. */
function settled(count: number, options: CoreGroupOptions): CoreGroup {
  const group = new CoreGroup(options)
  for (let index = 0; index < count; index++) group.start()
  group.connectAll()
  expect({ seed: options.seed, outcome: outcome(group, 5_000) }).toEqual({ seed: options.seed, outcome: 'agreed' })
  return group
}

/** `agreed` if everybody sees all that live, and nobody else, within the time. */
function outcome(group: CoreGroup, withinMs: number): 'agreed' | 'at odds' {
  return group.runUntil(() => group.agrees(), withinMs) === undefined ? 'at odds' : 'agreed'
}

function at(group: CoreGroup, index: number): GroupNode {
  const node = group.nodes[index]
  if (node === undefined) throw new Error(`no node ${index}`)
  return node
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN
}

/** Cuts everything between these and the others, both ways. */
function part(group: CoreGroup, left: readonly GroupNode[]): void {
  const right = group.nodes.filter((node) => !left.includes(node))
  for (const one of left) {
    for (const other of right) {
      group.cut(one, other)
      group.cut(other, one)
    }
  }
}

describe('a member that is gone', () => {
  test.each([5, 7, 10])('is known to all %i in the promised time when its cable was pulled', (count) => {
    const times = seeds.map((seed) => {
      const group = settled(count, { seed })
      group.run(2_000 + seed * 37)
      group.kill(at(group, 0), false)
      return group.runUntil(() => group.agrees(), 15_000) ?? Infinity
    })
    expect(median(times)).toBeLessThan(4_000)
    expect(Math.max(...times)).toBeLessThan(15_000)
  })

  test.each([2, 3, 5, 10])('is known to all %i in under a second when its process was killed', (count) => {
    for (const seed of seeds) {
      const group = settled(count, { seed, lossPerMille: 10 })
      group.run(seed * 37)
      group.kill(at(group, 0), true)
      expect({ seed, outcome: outcome(group, 1_000) }).toEqual({ seed, outcome: 'agreed' })
    }
  })

  test('whose connection one member alone saw reset is suspected by the usual rules', () => {
    const group = settled(5, { seed: 1 })
    const [one, other] = [at(group, 0), at(group, 1)]
    group.tell(one, { type: 'peer', change: 'down', peer: other.id })
    group.run(5_000)
    expect(group.agrees()).toBe(true) // It answered the probe.
    expect(other.core.self().incarnation).toBe(one.core.entry(other.id)?.record.incarnation)
  })
})

test('who finds a dead member does not take itself for the sick one, as others say that they failed too', () => {
  for (const seed of seeds) {
    const group = settled(6, { seed })
    group.run(1_000)
    group.kill(at(group, 0), false)
    for (let ms = 0; ms < 5_000; ms += 50) {
      group.run(50)
      const stretches = group.nodes.slice(1).map(({ core }) => core.figures().stretch)
      expect({ seed, ms, stretches }).toEqual({ seed, ms, stretches: [1, 1, 1, 1, 1] })
    }
  }
})

describe('a member that lives', () => {
  test('is not suspected when datagrams are blocked everywhere and connections work (serf#216)', () => {
    const suspected: MembershipEvent[] = []
    const group = settled(5, {
      seed: 1,
      onEvent: (_atMs, _node, event) => void (event.type === 'suspected' && suspected.push(event)),
    })
    for (const one of group.nodes) for (const other of group.nodes) if (one !== other) group.block(one, other)
    group.run(60_000)
    expect(suspected).toEqual([])
    expect(group.agrees()).toBe(true)
    // News travel all the same.
    const [first] = group.nodes
    if (first === undefined) throw new Error('nobody')
    group.tell(first, { type: 'metadata', metadata: { ...first.core.self().metadata, load: 1 } })
    const spread = (): boolean =>
      group.nodes.every((node) => node === first || node.core.entry(first.id)?.record.metadata.load === 1)
    expect(group.runUntil(spread, 3_000)).toBeDefined()
  })

  test('is not declared dead by one that hears nothing (consul#1212)', () => {
    for (const seed of seeds) {
      const deaths: string[] = []
      const group = settled(8, {
        seed,
        onEvent: (_atMs, node, event) => void (event.type === 'failed' && deaths.push(`${node.index}`)),
      })
      const deaf = at(group, 0)
      for (const other of group.nodes) if (other !== deaf) group.block(other, deaf)
      group.run(20_000)
      expect({ seed, deaths: deaths.filter((index) => index !== '0') }).toEqual({ seed, deaths: [] })
    }
  })

  test('and pauses again and again is dead for no longer than one refutation', () => {
    for (const seed of seeds) {
      const group = settled(8, { seed, lossPerMille: 50 })
      const sleeper = at(group, seed % 8)
      for (let round = 0; round < 5; round++) {
        group.pause(sleeper, 2_000)
        group.run(2_000)
        expect({ seed, outcome: outcome(group, 2_000) }).toEqual({ seed, outcome: 'agreed' })
        group.run(1_000)
      }
    }
  })

  test('is not buried by one that slept, and could not hear its refutation', () => {
    let slept = 0
    for (const seed of seeds) {
      const buried: number[] = []
      const group = settled(6, {
        seed,
        onEvent: (_atMs, node, event) => void (event.type === 'failed' && buried.push(node.index)),
      })
      const [observer, subject] = [at(group, 0), at(group, 1)]
      group.pause(subject, 2_000)
      const isSuspect = (): boolean => group.statusOf(observer, subject) === 'suspect'
      if (group.runUntil(isSuspect, 1_900) === undefined) continue // It had nobody’s turn in time.
      slept++
      group.pause(observer, 10_000)
      group.run(9_990)
      buried.length = 0
      group.run(500)
      expect({ seed, buried }).toEqual({ seed, buried: [] })
      expect(group.statusOf(observer, subject)).toBe('alive')
    }
    expect(slept).toBeGreaterThan(10)
  })
})

describe('what comes back', () => {
  test('two halves of a cluster find each other again without a new connection', () => {
    for (const seed of seeds) {
      const group = settled(8, { seed })
      part(group, group.nodes.slice(0, 4))
      group.run(60_000) // Longer than gossip goes to the dead.
      expect(group.statusOf(at(group, 0), at(group, 7))).toBe('dead')
      group.heal()
      expect({ seed, outcome: outcome(group, 15_000) }).toEqual({ seed, outcome: 'agreed' })
    }
  })

  test('after all died and came back with calendars of long ago, all are alive (memberlist#311)', () => {
    for (const seed of seeds) {
      const group = settled(6, { seed })
      group.run(5_000)
      const [survivor, ...others] = group.nodes
      for (const node of others) group.kill(node, true)
      group.run(12_000) // Alone it has nobody who confirms.
      expect(others.every((node) => survivor !== undefined && group.statusOf(survivor, node) === 'dead')).toBe(true)
      for (const node of others) group.start({ again: node, wallMs: 5 })
      group.connectAll()
      expect({ seed, outcome: outcome(group, 10_000) }).toEqual({ seed, outcome: 'agreed' })
    }
  })

  test('a member with the same id at another address is reached there (memberlist#157)', () => {
    const group = settled(5, { seed: 3 })
    const moving = at(group, 2)
    group.kill(moving, false)
    group.run(500) // Nobody has found out yet.
    group.start({ again: moving, port: 900 })
    for (const other of group.nodes) if (other !== moving) group.connect(moving, other)
    expect(group.runUntil(() => group.agrees(), 5_000)).toBeDefined()
    expect(at(group, 0).core.entry(moving.id)?.record.datagrams).toEqual([{ host: '10.0.0.1', port: 900 }])
    group.run(30_000)
    expect(group.agrees()).toBe(true)
  })

  test('another member may have the name of one that left (consul#6897)', () => {
    const group = settled(4, { seed: 4 })
    const leaving = at(group, 3)
    group.tell(leaving, { type: 'leave' })
    group.run(1_000)
    group.kill(leaving, true)
    const metadata = leaving.core.self().metadata
    const heir = group.start()
    for (const other of group.nodes.slice(0, 3)) group.connect(heir, other)
    group.tell(heir, { type: 'metadata', metadata })
    group.run(3_000)
    for (const observer of group.nodes.slice(0, 3)) {
      expect(group.statusOf(observer, leaving)).toBe('left')
      expect(group.statusOf(observer, heir)).toBe('alive')
      expect(observer.core.entry(heir.id)?.record.metadata.name).toBe(metadata.name)
    }
  })

  test('the dead are forgotten at about the same time, and nobody brings them back', () => {
    const group = settled(5, { seed: 5, settings: { deadForgottenMs: 60_000, exchangeIntervalMs: 2_000 } })
    group.kill(at(group, 0), true)
    group.run(58_000)
    const living = group.nodes.slice(1)
    expect(living.map((node) => node.core.members().length)).toEqual([5, 5, 5, 5])
    group.run(8_000)
    expect(living.map((node) => node.core.members().length)).toEqual([4, 4, 4, 4])
    group.run(120_000)
    expect(living.map((node) => node.core.members().length)).toEqual([4, 4, 4, 4])
  })

  test('a newcomer takes over how long somebody is dead, and keeps no ghost alive', () => {
    const group = settled(4, { seed: 6, settings: { deadForgottenMs: 60_000, exchangeIntervalMs: 2_000 } })
    group.kill(at(group, 0), true)
    group.run(45_000)
    const newcomer = group.start()
    for (const other of group.nodes.slice(1, 4)) group.connect(newcomer, other)
    group.run(3_000)
    expect(group.statusOf(newcomer, at(group, 0))).toBe('dead')
    group.run(20_000)
    expect(group.nodes.slice(1).map((node) => node.core.members().length)).toEqual([4, 4, 4, 4])
  })
})
