import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import type { CommandLine } from './messages.ts'
import { judgeSignature, signOrder } from './signing.ts'

const crypto = nodeCrypto()
const secretKey = new Prng(1).bytes(32)
const trust = { crypto, keys: [crypto.ed25519.publicKey(secretKey)] }
const time = { nowMs: 1_000_000, toleranceMs: 1_000 }
const order: CommandLine = {
  type: 'command',
  session: 'a'.repeat(32),
  id: 7,
  command: 'unsafe.exec',
  arguments: { path: '/bin/true', list: [1, { b: 1, a: 2 }] },
  actor: 'ann',
  timeoutMs: 1_000,
}
const signed = (atMs = time.nowMs): CommandLine => ({
  ...order,
  signature: signOrder({ crypto, secretKey }, 'vm1', order, atMs),
})

test('an order is signed by whom the guest trusts', () => {
  expect(judgeSignature(trust, 'vm1', signed(), time)).toBe('signed')
  expect(judgeSignature(trust, 'vm1', order, time)).toBe('not-signed')
  expect(judgeSignature({ crypto, keys: [] }, 'vm1', signed(), time)).toBe('wrong-signature')
})

test('the order of names makes no difference, their values do', () => {
  const turned = { ...signed(), arguments: { list: [1, { a: 2, b: 1 }], path: '/bin/true' } }
  expect(judgeSignature(trust, 'vm1', turned, time)).toBe('signed')
})

test.each([
  ['session', { session: 'b'.repeat(32) }],
  ['id', { id: 8 }],
  ['command', { command: 'unsafe.shell' }],
  ['arguments', { arguments: { path: '/bin/false', list: [1, { b: 1, a: 2 }] } }],
  ['inner arguments', { arguments: { path: '/bin/true', list: [1, { b: 1, a: 3 }] } }],
  ['actor', { actor: 'bob' }],
  ['time-out', { timeoutMs: 2_000 }],
])('another %s is not what was signed', (_, change) => {
  expect(judgeSignature(trust, 'vm1', { ...signed(), ...change }, time)).toBe('wrong-signature')
})

test('another guest is not the one that it was signed for', () => {
  expect(judgeSignature(trust, 'vm2', signed(), time)).toBe('wrong-signature')
})

test('another time than now', () => {
  expect(judgeSignature(trust, 'vm1', signed(time.nowMs - 1_001), time)).toBe('replayed')
  expect(judgeSignature(trust, 'vm1', signed(time.nowMs + 1_001), time)).toBe('replayed')
  expect(judgeSignature(trust, 'vm1', signed(time.nowMs - 1_000), time)).toBe('signed')
  const { signature } = signed()
  const later = { ...order, signature: { key: '', signature: '', ...signature, atMs: time.nowMs + 1 } }
  expect(judgeSignature(trust, 'vm1', later, time)).toBe('wrong-signature')
})
