import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { KeyRow } from '../../catalogue/contract.ts'
import type { KeyEpoch } from '../../types.ts'
import { nodeChunkCipher } from '../node-chunk-cipher.ts'
import { openKeyring } from './keyring.ts'
import { passphraseSecret } from './node-passphrase.ts'
import { openRows } from './opened-rows.ts'
import { rawSecret } from './raw-secret.ts'
import { isScryptAllowed, parseWrapped, wrappedKeyBytes } from './wrapped-key.ts'
import type { WrappingRecipe, WrappingSecret } from './wrapping-secret.ts'

const crypto = nodeCrypto()
const cipher = nodeChunkCipher()
const keyFile = rawSecret(crypto, new Uint8Array(32).fill(1), 'the key file /keys/one')
const passphrase = passphraseSecret({ passphrase: 'correct', cost: { costLog2: 10 } })

async function rowsOf(secret: WrappingSecret): Promise<readonly KeyRow[]> {
  const rows: KeyRow[] = []
  const keyring = await openKeyring({
    rows: [],
    commit: (changes) => {
      rows.push(...changes.flatMap((change) => (change.type === 'set-key' ? [change.key] : [])))
      return Promise.resolve()
    },
    secret,
    isEmpty: true,
    crypto,
    cipher,
    entropy: new Prng(1),
    nowMs: () => 0,
  })
  await keyring.rotate()
  return rows
}

const outcome = async (rows: readonly KeyRow[], secret: WrappingSecret = keyFile): Promise<unknown> => {
  try {
    return (await openRows({ rows, secret, crypto, cipher })).keys.size
  } catch (error) {
    return error instanceof FlotillaError ? error.code : error
  }
}

const withRow = (rows: readonly KeyRow[], index: number, row: Partial<KeyRow>): readonly KeyRow[] =>
  rows.map((old, at) => (at === index ? { ...old, ...row } : old))

describe('key rows', () => {
  let rows: readonly KeyRow[] = []
  beforeAll(async () => {
    rows = await rowsOf(keyFile)
  })

  test('open in any order', async () => {
    expect(await outcome(rows)).toBe(2)
    expect(await outcome(rows.toReversed())).toBe(2)
  })

  test('are not opened by another key file, or by a passphrase, and the error names what was tried', async () => {
    const other = rawSecret(crypto, new Uint8Array(32).fill(2), 'the key file /keys/two')
    await expect(openRows({ rows, secret: other, crypto, cipher })).rejects.toThrow('/keys/two')
    expect(await outcome(rows, other)).toBe('wrong-key')
    expect(await outcome(rows, passphrase)).toBe('wrong-key')
  })

  test('of which one is missing, twice there or in the place of another are damaged', async () => {
    const [identity = never(), first = never(), second = never()] = rows
    expect(await outcome([first, second])).toBe('corrupt')
    expect(await outcome([identity])).toBe('corrupt')
    expect(await outcome([...rows, second])).toBe('corrupt')
    expect(await outcome([identity, first, { ...first, epoch: 2 as KeyEpoch }])).toBe('corrupt')
    expect(await outcome([identity, { ...second, epoch: 1 as KeyEpoch }, first])).toBe('corrupt')
    expect(await outcome(Array.from({ length: 1_000 }, () => first))).toBe('corrupt')
  })

  test('with one bit changed anywhere are damaged, and nothing else', async () => {
    for (let index = 0; index < rows.length; index++) {
      for (let bit = 0; bit < 8 * wrappedKeyBytes; bit++) {
        const wrapped = (rows[index]?.wrapped ?? new Uint8Array(0)).slice()
        wrapped[bit >> 3] = (wrapped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect({ index, bit, is: await outcome(withRow(rows, index, { wrapped })) }).toEqual({
          index,
          bit,
          is: 'corrupt',
        })
      }
    }
  })

  test('of any bytes are damaged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.nat(2), async (bytes, index) => {
        expect(await outcome(withRow(rows, index, { wrapped: bytes }))).toBe('corrupt')
      }),
    )
    const whole = rows[0]?.wrapped ?? new Uint8Array(0)
    for (let length = 0; length < whole.length; length++) {
      expect(await outcome(withRow(rows, 0, { wrapped: whole.subarray(0, length) }))).toBe('corrupt')
    }
  })
})

describe('key rows under a passphrase', () => {
  test('open with it, however its letters are written', async () => {
    const rows = await rowsOf(passphraseSecret({ passphrase: 'gr\u00fcn', cost: { costLog2: 10 } }))
    expect(await outcome(rows, passphraseSecret({ passphrase: 'gru\u0308n' }))).toBe(2)
  })

  test('say that it is wrong when none opens, and that one is damaged when others open', async () => {
    const rows = await rowsOf(passphrase)
    expect(await outcome(rows, passphraseSecret({ passphrase: 'Correct' }))).toBe('wrong-key')
    expect(await outcome(rows, keyFile)).toBe('wrong-key')
    const wrapped = (rows[1]?.wrapped ?? new Uint8Array(0)).slice()
    wrapped[wrapped.length - 1] = (wrapped.at(-1) ?? 0) ^ 1
    expect(await outcome(withRow(rows, 1, { wrapped }), passphrase)).toBe('corrupt')
  })

  test('cannot ask for more time or memory than is allowed', async () => {
    const rows = await rowsOf(passphrase)
    const asked: WrappingRecipe[] = []
    const curious: WrappingSecret = {
      ...passphrase,
      wrappingKey: (recipe) => {
        asked.push(recipe)
        return Promise.resolve(undefined)
      },
    }
    for (const [at, value] of [
      [9, 30],
      [9, 9],
      [9, 255],
      [10, 0],
      [10, 255],
      [11, 0],
      [11, 5],
    ] as const) {
      const hostile = rows.map((row) => ({
        ...row,
        wrapped: row.wrapped.map((byte, index) => (index === at ? value : byte)),
      }))
      expect(await outcome(hostile, curious)).toBe('corrupt')
    }
    expect(asked).toEqual([])
    expect(isScryptAllowed(20, 32, 1)).toBe(false)
    expect(isScryptAllowed(17, 8, 1)).toBe(true)
  })

  test.each(['', 'x'.repeat(1_025)])('a passphrase that cannot be one is refused', (text) => {
    expect(() => passphraseSecret({ passphrase: text })).toThrow(expect.objectContaining({ code: 'wrong-key' }))
  })

  test.each([
    { costLog2: 9 },
    { costLog2: 21 },
    { blockSize: 0 },
    { parallelization: 5 },
    { costLog2: 20, blockSize: 32 },
  ])('a cost that nobody could open is refused: %j', (cost) => {
    expect(() => passphraseSecret({ passphrase: 'x', cost })).toThrow(FlotillaError)
  })
})

test('a wrapped key says whose it is', async () => {
  const parsed = (await rowsOf(keyFile)).map(({ wrapped }) => parseWrapped(wrapped))
  expect(parsed.map((row) => (row.type === 'parsed' ? `${row.header.what} ${row.header.epoch}` : row.why))).toEqual([
    'identity 0',
    'data-key 1',
    'data-key 2',
  ])
})

function never(): never {
  throw new Error('it must be there')
}
