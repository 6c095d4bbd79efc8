import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { chooseBenches, findBenches } from './benches.ts'
import { UsageError } from '../command-line/usage.ts'

const root = join(import.meta.dirname, '../..')
const found = await findBenches(root)

test('every bench file of the packages and apps is found', () => {
  const folders = ['packages', 'apps'].flatMap((kind) => {
    return readdirSync(join(root, kind)).map((name) => join(root, kind, name, 'bench'))
  })
  const files = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.bench.ts')))
  expect(found.length).toBe(files.length)
  expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['codec', 'record-log', 'sim']))
})

describe.each(found)('$name', ({ summary, figures, durations = [], curves = [] }) => {
  test('says what it is, and measures things of different names', () => {
    expect(summary).toMatch(/^[A-Z].*\.$/)
    const metrics = [...figures, ...durations].map(({ metric }) => metric)
    expect(metrics).not.toEqual([])
    expect(new Set(metrics).size).toBe(metrics.length)
    const compared = [...figures, ...durations].map(({ peers = [] }) => peers)
    for (const peers of compared) expect(new Set(peers.map(({ name }) => name)).size).toBe(peers.length)
    expect(new Set(curves.map(({ metric }) => metric)).size).toBe(curves.length)
  })

  test('every peer but those of ours says its version', () => {
    const names = [...figures, ...durations].flatMap(({ peers = [] }) => peers.map(({ name }) => name))
    for (const name of names) expect(name).toMatch(/\d+\.\d+|not installed/)
  })
})

describe('a choice', () => {
  const flat: Bench = { name: 'flat', summary: '', figures: [] }
  const steep: Bench = { name: 'steep', summary: '', figures: [], curves: [] }
  const both = [flat, steep]

  test.each([
    { names: ['flat'], benches: [flat], curved: [] },
    { names: ['steep', 'flat', 'steep'], benches: [steep, flat], curved: [] },
    { names: ['curve'], benches: [], curved: [steep] },
    { names: ['all'], benches: both, curved: [steep] },
    { names: ['flat', 'curve'], benches: [flat], curved: [steep] },
  ])('of $names', ({ names, benches, curved }) => {
    expect(chooseBenches(both, names)).toEqual({ benches, curved })
  })

  test('of what is not there is refused, and told what is', () => {
    expect(() => chooseBenches(both, ['fast'])).toThrow(UsageError)
    expect(() => chooseBenches(both, ['fast'])).toThrow('there is no bench fast; there are flat, steep')
  })
})

describe('a file', () => {
  async function benchesOf(files: Readonly<Record<string, string>>): Promise<readonly Bench[]> {
    const top = await mkdtemp(join(tmpdir(), 'flotilla-bench-'))
    try {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(join(top, 'packages', path, '..'), { recursive: true })
        await writeFile(join(top, 'packages', path), text)
      }
      return await findBenches(top)
    } finally {
      await rm(top, { recursive: true })
    }
  }

  test('without a bench is refused', async () => {
    await expect(benchesOf({ 'a/bench/x.bench.ts': 'export {}' })).rejects.toThrow('exports no `bench`')
  })

  test('is called like its bench', async () => {
    await expect(benchesOf({ 'a/bench/x.bench.ts': "export const bench = { name: 'y' }" })).rejects.toThrow(
      'call file and bench the same',
    )
  })

  test('is the only one of its name', async () => {
    const text = "export const bench = { name: 'x' }"
    await expect(benchesOf({ 'a/bench/x.bench.ts': text, 'b/bench/x.bench.ts': text })).rejects.toThrow(
      'two packages have a bench x',
    )
  })
})
