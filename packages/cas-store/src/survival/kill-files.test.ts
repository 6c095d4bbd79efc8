import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Prng } from '@flotilla/core/random'
import { startChild } from '@flotilla/core/testing/node'
import { expect, test } from 'vitest'
import { content } from '../testing/conformance/content.ts'
import { assertClean } from './node-victim-lanes.ts'
import { digestOf, digestOfBlob, openFilesStore } from './node-small-store.ts'

const kills = Number(process.env['FLOTILLA_KILLS'] ?? 12)
const seed = Number(process.env['FLOTILLA_KILLS_SEED'] ?? 1)
const filesPerRound = 400
const program = new URL('../../programs/node-files-victim-program.ts', import.meta.url)

interface Told {
  readonly path: string
  readonly id: string
}

/** Whole lines only: the last one may have been under way. */
async function toldIn(file: string): Promise<readonly Told[]> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1)
  return lines.map((line) => ({ path: line.slice(0, -65), id: line.slice(-64) }))
}

/** Some are like others before them, and some too long for a batch. */
async function writeFiles(folder: string, round: number, prng: Prng): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const paths = Array.from({ length: filesPerRound }, (_, index) => join(folder, `${index}`))
  for (const path of paths) {
    const number = prng.chance(1, 6) ? prng.below(20) : 1_000 * round + prng.below(1_000)
    await writeFile(path, content(number, prng.chance(1, 20) ? 20_000 : 100 + ((number * 7) % 3_500)))
  }
  return paths
}

/** Kills it once so many were told of, or in a moment anywhere before. */
async function putAndKill(folder: string, paths: readonly string[], told: string, prng: Prng): Promise<void> {
  const child = await startChild(program)
  try {
    const state = { isOver: false }
    const ended = (): void => void (state.isOver = true)
    const putting = child.ask('put', { folder, paths, told }).then(ended, ended)
    const most = prng.below(filesPerRound)
    const turns = prng.chance(1, 4) ? prng.below(2_000) : Infinity
    for (let turn = 0; turn < turns && !state.isOver && (await toldIn(told)).length < most; turn++) {
      await new Promise((resolve) => void setImmediate(resolve))
    }
    await child.kill()
    await putting
  } finally {
    await child.kill()
  }
}

/** Everything that was told of is there under its name, and nothing is damaged. */
async function examine(folder: string, known: readonly Told[], collects: boolean): Promise<void> {
  await using store = await openFilesStore(folder)
  assertClean(await store.check())
  if (collects) await store.collectGarbage()
  for (const { path, id } of known) {
    assert.equal((await store.stat(path))?.id, id, path)
    assert.equal(await digestOfBlob(store, id), digestOf(await readFile(path)), path)
  }
  // What nobody was told of is there wholly or not at all.
  for (const { name, id } of await store.list({ limit: 10_000 })) {
    assert.equal(await digestOfBlob(store, id), digestOf(await readFile(name)), name)
  }
  if (collects) assertClean(await store.check())
}

test(
  `a process that is killed ${kills} times while it puts many files loses none that it has told of`,
  { timeout: 120_000 + kills * 30_000 },
  async ({ annotate }) => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-kill-files-'))
    const prng = new Prng(seed)
    const known: Told[] = []
    try {
      for (let round = 0; round < kills; round++) {
        const paths = await writeFiles(join(folder, 'files', `${round}`), round, prng)
        const told = join(folder, `told-${round}`)
        await putAndKill(folder, paths, told, prng)
        known.push(...(await toldIn(told)))
        await examine(folder, known, prng.chance(1, 3)).catch((error: unknown) => {
          throw new Error(`seed ${seed}, round ${round}`, { cause: error })
        })
      }
    } finally {
      await rm(folder, { recursive: true })
    }
    await annotate(`${known.length} files were told of`)
    expect(known.length).toBeGreaterThan(kills)
  },
)
