import { nodeDisk } from '@flotilla/core/disk/node'
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { beginning, entryOf, groupA, markOf } from '../testing/storage-conformance/storage-under-test.ts'
import { openDiskStorage } from './disk-storage.ts'

const seed = 20_240_602
const rounds = 8
const limits = { segmentBytes: 131_072, openingSegmentBytes: 32_768, readyBytes: 16_384, readBytes: 65_536 }

test('a process that is killed at any moment loses nothing that had resolved', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-raft-'))
  const prng = new Prng(seed)
  try {
    let acknowledged = 0
    for (let round = 0; round < rounds; round++) {
      acknowledged = Math.max(acknowledged, await writeUntilKilled(folder, prng.between(1, 120)))
      await using disk = await nodeDisk({ folder })
      await using storage = await openDiskStorage({ disk, entropy: nodeEntropy(), limits })
      const group = storage.recovered.get(groupA)
      const { index } = group?.snapshot ?? beginning
      const entries = group?.entries ?? []
      expect(index + entries.length, `seed ${seed}, round ${round}`).toBeGreaterThanOrEqual(acknowledged)
      for (const [at, entry] of entries.entries()) {
        expect(entry.index).toBe(index + 1 + at)
        expect(Buffer.compare(entry.data, dataOf(entry.index))).toBe(0)
      }
    }
    expect(acknowledged).toBeGreaterThan(100)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

function dataOf(number: number): Uint8Array {
  return new Uint8Array(16 + ((number * 37) % 3_000)).fill(number % 251)
}

/** Lets a process write, and kills it after so many lines. Returns the index of the last entry that had resolved. */
async function writeUntilKilled(folder: string, lines: number): Promise<number> {
  const core = (path: string): string => import.meta.resolve(`@flotilla/core/${path}`)
  const own = (path: string): string => new URL(path, import.meta.url).href
  const modules = [core('disk/node'), core('random/node'), own('./disk-storage.ts')]
  const imports = modules.map((module) => `...await import(${JSON.stringify(module)})`)
  const script = `
    const { nodeDisk, nodeEntropy, openDiskStorage } = { ${imports.join(', ')} }
    const dataOf = ${dataOf.toString()}
    const entryOf = ${entryOf.toString()}
    const markOf = ${markOf.toString().replace('someConfiguration', '{ voters: [], outgoing: [], learners: [] }')}
    const disk = await nodeDisk({ folder: ${JSON.stringify(folder)} })
    const storage = await openDiskStorage({ disk, entropy: nodeEntropy(), limits: ${JSON.stringify(limits)} })
    const group = 'a'
    const known = storage.recovered.get(group)
    if (!known) await storage.write([{ group, snapshot: ${JSON.stringify(beginning)} }])
    let last = known ? known.snapshot.index + known.entries.length : 0
    const worker = async () => {
      for (;;) {
        const entries = [entryOf(++last, 1, dataOf(last)), entryOf(++last, 1, dataOf(last))]
        const covered = last
        await storage.write([{ group, entries }])
        if (covered % 200 === 0) await storage.write([{ group, snapshot: markOf(covered - 50, 1) }])
        console.log(covered)
      }
    }
    await Promise.all([worker(), worker(), worker()])
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  let acknowledged = 0
  let seen = 0
  // What it said before it died counts, also what is read only afterwards.
  for await (const line of createInterface(child.stdout)) {
    acknowledged = Math.max(acknowledged, Number(line))
    if (++seen === lines) child.kill('SIGKILL')
  }
  await exited
  return acknowledged
}
