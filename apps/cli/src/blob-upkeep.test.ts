import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flotilla, startNode, temporaryFolder, type Ended, type StartedNode } from './testing/programs.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let node: StartedNode

const at = (name: string): string => join(folder.path, name)
const blob = (...words: readonly string[]): Promise<Ended> => flotilla(['blob', ...words, '--data', at('node')])

async function json(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await blob(...words, '--json')
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>
}

async function file(name: string, content: Uint8Array | string): Promise<string> {
  await writeFile(at(name), content)
  return at(name)
}

beforeAll(async () => {
  folder = await temporaryFolder()
  node = await startNode(at('node'))
})

afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

describe('blobs', () => {
  test('gives the room of what was just put back at once', async () => {
    await blob('put', await file('little', randomBytes(100_000)), '--name', 'little')
    await blob('put', await file('much', randomBytes(900_000)), '--name', 'much')
    await blob('rm', 'much')
    const said = (await blob('gc', '--json')).stdout
    const { collected } = JSON.parse(said) as { readonly collected: { readonly bytesFreed: number } }
    expect(collected.bytesFreed).toBeGreaterThan(900_000)
    await blob('put', await file('least', randomBytes(10_000)), '--name', 'least')
    await blob('rm', 'least')
    expect((await blob('gc')).stdout).toMatch(/ in 1 piece of no use; 0 bytes are free now, the rest when/)
    expect((await blob('get', 'little')).code).toBe(0)
  })

  test('keeps nothing for others where there are none', async () => {
    await blob('put', await file('alone', 'alone'), '--name', 'alone')
    for (const command of ['keep', 'release']) {
      expect(await blob(command, 'alone')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/keeps its blobs alone/) as string,
      })
    }
  })

  test('a file that has not changed since is not sent again, unless it has to be', async () => {
    // Somebody wrote it long ago, as is needed.
    const path = createRequire(import.meta.url).resolve('vitest/package.json')
    const first = await json('put', path)
    expect(first).toMatchObject({ blobs: [{ unchanged: false }] })
    expect(await json('put', path, '--name', 'known')).toMatchObject({ blobs: [{ unchanged: true, name: 'known' }] })
    const content = await readFile(path, 'utf8')
    expect((await blob('get', 'known')).stdout).toBe(content)
    expect((await blob('put', path)).stdout).toMatch(/unchanged since it was put\n$/)
    expect(await json('put', path, '--force')).toMatchObject({ blobs: [{ unchanged: false, bytesStored: 0 }] })
    expect(await json('put', path, '--copies', '1')).toMatchObject({ blobs: [{ unchanged: false }] })
    // What was deleted is sent again.
    await blob('rm', 'known')
    expect(await json('put', path)).toMatchObject({ blobs: [{ unchanged: false }] })
    const fresh = await file('fresh', 'just written')
    for (const _ of [1, 2]) expect(await json('put', fresh)).toMatchObject({ blobs: [{ unchanged: false }] })
  })

  test('are found again in their packs where the catalogue is lost', async () => {
    const content = randomBytes(200_000)
    await blob('put', await file('precious', content), '--name', 'precious')
    expect(await blob('rebuild')).toMatchObject({ code: 1, stderr: expect.stringMatching(/can be read/) as string })
    await node[Symbol.asyncDispose]()
    for (const name of await readdir(at('node/blobs'))) {
      if (name.startsWith('catalogue')) await rm(at(join('node/blobs', name)))
    }
    node = await startNode(at('node'))
    expect((await blob('ls')).stderr).toMatch(/keys are missing/)
    const said = await blob('rebuild')
    expect(said).toMatchObject({ code: 0, stdout: expect.stringMatching(/without their names among them/) as string })
    const { blobs } = (await json('ls', '--ids')) as {
      readonly blobs: readonly { readonly id: string; readonly size: number }[]
    }
    const found = blobs.find(({ size }) => size === content.length)
    expect((await blob('get', found?.id ?? '', '-o', at('again'))).code).toBe(0)
    expect(Buffer.compare(await readFile(at('again')), content)).toBe(0)
    expect((await blob('fsck')).code).toBe(0)
  })
})
