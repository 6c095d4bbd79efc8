import { expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Comparing } from './comparison.ts'
import { comparisonAnswerCodec, comparisonRequestCodec } from './comparison-messages.ts'
import type { MembershipCore } from './core.ts'
import { CoreGroup } from './testing/core-group.ts'

const now = 0 as Millis

/** Lets one compare with the other, through bytes; returns how long each message was. */
function compare(one: MembershipCore, other: MembershipCore): number[] {
  const lengths: number[] = []
  let comparing: Comparing | undefined = one.compare(now)
  while (comparing !== undefined) {
    const request = comparisonRequestCodec.encode(comparing.request)
    const answer = comparisonAnswerCodec.encode(
      other.answer(now, one.self().id, comparisonRequestCodec.decode(request)),
    )
    lengths.push(request.length, answer.length)
    comparing = one.proceed(now, comparing, comparisonAnswerCodec.decode(answer))
  }
  return lengths
}

function idsOf(core: MembershipCore): NodeId[] {
  return core
    .members()
    .map(({ id }) => id)
    .toSorted()
}

test('two who know different crowds know both afterwards, by messages of a bounded length', () => {
  const [left, right] = [1, 2].map((seed) => {
    const group = new CoreGroup({ seed, settings: { exchangeBytesMax: 16_384 } })
    for (let index = 0; index < 80; index++) group.start({ name: `${seed}-${index}` })
    group.acquaint()
    return group.nodes[0]?.core
  })
  if (left === undefined || right === undefined) throw new Error('nobody')
  const lengths = compare(left, right)
  expect(idsOf(left)).toHaveLength(160)
  expect(idsOf(right)).toEqual(idsOf(left))
  expect(Math.max(...lengths)).toBeLessThan(16_384 * 2)
  expect(lengths.length).toBeGreaterThan(8)
})

test('two who agree say the same few bytes, however many they know', () => {
  const [few, many] = [4, 120].map((count) => {
    const group = new CoreGroup({ seed: 1 })
    for (let index = 0; index < count; index++) group.start()
    group.acquaint()
    const [one, other] = group.nodes
    if (one === undefined || other === undefined) throw new Error('nobody')
    return compare(one.core, other.core)
  })
  expect(many).toHaveLength(2)
  expect(many?.[0]).toBeLessThan(1_200)
  expect(Math.abs((many?.[0] ?? 0) - (few?.[0] ?? 0))).toBeLessThan(200)
  expect(many?.[1]).toEqual(few?.[1])
})

test('a newcomer learns everybody from one, and bores nobody with it', () => {
  const group = new CoreGroup({ seed: 3 })
  for (let index = 0; index < 100; index++) group.start()
  group.acquaint()
  const newcomer = group.start()
  const [host] = group.nodes
  if (host === undefined) throw new Error('nobody')
  group.connect(newcomer, host)
  expect(group.runUntil(() => newcomer.core.members().length === 101, 1_000)).toBeDefined()
  expect(newcomer.core.figures().gossip).toBeLessThan(10)
  const isKnown = (): boolean => group.nodes.every((node) => node.core.members().length === 101)
  expect(group.runUntil(isKnown, 3_000)).toBeDefined()
})
