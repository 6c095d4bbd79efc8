import { describe, expect, test } from 'vitest'
import { cryptoConformance } from './conformance/index.ts'
import type { Crypto } from './crypto.ts'
import { nobleCrypto } from './noble.ts'
import { nodeCrypto } from './node.ts'

describe.each([
  ['nodeCrypto', nodeCrypto()],
  ['nobleCrypto', nobleCrypto()],
])('%s', (_, crypto) => {
  test.each(cryptoConformance(crypto))('$name', async (one) => {
    await expect(one.run()).resolves.toBeUndefined()
  })

  test('refuses more bytes than Node can take, before it touches them', () => {
    const huge = new Uint8Array(2 ** 31)
    const small = new Uint8Array(32).fill(7)
    const signature = crypto.ed25519.sign(small, small)
    const refused: unknown = expect.objectContaining({ code: 'wrong-length', hint: 'it may have 0 to 2147483647' })
    expect(() => crypto.sha256(huge)).toThrow(refused)
    expect(() => crypto.sha512(huge)).toThrow(refused)
    expect(() => crypto.hkdfSha256(huge, small, small, 32)).toThrow(refused)
    expect(() => crypto.hkdfSha256(small, huge, small, 32)).toThrow(refused)
    expect(() => crypto.ed25519.sign(small, huge)).toThrow(refused)
    expect(crypto.ed25519.verify(crypto.ed25519.publicKey(small), huge, signature)).toBe(false)
  })
})

test('the suite fails an implementation that is wrong', async () => {
  const wrong: Crypto = { ...nodeCrypto(), sha256: () => new Uint8Array(32) }
  const lax: Crypto = { ...nodeCrypto(), ed25519: { ...nodeCrypto().ed25519, verify: () => true } }
  expect(await failures(wrong)).toContain('SHA-256 of abc')
  expect(await failures(lax)).toContain('forgeries of TEST 1')
  expect((await failures(lax)).filter((name) => name.startsWith('taming EdDSA'))).toHaveLength(11)
})

async function failures(crypto: Crypto): Promise<readonly string[]> {
  const failed: string[] = []
  for (const one of cryptoConformance(crypto)) await one.run().catch(() => failed.push(one.name))
  return failed
}
