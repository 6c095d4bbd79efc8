import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import type { Millis, WallMillis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { memoryAuthority } from '../testing/memory-authority.ts'
import { BeaconGate, type Moment } from './gate.ts'
import { sealBeacon } from './layout.ts'
import { validateBeaconSettings } from './limits.ts'

/** For millions, say so: `FLOTILLA_FUZZ_ROUNDS=10000000`. */
const rounds = Number(process.env['FLOTILLA_FUZZ_ROUNDS'] ?? 5_000)
const seed = Number(process.env['FLOTILLA_FUZZ_SEED'] ?? 1)
const noon = 1_735_700_000_000
/** More than what a gate may hold when all of its tables are full. */
const heapGrowthBytesMax = 64 * 2 ** 20

const crypto = nodeCrypto()
const authority = memoryAuthority({ crypto, cluster: 'fc1ours' })
const members = Array.from({ length: 8 }, (_, number) => authority.admit(`m${number}`))
const eve = { ...memoryAuthority({ crypto, cluster: 'fc1others' }).admit('eve'), cluster: 'fc1ours' }

function mutated(prng: Prng, honest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(honest)
  for (let change = prng.between(1, 8); change > 0; change--) bytes[prng.below(bytes.length)] = prng.below(256)
  switch (prng.below(4)) {
    case 0:
      return bytes.subarray(0, prng.below(bytes.length))
    case 1:
      return new Uint8Array([...bytes, ...prng.bytes(prng.below(300))])
    case 2:
      return new Uint8Array([
        ...bytes.subarray(0, prng.below(bytes.length)),
        ...bytes.subarray(prng.below(bytes.length)),
      ])
    default:
      return bytes
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

test(`${rounds} hostile datagrams (seed ${seed}): honest beacons are heard, nothing else is, memory is flat`, () => {
  const prng = new Prng(seed)
  const settings = validateBeaconSettings()
  const gate = new BeaconGate({
    credentials: authority.admit('self'),
    crypto,
    settings,
    run: new Uint8Array(8),
    startedAt: noon as WallMillis,
  })
  const refusals = new Map<string, number>()
  const heapBefore = process.memoryUsage().heapUsed
  let forgeries = 0
  for (let round = 1; round <= rounds; round++) {
    const moment: Moment = { now: round as Millis, wallNow: (noon + round) as WallMillis }
    const member = prng.pick(members)
    const seal = (by: typeof member): Uint8Array =>
      sealBeacon(
        by,
        { run: new Uint8Array(8).fill(1), timestamp: moment.wallNow, addresses: [], datagramPort: 1, seeking: false },
        settings.beaconBytesMax,
      )
    const source = { host: `10.${prng.below(256)}.${prng.below(256)}.1`, port: 1 }
    // One sealed beacon serves for many changes, or the test would do nothing but sign.
    const honest = seal(round % 50 === 0 ? eve : member)
    for (let change = 0; change < 4; change++) {
      const bytes = prng.chance(1, 4) ? prng.bytes(prng.below(1_300)) : mutated(prng, honest)
      const opened = gate.open(bytes, source, moment)
      if (opened.type === 'heard') forgeries += isSame(bytes, honest) ? 0 : 1
      else refusals.set(opened.why, (refusals.get(opened.why) ?? 0) + 1)
    }
    if (round % 100 !== 0) continue
    const opened = gate.open(seal(member), { host: '192.0.2.1', port: 1 }, moment)
    expect([round, opened.type]).toEqual([round, 'heard'])
  }
  expect(forgeries).toBe(0)
  const names = ['malformed', 'other-cluster', 'stranger', 'too-large', 'unsupported-version', 'wrong-signature']
  for (const name of names) expect([name, (refusals.get(name) ?? 0) > 0]).toEqual([name, true])
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(heapGrowthBytesMax)
})
