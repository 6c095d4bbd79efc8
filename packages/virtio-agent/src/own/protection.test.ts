import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { nodeLineCipher } from './node-line-cipher.ts'
import { checkSharedKey, isSealedLine, sessionSeals, type SharedKey } from './protection.ts'

const keyOf = (seed: number): SharedKey => ({
  bytes: new Prng(seed).bytes(32),
  crypto: nodeCrypto(),
  cipher: nodeLineCipher(),
})
const [host, session] = ['a'.repeat(32), 'b'.repeat(32)]
const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const pair = (key = keyOf(1), nonces: readonly [string, string] = [host, session]) => ({
  guest: sessionSeals(key, ...nonces, 'guest'),
  host: sessionSeals(key, ...nonces, 'host'),
})
const line = (sealed: Uint8Array): Uint8Array => sealed.slice(0, -1)

test('what one side seals the other opens, in order', () => {
  const { guest, host: other } = pair()
  for (const content of ['{}', '', 'é'.repeat(1_000)]) {
    const sealed = guest.seal.seal(text(content))
    expect(sealed.at(-1)).toBe(0x0a)
    expect(sealed.indexOf(0x0a)).toBe(sealed.length - 1)
    expect(isSealedLine(sealed)).toBe(true)
    expect(new TextDecoder().decode(other.opener.open(line(sealed)))).toBe(content)
  }
})

test('nothing opens twice, or after a later one, or at the side that has sealed it', () => {
  const { guest, host: other } = pair()
  const [one, two] = [guest.seal.seal(text('1')), guest.seal.seal(text('2'))]
  expect(guest.opener.open(line(one))).toBeUndefined()
  expect(other.opener.open(line(two))).toBeDefined()
  expect(other.opener.open(line(two))).toBeUndefined()
  expect(other.opener.open(line(one))).toBeUndefined()
})

test('nothing opens that was changed, in any byte', () => {
  const sealed = line(pair().guest.seal.seal(text('{"type":"beat"}')))
  const opened = (changed: Uint8Array): string | undefined => {
    const plain = pair().host.opener.open(changed)
    return plain && new TextDecoder().decode(plain)
  }
  expect(opened(sealed)).toBe('{"type":"beat"}')
  for (let at = 0; at < sealed.length; at++) {
    for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
      const changed = sealed.slice()
      changed[at] = (changed[at] ?? 0) ^ bit
      // Some bits of base64 mean nothing; then it is what was sealed all the same.
      expect([undefined, '{"type":"beat"}']).toContain(opened(changed))
    }
  }
  for (let length = 0; length < sealed.length - 2; length++) {
    expect(opened(sealed.subarray(0, length))).toBeUndefined()
  }
})

test('another key, another session, or another host opens nothing', () => {
  const sealed = line(pair().guest.seal.seal(text('x')))
  expect(pair(keyOf(2)).host.opener.open(sealed)).toBeUndefined()
  expect(pair(keyOf(1), ['c'.repeat(32), session]).host.opener.open(sealed)).toBeUndefined()
  expect(pair(keyOf(1), [host, 'c'.repeat(32)]).host.opener.open(sealed)).toBeUndefined()
  expect(pair().host.opener.open(sealed)).toBeDefined()
})

test.each(['=', '=.', '=1', '=1.', '=0.AAAA', '=-1.AAAA', '=1e3.AAAA', '=99999999999999999999.AAAA', '1.AAAA', ''])(
  '%j opens as nothing',
  (forged) => {
    expect(pair().host.opener.open(text(forged))).toBeUndefined()
  },
)

test('a key of another length is refused', () => {
  expect(() => checkSharedKey({ ...keyOf(1), bytes: new Uint8Array(16) })).toThrow('a shared key has 32 bytes, not 16')
})

test('a second cipher over the same text with the same key is the same, by AES-256-GCM', () => {
  // Test case 14 of the GCM specification: a key and a nonce of zeros.
  const sealed = nodeLineCipher().seal(new Uint8Array(32), new Uint8Array(12), new Uint8Array(16))
  expect(Buffer.from(sealed).toString('hex')).toBe('cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919')
})
