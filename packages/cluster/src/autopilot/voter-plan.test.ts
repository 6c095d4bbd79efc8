import { array, assert, boolean, constantFrom, integer, property, record, uniqueArray } from 'fast-check'
import type { NodeId } from '@flotilla/core/ids'
import { describe, expect, test } from 'vitest'
import { majorityOf, planVoters, type PlannedNode, type VoterPlanInput } from './voter-plan.ts'

const leader = 'a' as NodeId

function node(id: string, facts: Partial<PlannedNode> = {}): PlannedNode {
  return { id: id as NodeId, standing: 'steady', answers: true, caughtUp: true, upSince: 0, ...facts }
}

function input(voters: string, learners: string, nodes: readonly PlannedNode[]): VoterPlanInput {
  const ids = (text: string): readonly NodeId[] => text.split('').map((id) => id as NodeId)
  const configuration = { voters: ids(voters), learners: ids(learners), outgoing: [] }
  return { leader, configuration, nodes, votersMax: 5, sparesMax: 2 }
}

describe('nothing is changed', () => {
  test('while a change is under way', () => {
    const joint = input('ab', '', [node('a'), node('b', { standing: 'removed' })])
    const plan = planVoters({ ...joint, configuration: { ...joint.configuration, outgoing: [leader] } })
    expect(plan).toMatchObject({ type: 'wait', reason: 'a change of the members is under way' })
  })

  test('where the present majority does not answer, though the new one would', () => {
    const gone = ['b', 'c'].map((id) => node(id, { standing: 'failed', answers: false }))
    const plan = planVoters(input('abc', 'de', [node('a'), ...gone, node('d'), node('e')]))
    expect(plan).toMatchObject({ type: 'wait', reason: 'too few of the voters answer to decide a change' })
  })

  test('where a new voter has everything, and does not answer', () => {
    const away = node('d', { answers: false })
    const plan = planVoters(input('abc', 'd', [node('a'), node('b'), node('c', { standing: 'failed' }), away]))
    expect(plan).toMatchObject({ type: 'wait', awaited: ['d'] })
  })

  test('by a node that is out itself', () => {
    expect(planVoters(input('a', '', [node('a', { standing: 'removed' })]))).toMatchObject({ type: 'wait' })
  })

  test('where the new voters would survive fewer failures at this moment', () => {
    // Both that are to stay are silent for a moment; d, which shall go, is one of the three that answer.
    const silent = ['b', 'c'].map((id) => node(id, { answers: false }))
    const plan = planVoters({ ...input('abcde', '', [node('a'), ...silent, node('d'), node('e')]), votersMax: 3 })
    expect(plan).toMatchObject({ type: 'wait', reason: expect.stringMatching(/answer|survived/) as string })
  })
})

test('whatever is known of whom, a change has a majority that answers before and after, and no lesser one', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const facts = record({
    standing: constantFrom('steady' as const, 'unproven' as const, 'failed' as const, 'removed' as const),
    answers: boolean(),
    caughtUp: boolean(),
    upSince: integer({ min: 0, max: 3 }),
  })
  const members = uniqueArray(constantFrom(...ids.slice(1)), { maxLength: 7 })
  const arbitraries = [array(facts, { minLength: 8, maxLength: 8 }), members, integer({ min: 0, max: 7 })] as const
  const holds = property(...arbitraries, constantFrom(1, 3, 5), (known, others, cut, votersMax) => {
    const nodes = ids.map((id, index) => node(id, { ...known[index], ...(id === leader ? { answers: true } : {}) }))
    const voters = ['a', ...others.slice(0, cut)].toSorted().join('')
    const asked = { ...input(voters, others.slice(cut).toSorted().join(''), nodes), votersMax }
    const plan = planVoters(asked)
    if (plan.type !== 'change') return
    const answering = (some: readonly NodeId[]): number =>
      some.filter((id) => nodes.find((one) => one.id === id)?.answers).length - majorityOf(some.length)
    const before = asked.configuration.voters
    const after = plan.wanted.voters
    expect(answering(before)).toBeGreaterThanOrEqual(0)
    expect(answering(after)).toBeGreaterThanOrEqual(0)
    const isForced = nodes.some(({ id, standing }) => before.includes(id) && standing === 'removed')
    expect(isForced || answering(after) >= answering(before)).toBe(true)
    expect(new Set([...after, ...plan.wanted.learners]).size).toBe(after.length + plan.wanted.learners.length)
  })
  assert(holds, { numRuns: 5_000 })
})
