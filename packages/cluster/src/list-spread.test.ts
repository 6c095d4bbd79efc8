import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Beat } from './channel-messages.ts'
import { clusterLimits, validateClusterSettings } from './config.ts'
import { ListSpread, type SpreadEffect } from './list-spread.ts'
import { compareVersions, noList, type ListVersion } from './revocation-list.ts'

const settings = validateClusterSettings()
const version = (number: number, tip = 0): ListVersion => ({ number, tip: new Uint8Array(8).fill(tip) })
const beat = (number: number, tip = 0, isAuthority = false): Beat => ({ ...version(number, tip), isAuthority })
const at = (ms: number): Millis => ms as Millis
const peer = (name: string | number): NodeId => String(name) as NodeId

function spreading(peers: readonly string[] = ['a'], own = noList): ListSpread {
  const spread = new ListSpread(settings, own, at(0))
  for (const name of peers) spread.step(at(0), { type: 'up', peer: peer(name) })
  spread.drain()
  return spread
}
const pulls = (effects: readonly SpreadEffect[]): string[] =>
  effects.filter(({ type }) => type === 'pull').map((effect) => effect.peer)

describe('a member', () => {
  test('tells each peer its version on connecting, on change, and once each heartbeat', () => {
    const spread = new ListSpread(settings, noList, at(0))
    spread.step(at(0), { type: 'up', peer: peer('a') })
    expect(spread.drain()).toEqual([{ type: 'tell', peer: 'a' }])
    spread.step(at(10), { type: 'changed', version: version(1) })
    expect(spread.drain()).toEqual([{ type: 'tell', peer: 'a' }])
    expect(spread.deadline()).toBe(settings.heartbeatMs)
    spread.step(spread.deadline(), { type: 'wake' })
    expect(spread.drain()).toEqual([{ type: 'tell', peer: 'a' }])
    expect(spread.deadline()).toBe(2 * settings.heartbeatMs)
  })

  test('asks for a later list at once, and once only while it waits', () => {
    const spread = spreading(['a', 'b'], version(3))
    spread.step(at(1), { type: 'beat', peer: peer('a'), beat: beat(3) })
    spread.step(at(1), { type: 'beat', peer: peer('b'), beat: beat(2, 9) })
    expect(spread.drain()).toEqual([])
    spread.step(at(1), { type: 'beat', peer: peer('a'), beat: beat(4) })
    spread.step(at(2), { type: 'beat', peer: peer('a'), beat: beat(5) })
    expect(spread.drain()).toEqual([{ type: 'pull', peer: 'a' }])
  })

  test('asks for a list of the same number with a later tip', () => {
    const spread = spreading(['a'], version(3, 1))
    spread.step(at(1), { type: 'beat', peer: peer('a'), beat: beat(3, 2) })
    expect(pulls(spread.drain())).toEqual(['a'])
  })

  test('that gets what was promised asks again at once when more was promised meanwhile', () => {
    const spread = spreading()
    spread.step(at(1), { type: 'beat', peer: peer('a'), beat: beat(4) })
    spread.step(at(2), { type: 'beat', peer: peer('a'), beat: beat(5) })
    spread.drain()
    spread.step(at(3), { type: 'changed', version: version(4) })
    spread.step(at(3), { type: 'pulled', peer: peer('a'), version: version(4) })
    expect(pulls(spread.drain())).toEqual(['a'])
  })

  test('does not ask somebody again soon who promised more than it had', () => {
    const spread = spreading()
    spread.step(at(1), { type: 'beat', peer: peer('a'), beat: beat(2 ** 53 - 1) })
    spread.drain()
    spread.step(at(2), { type: 'pulled', peer: peer('a'), version: version(1) })
    spread.step(at(1_000), { type: 'beat', peer: peer('a'), beat: beat(2 ** 53 - 1) })
    expect(pulls(spread.drain())).toEqual([])
    spread.step(at(2 + settings.distrustMs), { type: 'wake' })
    expect(pulls(spread.drain())).toEqual(['a'])
  })

  test('asks somebody again after a heartbeat who did not answer', () => {
    const spread = spreading()
    spread.step(at(1), { type: 'beat', peer: peer('a'), beat: beat(2) })
    spread.drain()
    spread.step(at(2), { type: 'pulled', peer: peer('a'), version: undefined })
    expect(pulls(spread.drain())).toEqual([])
    spread.step(at(2 + settings.heartbeatMs), { type: 'wake' })
    expect(pulls(spread.drain())).toEqual(['a'])
  })

  test('asks few at a time, those that promise the latest first', () => {
    const names = Array.from({ length: 10 }, (_, index) => `p${index}`)
    const spread = spreading(names)
    for (const [index, name] of names.entries()) {
      spread.step(at(1), { type: 'beat', peer: peer(name), beat: beat(index + 1) })
    }
    expect(pulls(spread.drain())).toHaveLength(clusterLimits.pullsMax)
    spread.step(at(2), { type: 'pulled', peer: peer('p0'), version: undefined })
    expect(pulls(spread.drain())).toEqual(['p9'])
    spread.step(at(3), { type: 'down', peer: peer('p1') })
    expect(pulls(spread.drain())).toEqual(['p8'])
  })

  test('forgets a peer that is gone, and knows who holds the authority', () => {
    const spread = spreading(['a', 'b'])
    spread.step(at(1), { type: 'beat', peer: peer('a'), beat: beat(0, 0, true) })
    spread.step(at(1), { type: 'beat', peer: peer('nobody'), beat: beat(9, 0, true) })
    expect(spread.authorities()).toEqual(['a'])
    spread.step(at(2), { type: 'down', peer: peer('a') })
    expect(spread.authorities()).toEqual([])
    expect(pulls(spread.drain())).toEqual([])
  })
})

/** Members in a drawn graph whose notices and answers are lost, late and out of order. */
function lived(seed: number, members: number): { readonly versions: ListVersion[]; readonly rounds: number } {
  const prng = new Prng(seed)
  const cores = Array.from({ length: members }, () => new ListSpread(settings, noList, at(0)))
  const versions: ListVersion[] = cores.map(() => noList)
  const wire: { due: number; deliver: (now: number) => void }[] = []
  const step = (now: number, index: number, input: Parameters<ListSpread['step']>[1]): void => {
    cores[index]?.step(at(now), input)
    for (const effect of cores[index]?.drain() ?? []) perform(now, index, effect)
  }
  const send = (now: number, deliver: (later: number) => void): void => {
    if (prng.below(4) > 0) wire.push({ due: now + 1 + prng.below(900), deliver })
  }
  const perform = (now: number, index: number, { type, peer: to }: SpreadEffect): void => {
    const target = Number(to)
    const own = peer(index)
    if (type === 'tell') {
      const said = { ...(versions[index] ?? noList), isAuthority: false }
      return send(now, (later) => step(later, target, { type: 'beat', peer: own, beat: said }))
    }
    const lost = prng.below(4) === 0
    wire.push({
      due: now + 1 + prng.below(900),
      deliver(later) {
        const got = lost ? undefined : versions[target]
        if (got !== undefined && compareVersions(got, versions[index] ?? noList) > 0) {
          versions[index] = got
          step(later, index, { type: 'changed', version: got })
        }
        step(later, index, { type: 'pulled', peer: to, version: got })
      },
    })
  }
  for (let index = 1; index < members; index++) {
    const other = prng.below(index) // A tree, so that the graph hangs together.
    step(0, index, { type: 'up', peer: peer(other) })
    step(0, other, { type: 'up', peer: peer(index) })
  }
  for (let number = 1; number <= 3; number++) {
    const index = prng.below(members)
    versions[index] = version(number, prng.below(2))
    step(number * 100, index, { type: 'changed', version: versions[index] })
  }
  let now = 400
  const isSame = (): boolean => versions.every((each) => compareVersions(each, version(3, each.tip[0])) === 0)
  while (!(isSame() && new Set(versions.map(({ tip }) => tip[0])).size === 1) && now < 120_000) {
    const [wake, who] = cores
      .map((core, index) => [core.deadline(), index] as const)
      .toSorted((a, b) => a[0] - b[0])[0] ?? [0, 0]
    const next = wire.toSorted((a, b) => a.due - b.due)[0]
    if (next !== undefined && next.due <= wake) {
      wire.splice(wire.indexOf(next), 1)
      now = Math.max(now, next.due)
      next.deliver(now)
    } else {
      now = Math.max(now, wake)
      step(now, who, { type: 'wake' })
    }
  }
  return { versions, rounds: Math.ceil(now / settings.heartbeatMs) }
}

test('lists converge in every graph, though a quarter of what is said is lost and all of it is late', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 8 }), (seed, members) => {
      const { versions } = lived(seed, members)
      expect(new Set(versions.map(({ number, tip }) => `${number}/${tip.join('')}`)).size).toBe(1)
      expect(versions[0]?.number).toBe(3)
    }),
    { numRuns: 100 },
  )
})
