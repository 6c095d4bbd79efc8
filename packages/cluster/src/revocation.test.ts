import { makeAuthority, readAuthority } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { ProtocolError } from '@flotilla/core/errors'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AuthorityKey } from './authority-key.ts'
import { clusterDefaults, clusterLimits } from './config.ts'
import { RevocationBook } from './revocation-book.ts'
import { compareVersions, noList, writeRevocations, type Revocation } from './revocation-list.ts'
import { Revoker } from './revoker.ts'
import { sampleNowMs, seededEntropy } from './sample-machine.ts'

const crypto = nodeCrypto()
const now = sampleNowMs as WallMillis
const { certificateValidityMs } = clusterDefaults
const dayMs = 86_400_000

const keyOf = (seed: number): AuthorityKey => {
  const secretKey = new Uint8Array(32).fill(seed)
  const { certificate } = makeAuthority({ crypto, secretKey, now })
  return new AuthorityKey({ crypto, entropy: seededEntropy(seed), secretKey, certificate, certificateValidityMs })
}
const key = keyOf(1)
const authority = readAuthority(crypto, key.certificate)
const idOf = (seed: number): NodeId => nodeIdFromPublicKey(crypto, new Uint8Array(32).fill(seed))
const entry = (seed: number, reason = ''): Revocation => ({
  id: idOf(seed),
  reason,
  revokedAt: now,
  until: (now + dayMs) as WallMillis,
})
const list = (number: number, entries: readonly Revocation[], by = key): Uint8Array =>
  writeRevocations(by.facts.cluster, { number, issuedAt: now, entries }, (message) => by.sign(message))
const book = (bytes?: Uint8Array): RevocationBook => new RevocationBook(crypto, authority, bytes)

describe('a list of revocations', () => {
  test('says who is refused, since when and why', () => {
    const held = book(list(1, [entry(5, 'stolen')]))
    expect(held.isRevoked(idOf(5))).toBe(true)
    expect(held.isRevoked(idOf(6))).toBe(false)
    expect(held.refusal({ id: idOf(5), name: 'web' })).toBe(
      `web (${idOf(5)}) was revoked on 2026-03-01T12:00:00.000Z: stolen`,
    )
    expect(held.refusal({ id: idOf(6), name: 'web' })).toBeUndefined()
  })

  test('with a lower number never replaces one with a higher number', () => {
    const held = book(list(7, [entry(5)]))
    expect(held.offer(list(6, [entry(6)])).isNew).toBe(false)
    expect(held.offer(list(7, [entry(5)])).isNew).toBe(false)
    expect(held.isRevoked(idOf(5))).toBe(true)
    expect(held.offer(list(8, [])).isNew).toBe(true)
    expect(held.isRevoked(idOf(5))).toBe(false)
  })

  test('that another authority has signed is refused', () => {
    const other = keyOf(2)
    const theirs = list(9, [entry(5)], other)
    expect(() => book(theirs)).toThrow(expect.objectContaining({ code: 'wrong-signature' }))
    const inOurName = writeRevocations(key.facts.cluster, { number: 9, issuedAt: now, entries: [] }, (message) => {
      return other.sign(message)
    })
    expect(() => book(inOurName)).toThrow(expect.objectContaining({ code: 'wrong-signature' }))
    const forOthers = writeRevocations(other.facts.cluster, { number: 9, issuedAt: now, entries: [] }, (message) => {
      return key.sign(message)
    })
    expect(() => book(forOthers)).toThrow(expect.objectContaining({ code: 'foreign-authority' }))
  })

  test('of which any byte was changed is refused, and the one that is held stays', () => {
    const held = book(list(1, [entry(5)]))
    const later = list(2, [entry(6, 'lost')])
    for (let at = 0; at < later.length; at++) {
      const changed = later.map((byte, place) => (place === at ? byte ^ (1 << (at % 8)) : byte))
      expect(() => held.offer(changed)).toThrow(ProtocolError)
    }
    expect(held.version.number).toBe(1)
    expect(held.offer(later).isNew).toBe(true)
  })

  test('of any bytes never causes anything but a ProtocolError', () => {
    const valid = list(2, [entry(6, 'lost')])
    const cut = fc.tuple(fc.nat(valid.length), fc.uint8Array({ maxLength: 20 })).map(([at, put]) => {
      return Uint8Array.from([...valid.subarray(0, at), ...put, ...valid.subarray(at + put.length + 1)])
    })
    fc.assert(
      fc.property(fc.oneof(cut, fc.uint8Array()), (bytes) => {
        fc.pre(Buffer.compare(bytes, valid) !== 0)
        expect(() => book(bytes)).toThrow(ProtocolError)
      }),
    )
  })

  test('has room for 8,192 members and not for one more', () => {
    const entries = Array.from({ length: clusterLimits.revocationsMax }, (_, index) => ({
      ...entry(1, 'x'.repeat(clusterLimits.reasonBytesMax)),
      id: nodeIdFromPublicKey(crypto, crypto.sha256(Uint8Array.of(index >> 8, index & 0xff))),
    }))
    const full = list(1, entries)
    expect(full.length).toBeLessThan(clusterLimits.listBytesMax)
    expect(book(full).all()).toHaveLength(clusterLimits.revocationsMax)
    expect(() => list(1, [...entries, entry(9)])).toThrow(expect.objectContaining({ code: 'too-large' }))
  })
})

describe('lists', () => {
  test('lead to the same one in whatever order they come, and however often', () => {
    const made = Array.from({ length: 6 }, (_, index) => list(1 + (index >> 1), [entry(index + 1)]))
    const orders = fc.array(fc.nat(made.length - 1), { maxLength: 20 }).map((some) => [...some, 0, 1, 2, 3, 4, 5])
    fc.assert(
      fc.property(orders, orders, (one, other) => {
        const after = (order: readonly number[]): RevocationBook => {
          const held = book()
          for (const index of order) held.offer(made[index] ?? new Uint8Array(0))
          return held
        }
        expect(after(one).bytes).toEqual(after(other).bytes)
        expect(after(one).version.number).toBe(3)
      }),
    )
  })

  test('are ordered by number, then by the beginning of the signature', () => {
    const [one, other] = [book(list(3, [entry(1)])).version, book(list(3, [entry(2)])).version]
    expect(Math.sign(compareVersions(one, other))).toBe(-Math.sign(compareVersions(other, one)))
    expect(compareVersions(one, one)).toBe(0)
    expect(compareVersions(noList, one)).toBeLessThan(0)
  })
})

describe('an authority', () => {
  const officer = (
    revoked: readonly Revocation[] = [],
  ): { readonly held: RevocationBook; readonly revoker: Revoker } => {
    const held = book()
    return { held, revoker: new Revoker({ key, book: held, certificateValidityMs, revoked }) }
  }

  test('puts a member on the list until the last of its certificates has expired, and remembers it for ever', () => {
    const { held, revoker } = officer()
    held.offer(revoker.revoke(now, idOf(5), 'stolen'))
    expect(held.all()).toEqual([
      { id: idOf(5), reason: 'stolen', revokedAt: now, until: now + certificateValidityMs + dayMs },
    ])
    const later = (now + 40 * dayMs) as WallMillis
    held.offer(revoker.revoke(later, idOf(6), ''))
    expect(held.all().map(({ id }) => id)).toEqual([idOf(6)])
    expect(revoker.isRevoked(idOf(5))).toBe(true)
    const { revoker: restarted } = officer(revoker.ever())
    expect(restarted.isRevoked(idOf(5))).toBe(true)
    expect(() => restarted.revoke(later, idOf(5), '')).toThrow('was revoked already')
  })

  test('refuses a reason that is too long', () => {
    expect(() => officer().revoker.revoke(now, idOf(5), 'x'.repeat(97))).toThrow('the reason is too long')
    expect(() => officer().revoker.revoke(now, idOf(5), '\ud800')).toThrow('the reason is too long')
  })

  test('refuses one member more than fit on the list', () => {
    const many = Array.from({ length: clusterLimits.revocationsMax }, (_, index) => ({
      ...entry(1),
      id: nodeIdFromPublicKey(crypto, crypto.sha256(Uint8Array.of(index >> 8, index & 0xff))),
    }))
    expect(() => officer(many).revoker.revoke(now, idOf(5), '')).toThrow('the list of revocations is full')
  })

  test('and its copies lose no revocation, though they make lists of the same number', () => {
    const copies = [officer(), officer(), officer()]
    const drawn = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 10, max: 30 })), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(drawn, (revocations) => {
        for (const [at, seed] of revocations) {
          const copy = copies[at]
          if (copy === undefined || copy.revoker.isRevoked(idOf(seed))) continue
          copy.held.offer(copy.revoker.revoke(now, idOf(seed), ''))
        }
        for (let round = 0; round < 10; round++) {
          for (const { held } of copies) for (const other of copies) if (held.bytes) other.held.offer(held.bytes)
          for (const { held, revoker } of copies) {
            const merged = revoker.reconcile(now)
            if (merged !== undefined) held.offer(merged)
          }
        }
        for (const { held } of copies) {
          expect(held.bytes).toEqual(copies[0]?.held.bytes)
          expect(revocations.every(([, seed]) => held.isRevoked(idOf(seed)))).toBe(true)
        }
      }),
      { numRuns: 25 },
    )
  })
})
