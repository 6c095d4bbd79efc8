import type { NodeId } from '@flotilla/core/ids'
import { expect, test } from 'vitest'
import { newcomerWins } from './crossing.ts'

const [a, b] = ['a', 'b'] as NodeId[] as [NodeId, NodeId]

test('a new life wins, whoever dialled', () => {
  for (const dialledHere of [true, false]) {
    for (const before of [true, false]) {
      expect(newcomerWins(a, b, { life: '1', dialledHere: before }, { life: '2', dialledHere })).toBe(true)
    }
  }
})

test('of two that the same end dialled the newer one wins', () => {
  for (const dialledHere of [true, false]) {
    expect(newcomerWins(a, b, { life: '1', dialledHere }, { life: '1', dialledHere })).toBe(true)
  }
})

test('both ends of crossed dials keep the same one, in whatever order they see them', () => {
  const life = '1'
  for (const aSeesOwnFirst of [true, false]) {
    for (const bSeesOwnFirst of [true, false]) {
      const keepsOwn = (self: NodeId, peer: NodeId, ownFirst: boolean): boolean => {
        const wins = newcomerWins(self, peer, { life, dialledHere: ownFirst }, { life, dialledHere: !ownFirst })
        return ownFirst ? !wins : wins
      }
      expect(keepsOwn(a, b, aSeesOwnFirst)).toBe(true)
      expect(keepsOwn(b, a, bSeesOwnFirst)).toBe(false)
    }
  }
})
