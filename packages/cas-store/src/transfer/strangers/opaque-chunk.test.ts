import { readFileSync, writeFileSync } from 'node:fs'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import type { IdentitySecret } from '../../sealing/contract.ts'
import type { ChunkId } from '../../types.ts'
import { opaqueOverheadBytes, readOpaque, writeOpaque } from './opaque-chunk.ts'
import { opaqueListId, opaqueWorkshop } from './opaque-workshop.ts'
import { strangerKeys } from './stranger-keys.ts'

const crypto = nodeCrypto()
const id = 'ab'.repeat(32) as ChunkId
const sealed = new Prng(1).bytes(200)

describe('an opaque chunk', () => {
  test('comes back as it was written', () => {
    const written = writeOpaque(crypto, { id, sealed })
    expect(written.length).toBe(sealed.length + opaqueOverheadBytes)
    expect(readOpaque(crypto, written)).toEqual({ id, sealed })
    expect(readOpaque(crypto, writeOpaque(crypto, { id, sealed: new Uint8Array(0) }))?.sealed.length).toBe(0)
  })

  test('with any bit flipped, cut off or with more behind it is none', () => {
    const written = writeOpaque(crypto, { id, sealed })
    for (let bit = 0; bit < written.length * 8; bit += 5) {
      const flipped = Uint8Array.from(written)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect({ bit, found: readOpaque(crypto, flipped) }).toEqual({ bit, found: undefined })
    }
    for (let length = 0; length < written.length; length++) {
      expect(readOpaque(crypto, written.subarray(0, length))).toBeUndefined()
    }
    expect(readOpaque(crypto, Uint8Array.from([...written, 0]))).toBeUndefined()
    const random = new Prng(2)
    for (let round = 0; round < 1_000; round++) {
      expect(readOpaque(crypto, random.bytes(random.below(300)))).toBeUndefined()
    }
  })

  test('is written for ever as it was written first', () => {
    const path = new URL('../../../fixtures/v1/transfer/opaque.json', import.meta.url)
    const secret = new Uint8Array(32).fill(5) as IdentitySecret
    const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    const now = {
      chunk: hex(writeOpaque(crypto, { id, sealed: sealed.subarray(0, 20) })),
      listId: opaqueListId(crypto, Uint8Array.of(1, 2, 3)),
      keys: [...strangerKeys(crypto, secret).keys].map(([epoch, key]) => [epoch, hex(key)]),
    }
    if (process.env['UPDATE'] === '1') writeFileSync(path, `${JSON.stringify(now)}\n`, { flag: 'wx' })
    expect(now).toEqual(JSON.parse(readFileSync(path, 'utf8')))
  })
})

describe('an opaque workshop', () => {
  test('names content by what it carries, lists by what they are, and everything else as nobody would', async () => {
    const workshop = opaqueWorkshop({ crypto })
    const [right, plain] = [writeOpaque(crypto, { id, sealed }), sealed]
    const [first, second] = await workshop.identify('data', [right, plain])
    const [list] = await workshop.identify('list', [right])
    expect(first).toBe(id)
    expect(new Set([first, second, list]).size).toBe(3)
    expect(list).toBe(opaqueListId(crypto, right))
  })

  test('opens what it has kept, under its own id only, and nothing that has changed', async () => {
    const workshop = opaqueWorkshop({ crypto })
    const bytes = writeOpaque(crypto, { id, sealed })
    const [kept] = (await workshop.seal([{ id, kind: 'data', bytes }])) as [Uint8Array]
    expect(await workshop.open([{ id, kind: 'data', sealed: kept }])).toEqual([{ type: 'opened', bytes }])
    const other = 'cd'.repeat(32) as ChunkId
    const changed = Uint8Array.from(kept)
    changed[100] = (changed[100] ?? 0) ^ 1
    const wrong = [
      { id: other, kind: 'data' as const, sealed: kept },
      { id, kind: 'list' as const, sealed: kept },
      { id, kind: 'data' as const, sealed: changed },
      { id, kind: 'data' as const, sealed: kept.subarray(0, 50) },
    ]
    expect((await workshop.open(wrong)).map(({ type }) => type)).toEqual(wrong.map(() => 'damaged'))
  })
})
