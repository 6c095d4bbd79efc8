import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import type { QgaSystem } from '../qga/index.ts'
import { MemoryWall } from '../testing/index.ts'
import { serveQga } from './qga-driver.ts'

/** Lets promises that are due go on. */
async function settle(clock: ManualClock): Promise<void> {
  for (let round = 0; round < 20; round++) {
    clock.advance(0)
    await Promise.resolve()
  }
}

test('what a host asks is answered in order', async () => {
  const clock = new ManualClock()
  const wall = new MemoryWall({ clock, pieceBytesMax: 3 })
  const system: QgaSystem = { time: () => 2n ** 62n, [Symbol.asyncDispose]: () => Promise.resolve() }
  await using _ = serveQga({ channel: wall.guest, clock, system, version: '1' })
  let text = ''
  wall.host.begin({
    onPeer: () => {},
    onBytes: (bytes) => (text += new TextDecoder().decode(bytes)),
    onRoom: () => {},
    onTrouble: () => {},
  })
  wall.connect()
  wall.host.write(
    new TextEncoder().encode(
      '{"execute":"guest-sync","arguments":{"id":9223372036854775807}}{"execute":"guest-get-time"}',
    ),
  )
  for (let round = 0; round < 100; round++) await settle(clock)
  expect(text).toBe('{"return":9223372036854775807}\n{"return":4611686018427387904}\n')
})
