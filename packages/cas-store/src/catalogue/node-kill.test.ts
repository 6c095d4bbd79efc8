import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { blobId, chunkId } from '../testing/catalogue-conformance/catalogue-under-test.ts'
import type { Catalogue } from './contract.ts'
import { sqliteCatalogue } from './node-sqlite-catalogue.ts'

const rounds = 32
const lanes = 8
/** So that the log is written back into the database every few commits. */
const limits = { walPagesMax: 24 }

/** Each lane counts, and each of its commits adds a chunk, a blob and a name, and notes how far it has come. */
const program = `
  const { sqliteCatalogue } = await import(${module('./node-sqlite-catalogue.ts')})
  const made = await import(${module('../testing/catalogue-conformance/catalogue-under-test.ts')})
  const catalogue = await sqliteCatalogue({ path: process.argv[1], limits: ${JSON.stringify(limits)} })
  const count = async (lane) => {
    for (let at = Number(await catalogue.note('lane' + lane) ?? 0) + 1; ; at++) {
      const number = at * ${lanes} + lane
      await catalogue.commit([
        made.adds(number), made.addsBlob(number), made.names('name' + number, number),
        { type: 'set-note', key: 'lane' + lane, value: String(at) },
      ])
      process.stdout.write(lane + ' ' + at + '\\n')
    }
  }
  await Promise.all(Array.from({ length: ${lanes} }, (_, lane) => count(lane)))
`

function module(path: string): string {
  return JSON.stringify(new URL(path, import.meta.url).href)
}

/** Returns how far each lane had come when the process was killed, as far as it has said. */
async function killed(path: string, afterLines: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const told: number[] = Array.from({ length: lanes }, () => 0)
  const ended = once(child, 'exit')
  let lines = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const [lane, at] = line.split(' ').map(Number)
    told[lane ?? 0] = at ?? 0
    if (++lines === afterLines) child.kill('SIGKILL')
  }
  const [, signal] = (await ended) as [unknown, string]
  expect(signal).toBe('SIGKILL')
  return told
}

async function expectWhole(catalogue: Catalogue, told: readonly number[], seed: number): Promise<void> {
  expect(await catalogue.verify(10)).toEqual([])
  for (const [lane, least] of told.entries()) {
    const come = Number((await catalogue.note(`lane${lane}`)) ?? 0)
    expect(come, `seed ${seed}, lane ${lane}`).toBeGreaterThanOrEqual(least)
    const numbers = Array.from({ length: come + 2 }, (_, at) => at * lanes + lane).slice(1)
    const places = await catalogue.places(numbers.map((number) => chunkId(number)))
    // The commit of each step is there wholly up to the last, and nothing of those behind it.
    expect(places.map((place) => place !== undefined)).toEqual(numbers.map((_, at) => at < come))
    const last = come * lanes + lane
    expect((await catalogue.name(`name${last}`))?.blob).toBe(come > 0 ? blobId(last) : undefined)
    expect(await catalogue.blob(blobId(last + lanes))).toBeUndefined()
  }
  const { blobs, names, chunks } = await catalogue.counts()
  expect([blobs, names]).toEqual([chunks, chunks])
}

test(
  'a process that is killed while it commits loses nothing that was acknowledged',
  { timeout: 600_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-catalogue-'))
    try {
      const path = join(folder, 'catalogue.sqlite')
      for (let seed = 1; seed <= rounds; seed++) {
        const told = await killed(path, new Prng(seed).between(1, 150))
        await using catalogue = await sqliteCatalogue({ path, limits })
        await expect(expectWhole(catalogue, told, seed)).resolves.toBeUndefined()
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)
