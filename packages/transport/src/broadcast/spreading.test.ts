import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { WallMillis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import type { BroadcastLimits } from './limits.ts'
import { CoreWorld, type CoreNode } from './testing/core-world.ts'

const crypto = nodeCrypto()
const long = 'x'.repeat(20_000)

function line(names: readonly string[], settings: Partial<BroadcastLimits> = {}): [CoreWorld, CoreNode[]] {
  const world = new CoreWorld(crypto, settings)
  const nodes = names.map((name) => world.add(name))
  for (const [index, node] of nodes.entries()) {
    const before = nodes[index - 1]
    if (before !== undefined) world.connect(before, node)
  }
  world.settle()
  return [world, nodes]
}

function fullMesh(count: number, settings: Partial<BroadcastLimits> = {}): [CoreWorld, CoreNode[]] {
  const world = new CoreWorld(crypto, settings)
  const nodes = Array.from({ length: count }, (_, index) => world.add(`node ${index}`))
  for (const [index, node] of nodes.entries()) for (const other of nodes.slice(0, index)) world.connect(node, other)
  world.settle()
  return [world, nodes]
}

describe('a broadcast', () => {
  test('goes along a line, short or long, and comes to everybody once and to its sender never', () => {
    const [world, nodes] = line(['ann', 'bob', 'cid', 'dan', 'eve'])
    nodes[0]?.say('short')
    nodes[2]?.say(long)
    world.pass(10_000)
    expect(nodes.map(({ heard }) => heard.length)).toEqual([1, 2, 1, 2, 2])
    expect(nodes[4]?.heard.toSorted()).toEqual(['short', long])
  })

  test('says who signed it and when, not who handed it on', () => {
    const [world, [ann, , cid]] = line(['ann', 'bob', 'cid'])
    ann?.say('hello', 'test.greeting')
    const timestamp = world.moment().wall
    world.settle()
    expect(cid?.delivered).toEqual([
      { from: ann?.id, type: 'test.greeting', payload: new TextEncoder().encode('hello'), timestamp },
    ])
    expect(cid?.core.figures.deliveredThrough).toBe(timestamp satisfies WallMillis)
  })

  test('is not sent back to whoever handed it on, nor to who signed it', () => {
    for (const [[world, nodes], expected] of [
      [fullMesh(3), [2, 1, 1]],
      [line(['ann', 'bob', 'cid']), [1, 1, 0]],
    ] as const) {
      nodes[0]?.say('short')
      world.pass(1_000)
      const pushes = nodes.map(({ sent }) => sent.filter(({ type }) => type === 'push').length)
      expect(pushes).toEqual(expected)
    }
  })

  test('that is long is carried to each node of a dense mesh once', () => {
    const [world, nodes] = fullMesh(20)
    nodes[0]?.say(long)
    world.pass(1_000)
    const pushes = nodes.flatMap(({ sent }) => sent).filter(({ type }) => type === 'push')
    expect(pushes).toHaveLength(19)
    for (const { heard } of nodes.slice(1)) expect(heard).toEqual([long])
  })

  test('that is short is pushed to so many neighbours, and the others are told of it if they lack it', () => {
    const [world, nodes] = fullMesh(20, { eagerPeersMax: 4 })
    nodes[0]?.say('short')
    world.pass(1_000)
    const pushes = nodes.flatMap(({ sent }) => sent).filter(({ type }) => type === 'push')
    expect(pushes.length).toBeLessThanOrEqual(20 * 5)
    for (const { heard } of nodes.slice(1)) expect(heard).toEqual(['short'])
  })

  test('reaches who was cut off meanwhile as soon as it is connected again, and what lies beyond', () => {
    const [world, nodes] = line(['ann', 'bob', 'cid', 'dan'])
    const [ann, bob, cid, dan] = nodes as [CoreNode, CoreNode, CoreNode, CoreNode]
    world.disconnect(bob, cid)
    for (let count = 0; count < 50; count++) ann.say(`said ${count}`)
    ann.say(long)
    world.pass(25_000)
    expect(cid.heard).toEqual([])
    world.connect(bob, cid)
    world.pass(100)
    expect(dan.heard).toHaveLength(51)
  })

  test('that was lost on its way is found by comparing', () => {
    const [world, [ann, bob]] = line(['ann', 'bob'])
    ann?.say('lost')
    world.wire.length = 0
    world.pass(4_000)
    expect(bob?.heard).toEqual(['lost'])
  })

  test('at the full rate is missed by nobody, be it fetched half a minute at once', () => {
    const [world, nodes] = line(['ann', 'bob', 'cid'])
    const [ann, bob, cid] = nodes as [CoreNode, CoreNode, CoreNode]
    world.disconnect(bob, cid)
    for (let second = 0; second < 25; second++) {
      for (let count = 0; count < 100; count++) ann.say(`${second} ${count}`)
      world.pass(1_000)
    }
    world.connect(bob, cid)
    world.pass(200)
    expect({ heard: cid.heard.length, offences: cid.offences }).toEqual({ heard: 2_500, offences: [] })
  })

  test('is refused to whoever says too much', () => {
    const [, [ann]] = line(['ann', 'bob'])
    for (let count = 0; count < 200; count++) ann?.say(`said ${count}`)
    expect(() => ann?.say('one more')).toThrow('more was broadcast than members take of one another')
    expect(() => ann?.say('x'.repeat(65_537))).toThrow('65537 bytes')
    expect(() => ann?.say('', 'No Type')).toThrow('is no type')
  })
})

describe('a restart', () => {
  test('brings back what was said within the window; what the node had said itself it only passes on', () => {
    const [world, nodes] = line(['ann', 'bob', 'cid'])
    const [ann, bob, cid] = nodes as [CoreNode, CoreNode, CoreNode]
    ann.say('of ann')
    bob.say('of bob')
    world.pass(100)
    world.disconnect(ann, bob)
    world.disconnect(bob, cid)
    const again = world.add('bob')
    world.connect(ann, again)
    world.pass(5_000)
    expect(again.heard).toEqual(['of ann'])
    expect(again.core.figures.seen).toBe(2)
  })

  test('brings back nothing to who remembers how far it came', () => {
    const [world, nodes] = line(['ann', 'bob'])
    const [ann, bob] = nodes as [CoreNode, CoreNode]
    ann.say('before')
    world.pass(1_000)
    world.disconnect(ann, bob)
    const again = world.add('bob', { sealedAfterMs: 0 })
    world.connect(ann, again)
    world.pass(5_000)
    ann.say('after')
    world.pass(5_000)
    expect(again.heard).toEqual(['after'])
  })
})

test('what has left the window is forgotten by everybody', () => {
  const [world, nodes] = line(['ann', 'bob', 'cid'])
  for (let count = 0; count < 100; count++) nodes[count % 3]?.say(`said ${count}`)
  world.pass(40_000)
  for (const { core, heard } of nodes) {
    expect(heard.length).toBeGreaterThan(60)
    expect(core.figures).toMatchObject({ seen: 0, recent: 0, recentBytes: 0, announced: 0, origins: 0 })
  }
})
