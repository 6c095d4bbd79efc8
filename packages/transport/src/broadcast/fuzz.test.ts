import { nodeCrypto } from '@flotilla/core/crypto/node'
import { ProtocolError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { validateBroadcastLimits } from './limits.ts'
import { idsPerMessageMax, messageCodec, type Message } from './messages.ts'
import { CoreWorld } from './testing/core-world.ts'

const rounds = 30_000
const limits = validateBroadcastLimits({ forgeriesTolerated: 1_000, peerMessagesPerSecondMax: 5_000_000 })
const codec = messageCodec(limits)

function samples(world: CoreWorld): readonly Uint8Array[] {
  const { prng } = world
  const messages: readonly Message[] = [
    { type: 'push', envelope: world.seal({ name: 'dan', text: 'hello' }) },
    { type: 'push', envelope: world.seal({ name: 'cid', text: '' }) },
    { type: 'push', envelope: new Uint8Array() },
    { type: 'have', ids: prng.bytes(16 * 5) },
    { type: 'have', ids: prng.bytes(7) },
    { type: 'want', ids: prng.bytes(16 * 3) },
    { type: 'want', ids: prng.bytes(16 * idsPerMessageMax) },
    { type: 'summary', slots: [] },
    { type: 'summary', slots: [1, 2 ** 40, 1_800_000_000].map((slot) => ({ slot, digest: prng.bytes(16) })) },
  ]
  return messages.map((message) => codec.encode(message))
}

function changed(prng: Prng, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = prng.below(bytes.length + 1)
  switch (prng.below(5)) {
    case 0:
      return Uint8Array.of(...bytes.subarray(0, at), prng.below(256), ...bytes.subarray(at + 1))
    case 1:
      return bytes.subarray(0, at)
    case 2:
      return Uint8Array.of(...bytes.subarray(0, at), ...prng.bytes(prng.below(6)), ...bytes.subarray(at))
    case 3:
      return Uint8Array.of(...bytes.subarray(0, at), ...other.subarray(prng.below(other.length)))
    default:
      return prng.bytes(prng.below(64))
  }
}

test(`of ${rounds} changed and random messages none harms the decoder; sound ones have one encoding (seed 1)`, () => {
  const world = new CoreWorld(nodeCrypto(), limits)
  const prng = new Prng(1)
  const sound = samples(world)
  let accepted = 0
  for (let round = 0; round < rounds; round++) {
    const bytes = changed(prng, prng.pick(sound), prng.pick(sound))
    try {
      codec.decode(bytes)
      accepted++
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw new Error(`round ${round}`, { cause: error })
    }
  }
  expect(accepted).toBeGreaterThan(rounds / 100)
  for (const bytes of sound) expect(codec.encode(codec.decode(bytes))).toEqual(bytes)
})

test('none harms the node that takes it, and honest peers are served meanwhile (seed 2)', () => {
  const world = new CoreWorld(nodeCrypto(), limits)
  const bob = world.add('bob')
  const ann = world.add('ann')
  const eve = world.idOf('eve')
  world.connect(ann, bob)
  bob.turn({ type: 'peer', change: { type: 'up', peer: eve } })
  const prng = new Prng(2)
  const sound = samples(world)
  for (let round = 0; round < rounds / 10; round++) {
    bob.turn({ type: 'notice', from: eve, bytes: changed(prng, prng.pick(sound), prng.pick(sound)) })
    if (round % 100 === 0) ann.say(`said ${round}`)
    world.pass(20)
    bob.sent.length = 0
  }
  expect(bob.delivered.filter(({ from }) => from === ann.id)).toHaveLength(rounds / 1_000)
  expect(new Set(bob.offences.map(({ peer }) => peer))).toEqual(new Set([eve]))
  world.pass(70_000)
  expect(bob.core.figures).toMatchObject({ seen: 0, recent: 0, recentBytes: 0, announced: 0, origins: 0 })
})
