import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { nodeLineCipher } from '../own/node-line-cipher.ts'
import { TwoSides, type TwoSidesOptions } from '../testing/two-sides.ts'

const done = { type: 'done', value: { ok: true } } as const
const types = (sides: TwoSides): readonly string[] => sides.effects.map(({ type }) => type)

async function connected(options: TwoSidesOptions = {}): Promise<TwoSides> {
  const sides = new TwoSides(options)
  sides.wall.connect()
  await sides.settle()
  return sides
}

describe('with a key', () => {
  const keyOf = (seed: number) => ({
    key: { bytes: new Prng(seed).bytes(32), crypto: nodeCrypto(), cipher: nodeLineCipher() },
  })

  test('both that have it understand each other', async () => {
    await using sides = await connected({ guest: keyOf(1), host: keyOf(1) })
    const ticket = sides.give()
    await sides.settle()
    sides.running[0]?.end(done)
    await sides.settle()
    expect(sides.endings(ticket)).toEqual([done])
  })

  test('a guest that has one refuses who has none', async () => {
    await using sides = await connected({ guest: keyOf(1) })
    expect(sides.effects).toMatchObject([{ type: 'refused', code: 'needs-key' }])
    expect(sides.guest.hasSession).toBe(false)
    expect(sides.collected).toBe(0)
  })

  test('a host that has one speaks with no guest that has none', async () => {
    await using sides = await connected({ host: keyOf(1) })
    expect(sides.effects).toMatchObject([{ type: 'refused', code: 'has-no-key' }])
  })

  test('another key is of no use', async () => {
    await using sides = await connected({ guest: keyOf(1), host: keyOf(2) })
    expect(types(sides)).toEqual(['trouble'])
    sides.give()
    await sides.settle()
    expect(sides.running).toEqual([])
  })

  test('nothing that is put in between is heard: neither plain lines nor those that were there before', async () => {
    await using sides = await connected({ guest: keyOf(1), host: keyOf(1) })
    const session = sides.effects.find((effect) => effect.type === 'welcomed')?.session
    const forged = { type: 'command', session, id: 1, command: 'ping', arguments: {}, actor: 'eve', timeoutMs: 9 }
    sides.wall.inject(new TextEncoder().encode(`${JSON.stringify(forged)}\n`))
    await sides.settle()
    expect(sides.running).toEqual([])
    sides.give()
    await sides.settle()
    expect(sides.running.length).toBe(1)
  })
})

describe('orders that are signed', () => {
  const crypto = nodeCrypto()
  const secretKey = new Prng(5).bytes(32)
  const trust = { crypto, keys: [crypto.ed25519.publicKey(secretKey)] }

  test('are told from those that are not', async () => {
    await using sides = await connected({ guest: { trust }, host: { signer: { crypto, secretKey } } })
    sides.give({ isSigned: true, arguments: { b: 1, a: [1.5, 'é'] } })
    sides.give()
    await sides.settle()
    expect(sides.running.map(({ order }) => order.isSigned)).toEqual([true, false])
  })

  test('by somebody else are refused, and by nobody are never sent', async () => {
    const stranger = { crypto, secretKey: new Prng(6).bytes(32) }
    await using sides = await connected({ guest: { trust }, host: { signer: stranger } })
    const ticket = sides.give({ isSigned: true })
    await sides.settle()
    expect(sides.endings(ticket)).toMatchObject([{ type: 'refused', code: 'wrong-signature' }])
    await using plain = await connected({ guest: { trust } })
    const unsigned = plain.give({ isSigned: true })
    expect(plain.endings(unsigned)).toMatchObject([{ type: 'lost', mayHaveRun: false }])
  })

  test('for another time are refused', async () => {
    await using sides = await connected({
      guest: { trust, limits: { signatureToleranceMs: 1 } },
      host: { signer: { crypto, secretKey } },
    })
    sides.wall.pause()
    const ticket = sides.give({ isSigned: true })
    await sides.settle(5)
    sides.wall.resume()
    await sides.settle()
    expect(sides.endings(ticket)).toMatchObject([{ type: 'refused', code: 'replayed' }])
  })
})
