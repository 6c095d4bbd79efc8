import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { expect, test } from 'vitest'
import type { CommandOrder, GuestCommands, GuestFigures } from '../contract.ts'
import { talkToGuest, type OwnHostEffect } from '../own/index.ts'
import { nodeLineCipher } from '../own/node-line-cipher.ts'
import { MemoryWall } from '../testing/index.ts'
import { serveOwn } from './own-driver.ts'
import type { RefusedCommand } from './own-events.ts'

async function settle(clock: ManualClock): Promise<void> {
  for (let round = 0; round < 200; round++) {
    clock.advance(0)
    await Promise.resolve()
  }
}

test.each([false, true])('sealed %s', async (isSealed) => {
  const clock = new ManualClock()
  const wall = new MemoryWall({ clock, pieceBytesMax: 300 })
  const orders: CommandOrder[] = []
  const commands: GuestCommands = {
    supported: () => ['ping'],
    async run(order, running) {
      orders.push(order)
      running.progress({ type: 'note', text: 'half' })
      await Promise.resolve()
      return { type: 'done', value: { pong: true } }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const figures: GuestFigures = {
    collect: async () => ({ system: { wallMs: 1, bootId: 'b', problems: [] } }),
  }
  const effects: OwnHostEffect[] = []
  const key = isSealed ? { key: { bytes: new Prng(1).bytes(32), crypto: nodeCrypto(), cipher: nodeLineCipher() } } : {}
  await using guest = serveOwn({
    channel: wall.guest,
    clock,
    entropy: new Prng(2),
    commands,
    figures,
    guest: 'g',
    agentVersion: '1',
    ...key,
  })
  await using host = talkToGuest({
    channel: wall.host,
    clock,
    entropy: new Prng(3),
    onEffect: (effect) => effects.push(effect),
    ...key,
  })
  wall.connect()
  await settle(clock)
  expect(guest.hasSession).toBe(true)
  host.give({ ticket: 7, command: 'ping', arguments: { a: 1 }, actor: 'ann', timeoutMs: 1_000, isSigned: false })
  await settle(clock)
  expect(effects.at(-1)).toEqual({
    type: 'ended',
    ticket: 7,
    dropped: 0,
    ending: { type: 'done', value: { pong: true } },
  })
})

test('a command that never becomes an order is told of', async () => {
  const clock = new ManualClock()
  const wall = new MemoryWall({ clock })
  const refused: RefusedCommand[] = []
  const commands: GuestCommands = {
    supported: () => [],
    run: () => Promise.reject(new Error('it is never run')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  await using _ = serveOwn({
    channel: wall.guest,
    clock,
    entropy: new Prng(2),
    commands,
    figures: { collect: () => Promise.reject(new Error('nobody asks')) },
    guest: 'g',
    agentVersion: '1',
    onRefused: (one) => refused.push(one),
  })
  const signer = { crypto: nodeCrypto(), secretKey: new Uint8Array(32).fill(7) }
  await using host = talkToGuest({ channel: wall.host, clock, entropy: new Prng(3), onEffect: () => {}, signer })
  wall.connect()
  await settle(clock)
  host.give({ ticket: 1, command: 'ping', arguments: {}, actor: 'ann', timeoutMs: 1_000, isSigned: true })
  await settle(clock)
  expect(refused).toEqual([{ command: 'ping', actor: 'ann', code: 'wrong-signature' }])
})
