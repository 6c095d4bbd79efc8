import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { ByteBudget } from './byte-budget.ts'

const [a, b] = ['a', 'b'].map((id) => id as NodeId) as [NodeId, NodeId]
const never = new AbortController().signal

function taking(budget: ByteBudget, peer: NodeId, bytes: number, signal: AbortSignal = never) {
  const take: { room: Disposable | undefined; error: unknown } = { room: undefined, error: undefined }
  budget.take(peer, bytes, signal).then(
    (room) => (take.room = room),
    (error: unknown) => (take.error = error),
  )
  return take
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

describe('a budget of bytes', () => {
  test('gives what there is, and lets others wait in their order', async () => {
    const budget = new ByteBudget({ bytesMax: 10, bytesPerPeerMax: 10 })
    const [one, two, three] = [taking(budget, a, 6), taking(budget, b, 6), taking(budget, a, 2)]
    await settled()
    expect([one.room, two.room, three.room].map((room) => room !== undefined)).toEqual([true, false, false])
    one.room?.[Symbol.dispose]()
    one.room?.[Symbol.dispose]()
    await settled()
    expect([two.room, three.room].map((room) => room !== undefined)).toEqual([true, true])
    expect(budget.bytes).toBe(8)
  })

  test('does not let who has enough hold up the others', async () => {
    const budget = new ByteBudget({ bytesMax: 100, bytesPerPeerMax: 10 })
    const [one, two, other] = [taking(budget, a, 10), taking(budget, a, 10), taking(budget, b, 10)]
    await settled()
    expect([one.room, two.room, other.room].map((room) => room !== undefined)).toEqual([true, false, true])
  })

  test('counts more than a peer may have as all of that', async () => {
    const budget = new ByteBudget({ bytesMax: 100, bytesPerPeerMax: 10 })
    const one = taking(budget, a, 1_000)
    await settled()
    expect([one.room !== undefined, budget.bytes]).toEqual([true, 10])
  })

  test('forgets who gives up waiting', async () => {
    const budget = new ByteBudget({ bytesMax: 10, bytesPerPeerMax: 10 })
    const one = taking(budget, a, 10)
    const abort = new AbortController()
    const [two, three] = [taking(budget, b, 10, abort.signal), taking(budget, b, 5)]
    await settled()
    abort.abort(new Error('enough'))
    one.room?.[Symbol.dispose]()
    await settled()
    expect([two.error !== undefined, three.room !== undefined, budget.bytes]).toEqual([true, true, 5])
  })

  test.for([1, 2, 3, 4])('never gives too much, and in the end gives to all, seed %i', async (seed) => {
    const random = new Prng(seed)
    const budget = new ByteBudget({ bytesMax: 50, bytesPerPeerMax: 30 })
    const peers = ['a', 'b', 'c', 'd'].map((id) => id as NodeId)
    const all: ReturnType<typeof taking>[] = []
    const open = new Set<ReturnType<typeof taking>>()
    for (let step = 0; step < 300; step++) {
      if (random.chance(1, 2)) {
        const take = taking(budget, random.pick(peers), 1 + random.below(40))
        all.push(take)
        open.add(take)
      }
      await settled()
      expect(budget.bytes).toBeLessThanOrEqual(50)
      const [first] = [...open].filter(({ room }) => room !== undefined)
      if (first !== undefined && random.chance(2, 3)) {
        first.room?.[Symbol.dispose]()
        open.delete(first)
      }
    }
    while (open.size > 0) {
      await settled()
      const before = open.size
      for (const take of open) {
        if (take.room === undefined) continue
        take.room[Symbol.dispose]()
        open.delete(take)
      }
      expect(open.size).toBeLessThan(before)
    }
    expect([all.every(({ room }) => room !== undefined), budget.bytes]).toEqual([true, 0])
  })
})
