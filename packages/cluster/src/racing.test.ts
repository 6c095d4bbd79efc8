import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  doorTo,
  outcomeOf,
  sampleAddress,
  sampleAuthority,
  sampleMachine,
  type SampleMachine,
} from './sample-machine.ts'
import { memoryClusterStore, type MemoryClusterStore } from './testing/index.ts'

const crypto = nodeCrypto()

/** A store whose saves take a while, and that dies with its machine at the drawn moment. */
function mortalStore(records: MemoryClusterStore | undefined, prng: Prng, savesLeft: number): MemoryClusterStore {
  let left = savesLeft
  return memoryClusterStore({
    ...(records && { records: records.records() }),
    async interfere() {
      await turns(prng.below(30))
      // Once dead it stays so; a save in two dies before it has taken effect, the other after it.
      if (left-- <= 0) throw new Error('killed')
    },
  })
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}

/** A door whose pieces each take a while. */
const slow = (host: SampleMachine, prng: Prng): ReturnType<typeof doorTo> =>
  doorTo(host, {
    async relay(bytes) {
      await turns(prng.below(40))
      return bytes
    },
  })

test('of newcomers that race for one token exactly one is admitted, whatever dies when', async () => {
  const world = fc.record({
    seed: fc.integer(),
    newcomers: fc.integer({ min: 2, max: 4 }),
    lives: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(world, async ({ seed, newcomers, lives }) => {
      const prng = new Prng(seed)
      const first = await sampleAuthority({ crypto, seed: 1 })
      const { token } = await first.member.invite({ role: 'node', addresses: [sampleAddress] })
      const guests = await Promise.all(
        Array.from({ length: newcomers }, (_, index) => sampleMachine({ crypto, seed: 2 + index, clock: first.clock })),
      )
      const joins = (host: SampleMachine): Promise<string[]> =>
        Promise.all(
          guests
            .filter(({ member }) => member.state === 'none')
            .map(({ member }, at) => outcomeOf(() => member.join({ token, name: `n${at}`, open: slow(host, prng) }))),
        )
      let store = first.store
      for (const savesLeft of lives) {
        store = mortalStore(store, prng, savesLeft)
        await joins(await first.restarted(store))
      }
      const last = await first.restarted(memoryClusterStore({ records: store.records() }))
      const outcomes = await joins(last)
      expect(outcomes.filter((outcome) => outcome !== 'done' && outcome !== 'token-used')).toEqual([])
      const admitted = guests.filter(({ member }) => member.state === 'member')
      expect(admitted).toHaveLength(1)
      expect(last.member.invitations()).toMatchObject([{ state: 'used', usedBy: admitted[0]?.member.id }])
    }),
    { numRuns: 60 },
  )
}, 60_000)
