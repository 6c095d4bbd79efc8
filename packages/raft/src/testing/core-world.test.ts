import { expect, test } from 'vitest'
import { CoreWorld } from './core-world.ts'
import { liveThroughChaos } from './core-world-chaos.ts'

/** Small, so that every limit is met within a few seconds of virtual time. */
const small = {
  appendBytesMax: 1_024,
  appendEntriesMax: 4,
  appendsInFlightMax: 3,
  applyEntriesMax: 5,
  undecidedEntriesMax: 64,
  trailingBytes: 256,
  snapshotLogBytes: 1_024,
  quietAfterMs: 400,
  promotionLagMax: 20,
  diskStallMs: 300,
}

/** For long runs: `FIRST=1000 SEEDS=20000`. */
const first = Number(process.env['FIRST'] ?? 1)
const seeds = Number(process.env['SEEDS'] ?? 300)

test('random worlds keep every invariant, and come round when everything is mended', () => {
  const counts = new Map<string, number>()
  for (let seed = first; seed < first + seeds; seed++) {
    for (const [what, count] of live(seed).counts) counts.set(what, (counts.get(what) ?? 0) + count)
  }
  // They are not empty worlds.
  const wanted = ['restore', 'transfer-ended', 'change', 'read', 'read-failed', 'quiet', 'removed', 'disk-stalled']
  expect(wanted.filter((what) => (counts.get(what) ?? 0) * 20 < seeds)).toEqual([])
  // Nobody lies or loses data here, so nobody is taken to.
  expect(counts.get('message-refused') ?? 0).toBe(0)
  expect(counts.get('member-lost-data') ?? 0).toBe(0)
})

function live(seed: number): CoreWorld {
  const nodes = 3 + (seed % 3)
  const world = new CoreWorld({ seed, nodes, voters: 1 + (seed % nodes), settings: small })
  try {
    liveThroughChaos(world, 120)
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  return world
}
