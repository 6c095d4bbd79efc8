import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { validateTransportLimits, type TransportLimits } from '../limits.ts'
import type { DialTarget } from '../transport.ts'
import type { Dial } from './dialler.ts'
import { MeshCore } from './mesh-core.ts'
import { neighbours } from './neighbours.ts'

const self = 'm' as NodeId
const at = (ms: number): Millis => ms as Millis
const address = (host: string) => ({ host, port: 1 })

function mesh(limits: Partial<TransportLimits> = {}): MeshCore<string> {
  return new MeshCore<string>({ self, limits: validateTransportLimits(limits), prng: new Prng(1) })
}

function target(id: string | undefined, ...hosts: string[]): DialTarget {
  return { id: id as NodeId | undefined, addresses: hosts.map(address) }
}

function dialOf(core: MeshCore<string>, ms: number): Dial {
  const dial = core.nextDial(at(ms))
  if (dial === undefined) throw new Error('no dial is due')
  return dial
}

function contender(key: string, dialledHere: boolean, life = 'life', openedAt = at(0)) {
  return { key, life, dialledHere, openedAt }
}

test('the addresses of a target have their turns at once; when all failed it waits, longer each time', () => {
  const core = mesh()
  core.setTargets(at(0), [target('a', 'one', 'two')])
  const waits: number[] = []
  let now = 0
  for (let round = 0; round < 12; round++) {
    for (const host of ['one', 'two']) {
      const dial = dialOf(core, now)
      expect(dial.address.host).toBe(host)
      expect(core.nextDial(at(now))).toBeUndefined()
      core.dialFailed(at(now), dial)
    }
    const next = core.deadline(at(now))
    waits.push(next - now)
    now = next
  }
  expect(Math.max(...waits)).toBeGreaterThan(1_000)
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
  expect(Math.max(...waits.slice(0, 1))).toBeLessThanOrEqual(100)
})

test('no more dials at once than dialsInFlightMax, and none over the places for dialling', () => {
  const many = Array.from({ length: 30 }, (_, index) => target(`a${index}`, `host${index}`))
  const core = mesh({ dialsInFlightMax: 3 })
  core.setTargets(at(0), many)
  const dials = [dialOf(core, 0), dialOf(core, 0), dialOf(core, 0)]
  expect([core.nextDial(at(0)), core.deadline(at(0))]).toEqual([undefined, Infinity])
  core.dialFailed(at(0), dials[0] as Dial)
  expect(core.nextDial(at(0))).toBeDefined()
  const tight = mesh({ connectionsMax: 4, connectionsReserved: 2 })
  tight.setTargets(at(0), many)
  const placed = [tight.nextDial(at(0)), tight.nextDial(at(0)), tight.nextDial(at(0))]
  expect(placed.map((dial) => dial !== undefined)).toEqual([true, true, false])
})

test('we are not dialled where we were found, until that is forgotten', () => {
  const core = mesh()
  core.setTargets(at(0), [target(undefined, 'ours'), target('a', 'ours', 'theirs')])
  const first = dialOf(core, 0)
  expect([first.address.host, core.reached(at(0), first, self)]).toEqual(['ours', 'self'])
  expect(dialOf(core, 0).address.host).toBe('theirs')
  expect(core.nextDial(at(599_999))).toBeUndefined()
  expect(core.nextDial(at(600_001))?.address.host).toBe('ours')
})

test('who answers with another id is not the target; without an id whoever answers is', () => {
  const core = mesh()
  core.setTargets(at(0), [target('a', 'one')])
  expect(core.reached(at(0), dialOf(core, 0), 'z' as NodeId)).toBe('wrong-peer')
  const open = mesh()
  open.setTargets(at(0), [target(undefined, 'seed')])
  const dial = dialOf(open, 0)
  expect(open.reached(at(0), dial, 'z' as NodeId)).toBe('greet')
  expect(open.judge(at(0), 'z' as NodeId, contender('1', true), dial).type).toBe('open')
  expect(open.deadline(at(0))).toBe(Infinity)
  open.ended(at(20_000), 'z' as NodeId, '1')
  expect(open.deadline(at(20_000))).toBeLessThanOrEqual(20_100)
})

test('while we greet somebody, the lower id of the two goes on and the higher one gives way', () => {
  for (const [peer, verdict] of [
    ['z', 'refuse'],
    ['a', 'open'],
  ] as const) {
    const core = mesh()
    core.setTargets(at(0), [target(peer, 'host')])
    const dial = dialOf(core, 0)
    expect(core.reached(at(0), dial, peer as NodeId)).toBe('greet')
    expect(core.judge(at(0), peer as NodeId, contender('in', false)).type).toBe(verdict)
  }
})

test('a dial that finds its peer connected meanwhile is over', () => {
  const core = mesh()
  core.setTargets(at(0), [target('a', 'host')])
  const dial = dialOf(core, 0)
  expect(core.judge(at(0), 'a' as NodeId, contender('in', false)).type).toBe('open')
  expect(core.reached(at(1), dial, 'a' as NodeId)).toBe('connected')
  expect(core.deadline(at(1))).toBe(Infinity)
})

test('one connection more than connectionsMax is refused, but not one that replaces another', () => {
  const core = mesh({ connectionsMax: 2, connectionsReserved: 0 })
  for (const peer of ['a', 'b']) core.judge(at(0), peer as NodeId, contender(peer, false))
  expect(core.judge(at(0), 'c' as NodeId, contender('c', false))).toMatchObject({ goodbye: { code: 'overloaded' } })
  expect(core.judge(at(0), 'a' as NodeId, contender('a2', false, 'new life'))).toEqual({ type: 'open', replaced: 'a' })
  core.ended(at(1), 'a' as NodeId, 'a')
  expect(core.openWith('a' as NodeId)).toBe('a2')
})

test('bans end, are dialled after that, and give way to newer ones', () => {
  const core = mesh({ bansMax: 2 })
  core.setTargets(at(0), [target('a', 'host')])
  core.bans.add(at(0), 'a' as NodeId, 'why', 5_000)
  expect([core.nextDial(at(0)), core.deadline(at(0))]).toEqual([undefined, 5_000])
  expect(core.judge(at(0), 'a' as NodeId, contender('in', false))).toMatchObject({ goodbye: { code: 'banned' } })
  expect(core.nextDial(at(5_000))).toBeDefined()
  core.bans.add(at(0), 'b' as NodeId, 'why', 9_000)
  core.bans.add(at(0), 'c' as NodeId, 'why', 7_000)
  expect(core.bans.list(at(0)).map(({ peer }) => peer)).toEqual(['b', 'c'])
  core.bans.add(at(0), 'b' as NodeId, 'shorter', 1)
  expect(core.bans.get(at(8_999), 'b' as NodeId)?.reason).toBe('why')
})

test('the gate takes so many at once, and so many of one address', () => {
  const core = mesh({ pendingIncomingMax: 3, incomingPerAddressBurst: 2, incomingPerAddressPerSecond: 1 })
  const enter = (host: string, ms = 0) => core.gate.enter(at(ms), host)
  expect([enter('one'), enter('one'), enter('one')]).toEqual([undefined, undefined, 'incomingPerAddressPerSecond'])
  expect([enter('two'), enter('two')]).toEqual([undefined, 'pendingIncomingMax'])
  core.gate.leave()
  expect([enter('one', 500), enter('one', 1_000)]).toEqual(['incomingPerAddressPerSecond', undefined])
})

test('of more nodes than places, all choose alike, nobody has too many, and the mesh is in one piece', () => {
  const ids = Array.from({ length: 200 }, (_, index) => `node-${index}` as NodeId)
  const chosen = new Map(
    ids.map((id) => [
      id,
      neighbours(
        id,
        ids.filter((other) => other !== id),
        40,
      ),
    ]),
  )
  for (const [id, others] of chosen) {
    expect(others.size).toBeLessThanOrEqual(40)
    expect(others.size).toBeGreaterThan(10)
    expect(others.has(id)).toBe(false)
  }
  const reached = new Set<NodeId>()
  const walk = (id: NodeId): void => {
    if (reached.has(id)) return
    reached.add(id)
    for (const other of chosen.get(id) ?? []) walk(other)
  }
  walk(ids[0] as NodeId)
  expect(reached.size).toBe(ids.length)
  const oneSided = ids.flatMap((id) => [...(chosen.get(id) ?? [])].filter((other) => !chosen.get(other)?.has(id)))
  expect(oneSided.length).toBeLessThan(ids.length)
})
