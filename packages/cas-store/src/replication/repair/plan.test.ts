import type { NodeId } from '@flotilla/core/ids'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planBlob, type BlobPlan, type BlobStanding, type PlannedMember, type PlanView } from './plan.ts'

const [ann, bob, cid, dan, eve] = ['ann', 'bob', 'cid', 'dan', 'eve'].map((name) => name as NodeId) as [
  NodeId,
  NodeId,
  NodeId,
  NodeId,
  NodeId,
]
const alive = (node: NodeId, others: Partial<PlannedMember> = {}): PlannedMember => ({
  node,
  isAlive: true,
  isLost: false,
  isUntrusted: false,
  weight: 1,
  isFull: false,
  ...others,
})
const away = { isAlive: false }
const lost = { isAlive: false, isLost: true }

function plansOf(blob: BlobStanding, members: readonly PlannedMember[]): ReadonlyMap<NodeId, BlobPlan> {
  return new Map(
    members.map(({ node }) => {
      const view: PlanView = { self: node, members, untrustedCopies: 1 }
      return [node, planBlob(blob, view)]
    }),
  )
}

const blob = (copies: number | 'all', ...holders: NodeId[]): BlobStanding => ({
  lot: 12_345,
  copies,
  holders: new Set(holders),
})

describe('what each node plans', () => {
  test('is nothing where everything is as it ought to be', () => {
    const members = [ann, bob, cid, dan].map((node) => alive(node))
    const { targets } = planBlob(blob(3), { self: ann, members, untrustedCopies: 1 })
    for (const plan of plansOf(blob(3, ...targets), members).values()) {
      expect(plan).toMatchObject({ actions: [], living: 3, wanted: 3, spare: 0, isOutOfReach: false })
    }
  })

  test('waits for one that is away, and makes up for one that is lost', () => {
    const all = [ann, bob, cid, dan].map((node) => alive(node))
    const { targets } = planBlob(blob(3), { self: ann, members: all, untrustedCopies: 1 })
    const [gone] = targets
    const without = (how: Partial<PlannedMember>): readonly PlannedMember[] =>
      all.map((member) => (member.node === gone ? { ...member, ...how } : member))
    const short = blob(3, ...targets)
    expect([...plansOf(short, without(away)).values()].flatMap(({ actions }) => actions)).toEqual([])
    const plans = plansOf(short, without(lost))
    const fetching = [...plans].filter(([, { actions }]) => actions.length > 0)
    expect(fetching.map(([node]) => node)).toEqual(
      all.map(({ node }) => node).filter((node) => !targets.includes(node)),
    )
    expect(fetching[0]?.[1].actions).toEqual([{ type: 'fetch' }])
  })

  test('gives up a copy too many only when all others have theirs and are there', () => {
    const members = [ann, bob, cid, dan].map((node) => alive(node))
    const { targets } = planBlob(blob(2), { self: ann, members, untrustedCopies: 1 })
    const other = members.map(({ node }) => node).find((node) => !targets.includes(node)) as NodeId
    const self = (view: readonly PlannedMember[], standing: BlobStanding): BlobPlan =>
      planBlob(standing, { self: other, members: view, untrustedCopies: 1 })
    expect(self(members, blob(2, other, ...targets)).actions).toEqual([{ type: 'drop', keepers: targets }])
    expect(self(members, blob(2, other, targets[0] as NodeId)).actions).toEqual([])
    const oneAway = members.map((member) => (member.node === targets[1] ? { ...member, ...away } : member))
    expect(self(oneAway, blob(2, other, ...targets)).actions).toEqual([])
  })

  test('does not count untrusted copies, and does not forget them', () => {
    const members = [alive(ann), alive(bob), alive(eve, { isUntrusted: true })]
    const plans = plansOf(blob(2, ann, bob), members)
    const sending = [...plans.values()].flatMap(({ actions }) => actions)
    expect(sending).toEqual([{ type: 'send', to: eve }])
    const only = plansOf(blob(2, eve), members)
    expect(only.get(ann)).toMatchObject({ living: 0, isOutOfReach: false, actions: [{ type: 'fetch' }] })
    expect(only.get(eve)?.actions).toEqual([])
  })

  test('puts nothing on who is full, and leaves him what he has', () => {
    const members = [alive(ann), alive(bob, { isFull: true }), alive(cid), alive(dan)]
    for (let lot = 0; lot < 200; lot++) {
      const { targets } = planBlob({ ...blob(3), lot }, { self: ann, members, untrustedCopies: 1 })
      expect(targets).not.toContain(bob)
    }
    const plan = planBlob(blob('all', ann, bob), { self: bob, members, untrustedCopies: 1 })
    expect(plan.actions).toEqual([])
    expect(plan.targets).toContain(bob)
  })
})

test('whatever the state, following the plans makes as many copies as there ought to be, and never too few', () => {
  const some = fc.subarray([ann, bob, cid, dan, eve], { minLength: 1 })
  fc.assert(
    fc.property(
      fc.constantFrom<number | 'all'>(1, 2, 3, 4, 'all'),
      fc.nat(2 ** 32 - 1),
      some,
      fc.subarray([ann, bob, cid, dan, eve]),
      (copies, lot, first, lostOnes) => {
        const members = [ann, bob, cid, dan, eve].map((node) => alive(node, lostOnes.includes(node) ? lost : {}))
        const living = members.filter(({ isAlive }) => isAlive).map(({ node }) => node)
        const holders = new Set(first)
        fc.pre(living.some((node) => holders.has(node)))
        const before = living.filter((node) => holders.has(node)).length
        const wanted = copies === 'all' ? living.length : Math.min(copies, living.length)
        let areKept = true
        for (let rounds = 0; rounds < 10; rounds++) {
          for (const self of living) {
            for (const action of planBlob({ lot, copies, holders }, { self, members, untrustedCopies: 1 }).actions) {
              if (action.type === 'fetch') holders.add(self)
              if (action.type === 'drop') {
                areKept &&= action.keepers.every((node) => living.includes(node) && holders.has(node))
                holders.delete(self)
              }
            }
            const now = living.filter((node) => holders.has(node)).length
            expect(now).toBeGreaterThanOrEqual(Math.min(before, wanted))
          }
        }
        expect(areKept).toBe(true)
        const kept = living.filter((node) => holders.has(node)).length
        const isExact = copies !== 'all' && copies <= living.length
        expect(isExact ? kept === wanted : kept >= wanted).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})
