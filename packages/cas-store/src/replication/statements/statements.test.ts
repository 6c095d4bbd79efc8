import { ProtocolError } from '@flotilla/core/errors'
import { hybridTime, type WallMillis } from '@flotilla/core/time'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeIdFromPublicKey } from '@flotilla/core/ids'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BlobId, ChunkId } from '../../types.ts'
import { Authors } from './authors.ts'
import { takeApart } from './layout.ts'
import { isAuthentic, rowOf, sealStatement, type StatementKeys } from './sealing.ts'
import { compareRank, stampAfter } from './stamp.ts'
import { keyOf, type Said } from './statement.ts'

const crypto = nodeCrypto()
const secretKey = new Uint8Array(32).fill(3)
const publicKey = crypto.ed25519.publicKey(secretKey)
const keys: StatementKeys = { publicKey, sign: (message) => crypto.ed25519.sign(secretKey, message) }
const self = nodeIdFromPublicKey(crypto, publicKey)
const id = 'ab'.repeat(32)

const idText = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => !/[\p{Cc}]/u.test(text))
const said: fc.Arbitrary<Said> = fc.oneof(
  fc.record({
    type: fc.constant('blob' as const),
    id: idText.map((text) => text as BlobId),
    descriptor: fc.record({
      size: fc.integer({ min: 1, max: 2 ** 40 }),
      depth: fc.integer({ min: 0, max: 8 }),
      root: idText.map((text) => text as ChunkId),
    }),
    copies: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.constant('all' as const)),
    lot: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    putAtMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  }),
  fc.record({ type: fc.constant('name' as const), name, blob: idText.map((text) => text as BlobId) }),
  fc.record({ type: fc.constant('pin' as const), id: idText.map((text) => text as BlobId) }),
  name.map((text): Said => ({ type: 'gone', key: `name/${text}` })),
  idText.map((text): Said => ({ type: 'gone', key: `blob/${text}` })),
)
const stamp = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.integer({ min: 0, max: 65_535 }))
  .map(([wallMs, counter]) => hybridTime(wallMs, counter))

test('whatever is said is read as it was said, by its author', () => {
  fc.assert(
    fc.property(said, stamp, (one, at) => {
      const row = sealStatement({ said: one, stamp: at }, keys, self)
      const apart = takeApart(row.envelope)
      expect(apart.said).toEqual(one)
      expect(apart.stamp).toEqual(at)
      expect(apart.key).toBe(keyOf(one))
      expect(isAuthentic(apart, crypto)).toBe(true)
      expect(rowOf(apart, row.envelope, new Authors(crypto))).toEqual(row)
    }),
    { numRuns: 200 },
  )
})

test('a statement of which any bit was changed is refused, or not authentic', () => {
  const row = sealStatement(
    { said: { type: 'name', name: 'notes', blob: id as BlobId }, stamp: hybridTime(5, 1) },
    keys,
    self,
  )
  for (let bit = 0; bit < 8 * row.envelope.length; bit++) {
    const changed = row.envelope.slice()
    changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
    const isTaken = isTakenFrom(changed)
    expect({ bit, isTaken }).toEqual({ bit, isTaken: false })
  }
})

test('whatever bytes come, they are a statement with just these bytes, or a protocol error', () => {
  const row = sealStatement({ said: { type: 'pin', id: id as BlobId }, stamp: hybridTime(5, 1) }, keys, self)
  const grown = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.uint8Array({ maxLength: 80 })).map(([cut, more]) => {
    return new Uint8Array([...row.envelope.subarray(0, cut), ...more])
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 3_000 }), grown), (bytes) => {
      const apart = orRefused(() => takeApart(bytes))
      if (apart === 'refused') return
      const again = sealStatement(apart, { publicKey: apart.publicKey, sign: () => apart.signature }, self)
      expect(again.envelope).toEqual(bytes)
    }),
    { numRuns: 2_000 },
  )
})

/** The format of statements that are in catalogues: what was written once must be read for ever. */
test('the bytes of a statement are as they were', () => {
  const one: Said = {
    type: 'blob',
    id: id as BlobId,
    descriptor: { size: 70_000, depth: 1, root: 'cd'.repeat(32) as ChunkId },
    copies: 3,
    lot: 0xfeedbeef,
    putAtMs: 1_735_689_600_000,
  }
  const { envelope } = sealStatement({ said: one, stamp: hybridTime(1_735_689_600_001, 2) }, keys, self)
  expect(Buffer.from(crypto.sha256(envelope)).toString('hex')).toBe(
    'd4eb00801cdd3c20e42a92193595bbbbaa9c966463ac2111c9749d3bddfe368f',
  )
  expect(Buffer.from(envelope.subarray(0, 60)).toString('hex')).toBe(
    '01ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d101941f297c0100' +
      '02010045626c6f622f6162616261626162616261',
  )
})

describe('a new stamp', () => {
  const wall = (ms: number): WallMillis => ms as WallMillis

  test('is later than what is known, whatever the calendar says', () => {
    fc.assert(
      fc.property(stamp, fc.integer({ min: -10, max: 2 ** 48 + 10 }), (known, ms) => {
        const next = stampAfter(known, wall(ms))
        const isLast = known.wallMs === 2 ** 48 - 1 && known.counter === 65_535
        const isLater = next.wallMs > known.wallMs || (next.wallMs === known.wallMs && next.counter > known.counter)
        expect(isLater || isLast).toBe(true)
      }),
    )
  })

  test('is what the calendar says where nothing is in the way', () => {
    expect(stampAfter(undefined, wall(7.9))).toEqual({ wallMs: 7, counter: 0 })
    expect(stampAfter(hybridTime(6, 9), wall(7))).toEqual({ wallMs: 7, counter: 0 })
    expect(stampAfter(hybridTime(7, 65_535), wall(7))).toEqual({ wallMs: 8, counter: 0 })
  })

  test('decides, and of equal ones the author', () => {
    const rank = (at: string, author: string): { stamp: string; author: typeof self } => ({
      stamp: at,
      author: author as typeof self,
    })
    expect(compareRank(rank('1', 'b'), rank('2', 'a'))).toBeLessThan(0)
    expect(compareRank(rank('2', 'b'), rank('2', 'a'))).toBeGreaterThan(0)
    expect(compareRank(rank('2', 'a'), rank('2', 'a'))).toBe(0)
  })
})

function isTakenFrom(bytes: Uint8Array): boolean {
  const apart = orRefused(() => takeApart(bytes))
  return apart !== 'refused' && isAuthentic(apart, crypto)
}

/** Anything but a protocol error is passed on. */
function orRefused<Result>(work: () => Result): Result | 'refused' {
  try {
    return work()
  } catch (error) {
    if (error instanceof ProtocolError) return 'refused'
    throw error
  }
}
