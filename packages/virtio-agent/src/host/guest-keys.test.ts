/** Machines that were given a shared key: what becomes of them when it changes, or cannot be used. */
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import { describe, expect, test } from 'vitest'
import { sharedKeyBytes, type SharedKey } from '../own/index.ts'
import { nodeLineCipher } from '../own/node-line-cipher.ts'
import { settle, Town } from './testing/guest-town.ts'

const key = (byte: number): SharedKey => ({
  bytes: new Uint8Array(sharedKeyBytes).fill(byte),
  crypto: nodeCrypto(),
  cipher: nodeLineCipher(),
})

/** A town whose machine `web` has the key that `given` holds. */
function keyed(given: { key?: SharedKey | undefined; error?: FlotillaError | undefined }): Town {
  return new Town(
    {},
    {
      keyOf(vm) {
        if (vm !== 'web') return undefined
        if (given.error !== undefined) throw given.error
        return given.key
      },
    },
  )
}

async function seconds(town: Town, count: number): Promise<void> {
  for (let second = 0; second < count; second++) await settle(town.clock, 1_000)
}

describe('a machine with a key', () => {
  test('is spoken with under it, and is not met under another or none until both have the same', async () => {
    const given: { key?: SharedKey | undefined } = { key: key(1) }
    await using town = keyed(given)
    town.own('web', undefined, key(2))
    town.own('plain')
    await seconds(town, 5)
    expect([town.vm('web')?.state, town.vm('plain')?.state]).toEqual(['silent', 'there'])
    given.key = undefined
    await seconds(town, 20)
    expect(town.vm('web')?.state).toBe('refused')
    given.key = key(2)
    await seconds(town, 20)
    expect(town.vm('web')?.state).toBe('there')
    const asked = town.ping('web')
    await settle(town.clock)
    expect((await asked).ending).toEqual({ type: 'done', value: 'web' })
    // Who talks already goes on.
    given.key = key(3)
    await seconds(town, 5)
    expect(town.vm('web')).toMatchObject({ state: 'there', counters: { sessions: 1 } })
  })

  test('that cannot be used is not spoken with in the clear, says why, and is met once it can', async () => {
    const given: { key?: SharedKey; error?: FlotillaError | undefined } = {
      error: new FlotillaError('wrong-setting', 'others may read it', { hint: 'run chmod' }),
    }
    await using town = keyed(given)
    town.own('web')
    town.own('plain')
    await seconds(town, 10)
    expect(town.vm('web')).toMatchObject({
      state: 'away',
      why: 'others may read it: run chmod',
      counters: { sessions: 0 },
    })
    expect(town.vm('plain')?.state).toBe('there')
    expect((await town.ping('web')).ending).toMatchObject({ type: 'lost', mayHaveRun: false })
    given.error = undefined
    await seconds(town, 10)
    expect(town.vm('web')?.state).toBe('there')
    expect(town.vm('web')).not.toHaveProperty('why')
  })
})
