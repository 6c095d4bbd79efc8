import process from 'node:process'
import { expect, test } from 'vitest'
import { FuzzWorld } from './fuzz-world.ts'

const seeds = Array.from({ length: 60 }, (_, index) => index + 1)
const steps = 600

async function live(seed: number): Promise<FuzzWorld> {
  const world = new FuzzWorld(seed)
  await world.run(steps)
  await world.settle()
  await world.prove()
  return world
}

test('whatever nodes do to each other over the worst of wires, the promises of the port hold', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  try {
    const kinds = new Set<string>()
    let publicationsTaken = 0
    for (const seed of seeds) {
      const { ledger, trace } = await live(seed)
      expect({ seed, violations: [...new Set(ledger.violations)] }).toEqual({ seed, violations: [] })
      publicationsTaken += ledger.publicationsTaken
      for (const line of trace) kinds.add(line.split(' ')[1] ?? '')
    }
    // The run is worth something only if it came around.
    expect(kinds.size).toBe(15)
    expect(publicationsTaken).toBeGreaterThan(500)
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
  }
})

test('the same seed lives the same life', async () => {
  for (const seed of [7, 8]) {
    const [first, second] = [await live(seed), await live(seed)]
    expect(first.trace.length).toBeGreaterThan(steps / 4)
    expect(first.trace).toEqual(second.trace)
  }
})
