import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import type { Credentials } from '../ports.ts'
import { memoryAuthority } from '../testing/index.ts'
import { MembershipCore } from './core.ts'
import type { MembershipEffect } from './effect.ts'
import { encodeGossip, type Gossip } from './messages.ts'
import { incarnationMax, type ClaimKind, type MemberRecord, type SignedClaim, type SignedRecord } from './record.ts'
import { validateMembershipSettings, type MembershipSettings } from './settings.ts'
import { signatureVouching, type Vouching } from './vouching.ts'

const crypto = nodeCrypto()
const authority = memoryAuthority({ crypto, cluster: 'beliefs' })
const at = (ms: number): Millis => ms as Millis

/** Somebody with a key, who may say what he likes. */
function person(name: string) {
  const credentials = authority.admit(name)
  const vouching = signatureVouching({ credentials, crypto, metadataBytesMax: 1_024 })
  const record = (changes: Partial<MemberRecord> = {}): SignedRecord =>
    vouching.signRecord({
      id: credentials.self,
      incarnation: 100,
      session: 7,
      leaving: false,
      datagrams: [{ host: '10.0.0.9', port: 9 }],
      metadata: { name, roles: [], capabilities: [], version: '1', addresses: [], load: 0 },
      ...changes,
    }).signed
  const claim = (about: NodeId, kind: ClaimKind, incarnation = 100): SignedClaim =>
    vouching.signClaim({ about, incarnation, kind, from: credentials.self })
  return { id: credentials.self, credentials, vouching, record, claim }
}

type Person = ReturnType<typeof person>

/** A core that belongs to `self`, and what others tell it. */
function listening(self: Person, settings: Partial<MembershipSettings> = {}) {
  const { credentials, vouching }: { credentials: Credentials; vouching: Vouching } = self
  const core = new MembershipCore(
    {
      settings: validateMembershipSettings(settings),
      vouching,
      ownKey: credentials.check(credentials.proof()).publicKey,
      prng: new Prng(1),
      first: vouching.readRecord(self.record()),
    },
    at(0),
  )
  const hear = (teller: Person, gossip: readonly Gossip[], nowMs = 0): readonly MembershipEffect[] => {
    const pieces = gossip.map(encodeGossip)
    const path = { host: '10.0.0.9', port: 9 }
    core.step(at(nowMs), { type: 'packet', from: teller.id, path, message: { type: 'gossip' }, gossip: pieces })
    return core.drain()
  }
  /** As if they had compared. */
  const meet = (...people: readonly Person[]): void => {
    for (const other of people) {
      core.answer(at(0), other.id, { type: 'swap', give: [{ signed: other.record() }], want: [] })
    }
    core.drain()
  }
  const statusOf = ({ id }: Person): string => core.entry(id)?.status ?? 'unknown'
  return { core, hear, meet, statusOf }
}

const asClaim = (claim: SignedClaim): Gossip => ({ type: 'claim', claim })
const asRecord = (signed: SignedRecord): Gossip => ({ type: 'record', signed })
const refusals = (effects: readonly MembershipEffect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'refused' ? [effect.why] : []))

const [ann, bob, cid, dan, eve, mal] = ['ann', 'bob', 'cid', 'dan', 'eve', 'mal'].map(person) as [
  Person,
  Person,
  Person,
  Person,
  Person,
  Person,
]

describe('a record', () => {
  test('of a stranger, or with a proof that is not the one that it names, is not believed', () => {
    const { hear, meet, statusOf } = listening(ann)
    meet(bob)
    const { proof: _, ...unproven } = cid.record()
    hear(bob, [asRecord(unproven)])
    expect(statusOf(cid)).toBe('unknown')
    expect(refusals(hear(bob, [asRecord({ ...cid.record(), proof: mal.credentials.proof() })]))).toEqual([
      'wrong-proof',
    ])
    const stranger = memoryAuthority({ crypto, cluster: 'elsewhere' }).admit('cid').proof()
    expect(refusals(hear(bob, [asRecord({ ...cid.record(), proof: stranger })]))).toEqual(['wrong-proof'])
    hear(bob, [asRecord(cid.record())])
    expect(statusOf(cid)).toBe('alive')
  })

  test('changed on its way, or made by another, changes nothing', () => {
    const { core, hear, meet } = listening(ann)
    meet(bob, cid)
    const honest = cid.record({ incarnation: 101 })
    const changed = {
      ...honest,
      body: mal.vouching.signRecord({ ...mal.vouching.readRecord(honest), session: 1 }).signed.body,
    }
    expect(refusals(hear(bob, [asRecord(changed)]))).toEqual(['wrong-signature'])
    const forged = mal.vouching.signRecord({ ...mal.vouching.readRecord(honest), incarnation: 500 }).signed
    expect(refusals(hear(mal, [asRecord(forged)]))).toEqual([]) // Not even heard: its sender is nobody.
    expect(refusals(hear(bob, [asRecord(forged)]))).not.toEqual([])
    expect(core.entry(cid.id)?.record.incarnation).toBe(100)
  })

  test('with the last incarnation that there is harms only its own member', () => {
    const { core, hear, meet, statusOf } = listening(ann)
    meet(bob, cid, mal)
    hear(mal, [asRecord(mal.record({ incarnation: incarnationMax }))])
    expect(core.entry(mal.id)?.record.incarnation).toBe(incarnationMax)
    hear(bob, [asClaim(bob.claim(mal.id, 'silent', incarnationMax))])
    hear(cid, [asClaim(cid.claim(mal.id, 'silent', incarnationMax))])
    core.step(at(20_000), { type: 'wake' })
    core.step(at(40_000), { type: 'wake' })
    expect([bob, cid].map(statusOf)).not.toContain('dead')
  })

  test('of our own earlier life with the last incarnation breaks nothing', () => {
    const { core, meet } = listening(ann)
    meet(bob)
    core.answer(at(1), bob.id, {
      type: 'swap',
      give: [{ signed: ann.record({ incarnation: incarnationMax, session: 3 }) }],
      want: [],
    })
    core.step(at(1_000), { type: 'wake' })
    expect(core.self().incarnation).toBe(incarnationMax)
    expect(core.drain().length).toBeGreaterThan(0)
  })

  test('of our own earlier life is outdone, and one that only claims to be ours is not', () => {
    const { core, meet } = listening(ann)
    meet(bob)
    const forged = {
      ...mal.vouching.signRecord({ ...ann.vouching.readRecord(ann.record()), incarnation: 9_000 }).signed,
    }
    core.answer(at(1), bob.id, { type: 'swap', give: [{ signed: forged }], want: [] })
    core.step(at(1_000), { type: 'wake' })
    expect(core.self().incarnation).toBe(100)
    core.answer(at(1_001), bob.id, {
      type: 'swap',
      give: [{ signed: ann.record({ incarnation: 700, session: 3 }) }],
      want: [],
    })
    core.step(at(2_000), { type: 'wake' })
    expect(core.self().incarnation).toBe(701)
  })

  test('with other addresses is what we send to from then on, wherever we heard it last', () => {
    const { core, hear, meet } = listening(ann)
    meet(bob)
    const datagrams = [{ host: '10.0.7.7', port: 7 }]
    const paths = (effects: readonly MembershipEffect[]): unknown[] =>
      effects.flatMap((effect) => (effect.type === 'send' && effect.to === bob.id ? [effect.path] : []))
    core.step(at(2_000), { type: 'wake' })
    expect(new Set(paths(core.drain()))).toEqual(new Set([{ host: '10.0.0.9', port: 9 }]))
    hear(bob, [asRecord(bob.record({ incarnation: 101, datagrams }))], 2_001)
    core.step(at(2_100), { type: 'wake' })
    expect(paths(core.drain())).toEqual([datagrams[0]])
  })

  test('may not come more often than the limit says', () => {
    const { hear, meet } = listening(ann, { newsPerSecondMax: 5 })
    meet(mal)
    const flood = Array.from({ length: 20 }, (_, index) =>
      hear(mal, [asRecord(mal.record({ incarnation: 200 + index }))]),
    )
    expect(flood.flatMap(refusals).filter((why) => why === 'too-many-news')).toHaveLength(15)
  })
})

describe('a claim', () => {
  test('that nobody has signed, or about another incarnation, is nothing', () => {
    const { hear, meet, statusOf } = listening(ann)
    meet(bob, cid, dan)
    const unsigned = { ...bob.claim(cid.id, 'silent'), from: dan.id }
    expect(refusals(hear(bob, [asClaim(unsigned)]))).toEqual(['wrong-claim'])
    hear(bob, [asClaim(bob.claim(cid.id, 'silent', 99)), asClaim(bob.claim(cid.id, 'dead', 4_000_000))])
    expect(statusOf(cid)).toBe('alive')
  })

  test('of one member alone never makes another dead before its time, whatever it claims how often', () => {
    // Nobody answers in this test, so we must not look for ourselves.
    const { core, hear, meet, statusOf } = listening(ann, { probeIntervalMs: 60_000, juryMembers: 0 })
    core.step(at(0), { type: 'wake' })
    meet(bob, cid, dan, mal)
    for (let ms = 0; ms < 8_000; ms += 100) {
      hear(
        mal,
        (['silent', 'reset', 'dead'] as const).map((kind) => asClaim(mal.claim(bob.id, kind))),
        ms,
      )
    }
    expect(statusOf(bob)).toBe('suspect')
    hear(bob, [asRecord(bob.record({ incarnation: 101 }))], 8_000)
    expect(statusOf(bob)).toBe('alive')
    expect(core.entry(bob.id)?.suspicion).toBeUndefined()
  })

  test('of two makes it dead, and a refutation alive again, also after that', () => {
    const { hear, meet, statusOf } = listening(ann)
    meet(bob, cid, dan, eve)
    hear(cid, [asClaim(cid.claim(bob.id, 'dead'))])
    expect(statusOf(bob)).toBe('suspect')
    hear(dan, [asClaim(dan.claim(bob.id, 'dead'))])
    expect(statusOf(bob)).toBe('dead')
    hear(bob, [asRecord(bob.record({ incarnation: 101 }))])
    expect(statusOf(bob)).toBe('alive')
    hear(dan, [asClaim(dan.claim(bob.id, 'dead')), asClaim(cid.claim(bob.id, 'dead'))])
    expect(statusOf(bob)).toBe('alive') // They are about the incarnation before.
  })

  test('about ourselves is refuted by the next incarnation, however high the claimed one', () => {
    const { core, hear, meet } = listening(ann)
    meet(bob, mal)
    hear(mal, [asClaim(mal.claim(ann.id, 'dead', incarnationMax))])
    expect(core.self().incarnation).toBe(100)
    hear(mal, [asClaim(mal.claim(ann.id, 'silent', 100))], 1)
    expect(core.self().incarnation).toBe(101)
    for (let ms = 2; ms < 202; ms++) {
      hear(mal, [asClaim(mal.claim(ann.id, 'silent', core.self().incarnation))], ms)
    }
    expect(core.self().incarnation).toBeLessThanOrEqual(103) // As often as refutationGapMs lets it.
  })

  test('that is refuted by now is answered with the refutation', () => {
    const { hear, meet } = listening(ann)
    meet(bob, cid)
    hear(bob, [asRecord(bob.record({ incarnation: 105 }))])
    const sent = hear(cid, [asClaim(cid.claim(bob.id, 'dead'))]).filter((effect) => effect.type === 'send')
    const told = sent.filter(({ to }) => to === cid.id).flatMap(({ gossip }) => gossip.map((piece) => piece.gossip))
    expect(
      told.some((piece) => piece.type === 'record' && cid.vouching.readRecord(piece.signed).incarnation === 105),
    ).toBe(true)
  })
})

describe('a full table', () => {
  test('refuses newcomers, and lets those make room who left or died long ago', () => {
    const { core, hear, meet, statusOf } = listening(ann, { membersMax: 4 })
    meet(bob, cid, dan)
    expect(refusals(hear(bob, [asRecord(eve.record())]))).toEqual(['too-many-members'])
    hear(bob, [asRecord(dan.record({ incarnation: 101, leaving: true }))])
    hear(bob, [asRecord(eve.record())])
    expect([dan, eve].map(statusOf)).toEqual(['unknown', 'alive'])
    expect(core.members()).toHaveLength(4)
  })
})

test('a message full of wrong records costs a few verifications, and no more', () => {
  const { core, hear, meet } = listening(ann)
  meet(bob, cid, mal)
  const wrong = Array.from({ length: 40 }, (_, index) =>
    asRecord({ ...cid.record({ incarnation: 200 + index }), signature: new Uint8Array(64) }),
  )
  expect(refusals(hear(mal, wrong))).toHaveLength(4)
  const give = wrong.flatMap((piece) => (piece.type === 'record' ? [{ signed: piece.signed }] : []))
  core.answer(at(5_000), mal.id, { type: 'swap', give, want: [] })
  expect(refusals(core.drain())).toHaveLength(8)
})
