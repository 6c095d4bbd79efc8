import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { nodeNameHash } from './node-name-hash.ts'

test('is SHA-256, of any memory', () => {
  const prng = new Prng(1)
  const [plain, quick] = [nodeCrypto(), nodeNameHash()]
  for (let length = 0; length < 300; length++) {
    const bytes = prng.bytes(length)
    const shared = new Uint8Array(new SharedArrayBuffer(length + 1)).subarray(1)
    shared.set(bytes)
    expect(quick.sha256(bytes)).toEqual(plain.sha256(bytes))
    expect(quick.sha256(shared)).toEqual(plain.sha256(bytes))
  }
})
