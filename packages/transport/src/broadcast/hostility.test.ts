import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import { describe, expect, test } from 'vitest'
import { envelopeId, joinIds } from './envelope-id.ts'
import type { BroadcastLimits } from './limits.ts'
import { CoreWorld, type CoreNode } from './testing/core-world.ts'

const crypto = nodeCrypto()

/** `bob` between `ann`, who is as she should be, and `eve`, who is played by the test, as is `cid` behind `ann`. */
function besieged(settings: Partial<BroadcastLimits> = {}) {
  const world = new CoreWorld(crypto, settings)
  const bob = world.add('bob')
  const eve = world.idOf('eve')
  bob.turn({ type: 'peer', change: { type: 'up', peer: eve } })
  const ann = world.add('ann')
  world.connect(ann, bob)
  world.settle()
  const cid = world.idOf('cid')
  ann.turn({ type: 'peer', change: { type: 'up', peer: cid } })
  return { world, ann, bob, cid, eve }
}

function damaged(envelope: Uint8Array, at: number): Uint8Array {
  const copy = envelope.slice()
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

function codes({ offences }: CoreNode): readonly (readonly [NodeId, string])[] {
  return offences.map(({ peer, code }) => [peer, code])
}

describe('a forged copy', () => {
  test('is the fault of whoever hands it on, and keeps the true one from nobody', () => {
    const { world, ann, bob, eve } = besieged()
    const envelope = world.seal({ name: 'ann', text: 'true' })
    for (const at of [60, 80, envelope.length - 70, envelope.length - 1]) bob.takeEnvelope(eve, damaged(envelope, at))
    expect(bob.heard).toEqual([])
    expect(new Set(codes(bob).map(([peer]) => peer))).toEqual(new Set([eve]))
    bob.takeEnvelope(ann.id, envelope)
    expect(bob.heard).toEqual(['true'])
  })

  test('is relayed to nobody', () => {
    const { world, ann, bob, eve } = besieged()
    bob.takeEnvelope(eve, damaged(world.seal({ name: 'ann', text: 'true' }), 70))
    world.pass(10_000)
    expect(bob.sent.filter(({ type }) => type === 'push' || type === 'have')).toEqual([])
    expect(ann.refused).toEqual([])
  })

  test('costs a verification a few times only, and what correct peers hand on is still looked at', () => {
    const { world, ann, bob, eve } = besieged({ forgeriesTolerated: 8 })
    for (let count = 0; count < 100; count++) {
      const envelope = world.seal({ name: 'ann', text: `true ${count}` })
      bob.takeEnvelope(eve, damaged(envelope, 70))
    }
    expect(bob.refused.filter((reason) => reason === 'distrusted-peer')).toHaveLength(92)
    bob.takeEnvelope(ann.id, world.seal({ name: 'cid', text: 'true' }))
    expect(bob.heard).toEqual(['true'])
  })

  test('says nothing of an id that was announced: the envelope is still fetched from others', () => {
    const { world, ann, bob, cid, eve } = besieged()
    const envelope = world.seal({ name: 'cid', text: 'true' })
    bob.take(eve, { type: 'have', ids: joinIds([envelopeId(crypto, envelope)]) })
    bob.takeEnvelope(eve, damaged(envelope, 70)) // In place of what it announced.
    ann.takeEnvelope(cid, envelope)
    world.pass(5_000)
    expect(bob.heard).toEqual(['true'])
  })
})

describe('a replay', () => {
  test('is dropped, held against nobody, and relayed to nobody', () => {
    const { world, bob, eve } = besieged()
    const envelope = world.seal({ name: 'ann', text: 'once' })
    for (let count = 0; count < 10; count++) bob.takeEnvelope(eve, envelope)
    world.pass(70_000)
    bob.takeEnvelope(eve, envelope)
    expect(bob.heard).toEqual(['once'])
    expect(bob.offences).toEqual([])
    expect(new Set(bob.refused)).toEqual(new Set(['duplicate', 'too-old']))
  })

  test('with the same nonce over other content is not taken either', () => {
    const { world, bob, eve } = besieged()
    const prng = world.prng
    const nonce = prng.bytes(16)
    prng.bytes = () => nonce
    bob.takeEnvelope(eve, world.seal({ name: 'ann', text: 'one' }))
    bob.takeEnvelope(eve, world.seal({ name: 'ann', text: 'two' }))
    expect({ heard: bob.heard, offences: bob.offences }).toEqual({ heard: ['one'], offences: [] })
  })
})

test('what is too early, too late or of a stranger is nobody’s fault', () => {
  const { world, bob, eve } = besieged()
  world.strangers.add(world.idOf('stranger'))
  world.nowMs = 100_000
  bob.takeEnvelope(eve, world.seal({ name: 'ann', text: 'early', atMs: 131_000 }))
  bob.takeEnvelope(eve, world.seal({ name: 'ann', text: 'late', atMs: 69_000 }))
  bob.takeEnvelope(eve, world.seal({ name: 'stranger', text: 'strange' }))
  expect(bob.refused).toEqual(['too-new', 'too-old', 'unknown-sender'])
  expect({ heard: bob.heard, offences: bob.offences }).toEqual({ heard: [], offences: [] })
})

test('what a stranger said is taken once it is a member', () => {
  const { world, bob, eve } = besieged()
  const envelope = world.seal({ name: 'newcomer', text: 'hello' })
  world.strangers.add(world.idOf('newcomer'))
  bob.takeEnvelope(eve, envelope)
  world.strangers.clear()
  bob.takeEnvelope(eve, envelope)
  expect(bob.heard).toEqual(['hello'])
})

describe('a flood', () => {
  test('is its origin’s fault, not the relay’s, and is cut off at the rate; others are heard', () => {
    const { world, ann, bob } = besieged()
    for (let count = 0; count < 1_000; count++) bob.takeEnvelope(ann.id, world.seal({ name: 'mal', text: `${count}` }))
    bob.takeEnvelope(ann.id, world.seal({ name: 'cid', text: 'of cid' }))
    expect(bob.heard).toHaveLength(201)
    expect(codes(bob)).toEqual([[world.idOf('mal'), 'flooding']])
    expect(bob.refused.filter((reason) => reason === 'muted-origin')).toHaveLength(799)
  })

  test('that goes on for long never counts against whoever relays it', () => {
    const { world, ann, bob } = besieged({ perOriginPerSecondMax: 1, perOriginBurst: 1 })
    for (let second = 0; second < 30; second++) {
      for (let count = 0; count < 5; count++) bob.takeEnvelope(ann.id, world.seal({ name: 'mal', text: 'flood' }))
      world.pass(1_100)
    }
    bob.takeEnvelope(ann.id, world.seal({ name: 'cid', text: 'of cid' }))
    expect(bob.heard.at(-1)).toBe('of cid')
    expect(new Set(codes(bob).map(([peer]) => peer))).toEqual(new Set([world.idOf('mal')]))
    expect(codes(bob).length).toBeGreaterThan(20)
  })

  test('cannot be forged in another’s name', () => {
    const { world, ann, bob, eve } = besieged({ forgeriesTolerated: 1_000 })
    for (let count = 0; count < 200; count++) bob.takeEnvelope(ann.id, world.seal({ name: 'cid', text: `${count}` }))
    for (let count = 0; count < 300; count++) {
      bob.takeEnvelope(eve, damaged(world.seal({ name: 'cid', text: 'forged' }), 70))
    }
    expect(new Set(codes(bob).map(([peer, code]) => `${peer} ${code}`))).toEqual(new Set([`${eve} forged-envelope`]))
    world.nowMs += 2_000
    bob.takeEnvelope(ann.id, world.seal({ name: 'cid', text: 'later' }))
    expect(bob.heard).toContain('later')
  })

  test('of messages from one peer takes nothing from the others', () => {
    const { world, ann, bob, eve } = besieged({ peerMessagesPerSecondMax: 100 })
    const envelope = world.seal({ name: 'cid', text: 'again' })
    for (let count = 0; count < 10_000; count++) bob.takeEnvelope(eve, envelope)
    expect(bob.refused.filter((reason) => reason === 'peer-limited')).toHaveLength(9_800)
    expect(bob.offences).toEqual([])
    ann.say('of ann')
    world.settle()
    expect(bob.heard).toEqual(['again', 'of ann'])
    bob.turn({ type: 'peer', change: { type: 'down', peer: eve } })
    bob.turn({ type: 'peer', change: { type: 'up', peer: eve } })
    bob.takeEnvelope(eve, world.seal({ name: 'cid', text: 'after it reconnected' }))
    expect(bob.heard).toHaveLength(2)
  })

  test('of questions is not answered without end', () => {
    const { world, bob, eve } = besieged({ servedBytesPerSecondMax: 2 ** 20 })
    bob.say('x'.repeat(60_000))
    const id = joinIds([envelopeId(crypto, pushedBy(world, bob))])
    const before = bob.sent.length
    for (let count = 0; count < 1_000; count++) bob.take(eve, { type: 'want', ids: id })
    for (let count = 0; count < 1_000; count++) bob.take(eve, { type: 'summary', slots: [] })
    const answers = bob.sent.slice(before)
    expect(answers.filter(({ type }) => type === 'push').length).toBeLessThanOrEqual(2 * (2 ** 20 / 60_000))
    expect(answers.filter(({ type }) => type === 'have').length).toBe(4)
  })
})

/** The envelope that was just said by `bob`, as `ann` fetched it. */
function pushedBy(world: CoreWorld, bob: CoreNode): Uint8Array {
  world.pass(100)
  const push = bob.sent.findLast((message) => message.type === 'push')
  return push?.type === 'push' ? push.envelope : new Uint8Array()
}

test('announcements of what is then withheld delay it by the time that one may take, and not longer', () => {
  const { world, ann, bob, cid, eve } = besieged()
  const text = 'x'.repeat(10_000)
  const envelope = world.seal({ name: 'cid', text })
  const invented = Array.from({ length: 500 }, (_, index) => envelopeId(crypto, Uint8Array.of(index >> 8, index)))
  bob.take(eve, { type: 'have', ids: joinIds([envelopeId(crypto, envelope), ...invented]) })
  ann.takeEnvelope(cid, envelope)
  world.pass(900)
  expect(bob.heard).toEqual([])
  world.pass(200)
  expect(bob.heard.map(({ length }) => length)).toEqual([10_000])
})

test('messages that are none are an offence; those of a later version are not', () => {
  const { bob, eve } = besieged()
  const ascii = (text: string): Uint8Array => Uint8Array.from(text, (unit) => unit.charCodeAt(0))
  bob.turn({ type: 'notice', from: eve, bytes: new Uint8Array(3) })
  expect(codes(bob)).toEqual([[eve, 'malformed-message']])
  bob.turn({ type: 'notice', from: eve, bytes: ascii('\x81\xa4type\xa5later') })
  bob.turn({ type: 'notice', from: eve, bytes: new Uint8Array(200_000) })
  expect(bob.offences).toHaveLength(1)
  expect(bob.refused).toEqual(['malformed-message', 'unknown-message', 'too-large'])
})

test('more origins than there is room for are refused, until some have fallen silent', () => {
  const { world, ann, bob } = besieged({ originsMax: 2 })
  for (const name of ['cid', 'dan', 'fay']) bob.takeEnvelope(ann.id, world.seal({ name, text: name }))
  expect(bob.heard).toEqual(['cid', 'dan'])
  expect(bob.refused).toEqual(['origins-full'])
  world.pass(70_000)
  bob.takeEnvelope(ann.id, world.seal({ name: 'fay', text: 'again' }))
  expect(bob.heard).toEqual(['cid', 'dan', 'again'])
})
