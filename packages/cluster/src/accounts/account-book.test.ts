import { nodeCrypto } from '@flotilla/core/crypto/node'
import { ProtocolError } from '@flotilla/core/errors'
import type { WallMillis } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { AccountBook, bookCodec } from './account-book.ts'
import { accountLimits } from './config.ts'
import { isAccountName, keyOf, readEntry, type AccountEntry } from './entry.ts'
import { sampleBytes, sampleIssuer, sampleNow, sampleRemoval, sampleToken, sampleUser } from './sample-accounts.ts'

const crypto = nodeCrypto()
const issuer = sampleIssuer(crypto, 1)
const signed = (entry: AccountEntry): Uint8Array => sampleBytes(issuer, entry)
const bookOf = (...entries: readonly AccountEntry[]): AccountBook => {
  const book = new AccountBook(crypto, issuer)
  for (const entry of entries) book.offer(signed(entry), sampleNow)
  return book
}

const names = fc.constantFrom('ann', 'bob', 'c')
const times = fc.integer({ min: 0, max: 3 })
const roles = fc.constantFrom('viewer', 'operator', 'admin')
const entries: fc.Arbitrary<AccountEntry> = fc.oneof(
  fc.tuple(names, times, roles).map(([name, ms, role]) => sampleUser(name, ms, { role })),
  fc.tuple(names, times).map(([name, ms]) => sampleRemoval(name, ms)),
  fc.tuple(fc.constantFrom('0', '1'), times).map(([digit, ms]) => sampleToken(digit, ms)),
  fc.tuple(fc.constantFrom('0', '1'), times).map(([digit, ms]): AccountEntry => {
    const { id, until, changedAt } = sampleToken(digit, ms)
    return { type: 'revoked-token', id, until, changedAt }
  }),
)

/** The dumb twin: of all entries about one user or token, the last in an order that everybody can compute. */
function expected(all: readonly AccountEntry[]): ReadonlyMap<string, AccountEntry> {
  const rank = (entry: AccountEntry): string => {
    const isRemoval = entry.type.startsWith('re') ? 1 : 0
    return `${String(entry.changedAt).padStart(20)} ${isRemoval} ${Buffer.from(signed(entry)).toString('hex')}`
  }
  const byKey = Map.groupBy(all, keyOf)
  return new Map([...byKey].map(([key, of]) => [key, of.toSorted((a, b) => (rank(a) < rank(b) ? 1 : -1))[0]] as never))
}

describe('a book', () => {
  test('is the same in whatever order the same entries come, and however often', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 30 }), (all, order) => {
        const first = bookOf(...all)
        const second = bookOf(...order.flatMap((at) => all[at % all.length] ?? []), ...all.toReversed())
        expect(second.state).toEqual(first.state)
        const found = new Map(first.all().map((entry) => [keyOf(entry), entry]))
        expect(found).toEqual(expected(all))
        const third = new AccountBook(crypto, issuer)
        for (const bytes of bookCodec.decode(first.record()).entries) third.offer(bytes, sampleNow)
        expect(third.state).toEqual(first.state)
      }),
    )
  })

  test('differs from every other book of other entries', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 6 }), fc.array(entries, { maxLength: 6 }), (one, other) => {
        const isSame = isDeepStrictEqual(expected(one), expected(other))
        const [first, second] = [bookOf(...one).state.digest, bookOf(...other).state.digest]
        expect(Buffer.compare(first, second) === 0).toBe(isSame)
      }),
    )
  })

  test('does not bring back who was removed, whoever says what was once', () => {
    const book = bookOf(sampleUser('ann', 5), sampleRemoval('ann', 6))
    const { state } = book
    for (const ms of [0, 5, 6]) expect(book.offer(signed(sampleUser('ann', ms)), sampleNow)).toBe(false)
    expect(book.user('ann')).toBeUndefined()
    expect(book.state).toEqual(state)
    expect(book.offer(signed(sampleUser('ann', 7)), sampleNow)).toBe(true)
  })

  test('takes nothing that its issuer has not signed, or that is for another cluster', () => {
    const book = bookOf(sampleUser('ann'))
    const user = sampleUser('eve', 1, { role: 'admin' })
    const forged = [
      [sampleBytes(sampleIssuer(crypto, 2), user), 'wrong-signature'],
      [sampleBytes(sampleIssuer(crypto, 1, 'another'), user), 'foreign-authority'],
    ] as const
    for (const [bytes, code] of forged)
      expect(() => book.offer(bytes, sampleNow)).toThrow(expect.objectContaining({ code }))
    expect(book.users().map(({ name }) => name)).toEqual(['ann'])
  })

  test('forgets tokens when they are over, and takes none that is', () => {
    const book = bookOf(sampleToken('0', 0, 50), sampleToken('1', 0, 100), sampleUser('ann'))
    const later = (sampleNow + 50) as WallMillis
    expect(book.prune(later)).toBe(true)
    expect(book.prune(later)).toBe(false)
    expect(book.offer(signed(sampleToken('0', 0, 50)), later)).toBe(false)
    expect(book.tokens().map(({ id }) => id[0])).toEqual(['1'])
    expect(book.state.digest).toEqual(bookOf(sampleToken('1', 0, 100), sampleUser('ann')).state.digest)
  })

  test('is told in pages that hold all of it once', () => {
    const book = new AccountBook(crypto, issuer)
    const count = accountLimits.pageEntriesMax + 3
    for (let index = 0; index < count; index++) book.offer(signed(sampleUser(`u${index}`)), sampleNow)
    const first = book.page('')
    const second = book.page(first.next ?? '')
    expect([first.entries.length, second.entries.length, second.next]).toEqual([count - 3, 3, undefined])
    const copy = new AccountBook(crypto, issuer)
    for (const bytes of [...first.entries, ...second.entries]) copy.offer(bytes, sampleNow)
    expect(copy.state).toEqual(book.state)
  })
})

describe('an entry', () => {
  test('of any bytes is an entry or a ProtocolError, and has one form', () => {
    const book = bookOf()
    const real = signed(sampleUser('ann'))
    const changed = fc
      .tuple(fc.nat(real.length), fc.uint8Array({ maxLength: 6 }), fc.nat(6))
      .map(([at, put, cut]) => Uint8Array.from([...real.subarray(0, at), ...put, ...real.subarray(at + cut)]))
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 700 })), (bytes) => {
        const taken = taking(book, bytes)
        expect(!taken || Buffer.from(bytes).equals(real)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
    expect(book.users().length).toBeLessThanOrEqual(1)
  })

  test('is about somebody whose name is one', () => {
    expect(['ann', 'a', 'ann@example.org', '0', 'a.b_c-d'].filter(isAccountName)).toHaveLength(5)
    const wrong = ['', 'Ann', '-a', '.a', 'a b', 'a\n', 'a/b', 'ä', 'a'.repeat(64), 'a\u0000']
    expect(wrong.filter(isAccountName)).toEqual([])
    for (const name of wrong.filter(({ length }) => length < 64)) {
      expect(() => readEntry('sample', signed(sampleUser(name)))).toThrow(ProtocolError)
    }
  })
})

/** Whether it was taken over; whatever is no entry is a `ProtocolError`. */
function taking(book: AccountBook, bytes: Uint8Array): boolean {
  try {
    return book.offer(bytes, sampleNow)
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}

test('a record that was written once opens for ever', () => {
  const path = join(import.meta.dirname, '../../fixtures/v3/accounts.base64')
  const written = bookOf(sampleUser('ann'), sampleRemoval('bob', 3), sampleToken('7')).record()
  if (process.env['UPDATE'] === '1') writeFileSync(path, `${Buffer.from(written).toString('base64')}\n`, { flag: 'wx' })
  const stored = new Uint8Array(Buffer.from(readFileSync(path, 'utf8'), 'base64'))
  const book = new AccountBook(crypto, issuer)
  for (const bytes of bookCodec.decode(stored).entries) book.offer(bytes, sampleNow)
  expect(book.user('ann')).toEqual(sampleUser('ann'))
  expect(book.about(sampleUser('bob'))).toEqual(sampleRemoval('bob', 3))
  expect(book.token('7'.repeat(32))).toEqual(sampleToken('7'))
})
