import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cliLimitsDefaults } from './limits.ts'
import {
  flotilla,
  startFlotilla,
  startNode,
  temporaryFolder,
  type Ended,
  type StartedNode,
} from './testing/programs.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let node: StartedNode

const data = (): string => join(folder.path, 'node')
const at = (name: string): string => join(folder.path, name)
const blob = (...words: readonly string[]): Promise<Ended> => flotilla(['blob', ...words, '--data', data()])

async function json(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await blob(...words, '--json')
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>
}

async function file(name: string, content: Uint8Array | string): Promise<string> {
  await writeFile(at(name), content)
  return at(name)
}

/** The id of what was put. */
async function put(content: Uint8Array | string, name: string): Promise<string> {
  const { blobs } = await json('put', await file('put', content), '--name', name)
  return (blobs as readonly [{ readonly id: string }])[0].id
}

beforeAll(async () => {
  folder = await temporaryFolder()
  node = await startNode(data())
})

afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

describe('put and get', () => {
  test('a file, by its name and by its id, and again for nothing', async () => {
    const content = randomBytes(3_000_000)
    const path = await file('disk.img', content)
    const said = await blob('put', path, '--name', 'images/disk')
    expect(said).toMatchObject({ code: 0, stderr: '' })
    expect(said.stdout).toMatch(/^[0-9a-f]{64} {2}images\/disk {2}2\.9 MiB\n$/)
    const [id = ''] = said.stdout.split(' ')
    for (const ref of ['images/disk', id]) {
      expect(await blob('get', ref, '--output', at('out'))).toMatchObject({ code: 0 })
      expect(Buffer.compare(await readFile(at('out')), content)).toBe(0)
    }
    const again = await json('put', path)
    expect(again).toMatchObject({ blobs: [{ id, bytesKnown: content.length, bytesStored: 0, copies: 1 }] })
  })

  test('through pipes', async () => {
    const said = await flotilla(['blob', 'put', '-', '--name', 'piped', '--data', data()], {}, 'from a pipe')
    expect(said.code).toBe(0)
    expect(await blob('get', 'piped')).toMatchObject({ code: 0, stdout: 'from a pipe', stderr: '' })
    expect(await blob('get', 'piped', '--range', '5-')).toMatchObject({ stdout: 'a pipe' })
    expect(await blob('get', 'piped', '--range', '-4')).toMatchObject({ stdout: 'pipe' })
    expect(await blob('get', 'piped', '--range', '0-3', '-o', at('part'))).toMatchObject({ code: 0 })
    expect(await readFile(at('part'), 'utf8')).toBe('from')
    expect(await blob('get', 'piped', '--range', '99-')).toMatchObject({ code: 1 })
  })

  test('several files, each under its own name', async () => {
    const paths = [await file('one.log', '1'), await file('two.log', '2')]
    expect(await blob('put', ...paths, '--name', 'logs/')).toMatchObject({ code: 0 })
    expect((await blob('get', 'logs/two.log')).stdout).toBe('2')
    expect((await blob('put', ...paths, '--name', 'logs')).code).toBe(2)
  })

  test('names that look like paths, options or worse', async () => {
    for (const name of ['..', '.', '../x', '?a#b', 'ä ö', '%2e']) {
      await put(name, name)
      expect((await blob('get', name)).stdout).toBe(name)
    }
  })

  test('nothing, and what is empty', async () => {
    await put('', 'empty')
    expect(await blob('get', 'empty')).toMatchObject({ code: 0, stdout: '' })
    expect(await blob('get', 'empty', '-o', at('empty'))).toMatchObject({ code: 0 })
    expect((await stat(at('empty'))).size).toBe(0)
  })

  test('more copies than there can be is an error with a code of its own, also in the midst of much', async () => {
    const path = await file('much', Buffer.alloc(60_000_000))
    expect(await blob('put', path, '--copies', '2')).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/2 copies were asked for/) as string,
    })
    expect((await blob('put', path, '--copies', 'some')).code).toBe(2)
    await rm(path)
  })

  test('what cannot be read is not put, and says why', async () => {
    await mkdir(at('folder'), { recursive: true })
    expect(await blob('put', at('folder'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/folder/) as string,
    })
    expect(await blob('put', at('nowhere'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot be read/) as string,
    })
  })
})

describe('a fetch that was broken off', () => {
  const step = cliLimitsDefaults.partialStepBytes
  const partials = async (): Promise<readonly string[]> =>
    (await readdir(folder.path)).filter((name) => name.endsWith('.partial'))

  test('goes on where it is sure of what it has, and ends with the whole', async () => {
    const content = randomBytes(3 * step)
    const id = await put(content, 'large')
    const partial = at(`.out.bin.${id.slice(0, 16)}.partial`)
    // As a crash of the machine leaves it: what was not made durable yet is there, but wrong.
    const torn = Buffer.concat([content.subarray(0, step), Buffer.alloc(1_000)])
    await writeFile(partial, torn)
    const said = await json('get', 'large', '--output', at('out.bin'))
    expect(said).toMatchObject({ size: content.length, bytesKept: step, id })
    expect(Buffer.compare(await readFile(at('out.bin')), content)).toBe(0)
    expect(await partials()).toEqual([])
  })

  test('keeps what it has when it is killed, and puts nothing in place', async () => {
    await put(randomBytes(6 * step), 'killed')
    const get = startFlotilla(['blob', 'get', 'killed', '--output', at('killed.bin'), '--data', data()])
    await expect.poll(partials, { interval: 1, timeout: 20_000 }).not.toEqual([])
    get.child.kill('SIGKILL')
    await get.ended
    const left = await partials()
    // What is in its place is whole, also where the kill came too late.
    const placed = await stat(at('killed.bin')).catch(() => undefined)
    expect(placed?.size).toBe(left.length > 0 ? undefined : 6 * step)
    expect(await blob('get', 'killed', '--output', at('killed.bin'))).toMatchObject({ code: 0 })
    expect((await stat(at('killed.bin'))).size).toBe(6 * step)
    expect(await partials()).toEqual([])
  })

  test('of another blob is not mixed up with it', async () => {
    const [first, second] = [randomBytes(2 * step), randomBytes(2 * step)]
    const id = await put(first, 'changing')
    await writeFile(at(`.mixed.${id.slice(0, 16)}.partial`), first.subarray(0, step))
    await put(second, 'changing')
    await blob('get', 'changing', '--output', at('mixed'))
    expect(Buffer.compare(await readFile(at('mixed')), second)).toBe(0)
    await rm(at(`.mixed.${id.slice(0, 16)}.partial`))
  })
})

describe('looking after blobs', () => {
  test('lists names and ids, and shows one', async () => {
    const id = await put('a', 'list/a')
    await put('b', 'list/b')
    const listed = await blob('ls', 'list/')
    expect(listed.stdout).toMatch(/list\/a +1 byte.*\n.*list\/b/)
    expect(await json('ls', 'list/')).toMatchObject({
      blobs: [{ name: 'list/a', id }, { name: 'list/b' }],
      more: false,
    })
    expect((await blob('ls', '--ids')).stdout).toContain(id)
    const shown = await blob('stat', 'list/a')
    expect(shown.stdout).toMatch(new RegExp(`id +${id}\n.*size +1 bytes\n[^]*names +list/a\n.*copies +1, here`))
    expect((await blob('ls', 'nothing/')).stdout).toBe('No blob has such a name.\n')
  })

  test('names, pins and deletes', async () => {
    const id = await put('named', 'first')
    expect((await blob('name', 'second', 'first')).code).toBe(0)
    expect((await blob('unname', 'first')).code).toBe(0)
    expect((await blob('unname', 'first')).code).toBe(4)
    expect((await blob('pin', 'second')).code).toBe(0)
    expect(await blob('rm', 'second')).toMatchObject({ code: 1, stderr: expect.stringMatching(/pinned/) as string })
    expect((await blob('unpin', id)).code).toBe(0)
    expect((await blob('rm', 'second')).code).toBe(0)
    for (const words of [
      ['stat', id],
      ['get', id],
      ['rm', id],
      ['pin', id],
      ['name', 'x', id],
    ]) {
      expect([words, (await blob(...words)).code]).toEqual([words, 4])
    }
  })

  test('collects garbage, checks, rotates keys and counts', async () => {
    expect((await blob('gc')).code).toBe(0)
    expect(await blob('fsck', '--rate', '1G')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/all is sound/) as string,
    })
    expect(await json('rotate-key')).toEqual({ keyEpoch: 2 })
    expect(await json('stats')).toMatchObject({ stats: { keyEpoch: 2, chunksWithOlderKeys: 0, replication: null } })
    expect((await blob('stats')).stdout).toMatch(/saved +.*by sharing and compression/)
    expect((await blob('fsck', '--rate', 'much')).code).toBe(2)
  })

  test('says what is damaged, with a code of its own', async () => {
    await put(randomBytes(400_000), 'hurt')
    await flipByte(join(data(), 'blobs', 'packs'))
    const said = await blob('fsck')
    expect(said).toMatchObject({ code: 5, stdout: expect.stringMatching(/chunk-damaged[^]*hurt +blob/) as string })
    const checked = await json('fsck')
    expect((checked['checked'] as { readonly blobsHurt: readonly string[] }).blobsHurt.length).toBeGreaterThan(0)
  })
})

test('help lists the family, and every command says how to use it', async () => {
  const { stdout, code } = await flotilla(['blob', '--help'])
  expect(code).toBe(0)
  for (const name of [
    'put',
    'get',
    'ls',
    'rm',
    'stat',
    'name',
    'pin',
    'unpin',
    'keep',
    'release',
    'gc',
    'fsck',
    'rotate-key',
    'stats',
  ]) {
    expect(stdout).toContain(`blob ${name}`)
    expect((await flotilla(['blob', name, '--help'])).stdout).toContain('Exit codes:')
  }
})

test('without a node, nothing is done and it is said', async () => {
  const words = ['--data', at('empty-folder')]
  for (const command of [['ls'], ['put', await file('x', 'x')], ['get', 'x', '-o', at('y')], ['gc']]) {
    expect((await flotilla(['blob', ...command, ...words])).code).toBe(3)
  }
})

/** In the newest pack, near its end, where the last chunk is. */
async function flipByte(packs: string): Promise<void> {
  const names = (await readdir(packs, { recursive: true })).map((name) => join(packs, name))
  const stats = await Promise.all(names.map(async (path) => ({ path, facts: await stat(path) })))
  const files = stats
    .filter(({ facts }) => facts.isFile())
    .toSorted((one, other) => other.facts.mtimeMs - one.facts.mtimeMs)
  const [newest] = files
  if (newest === undefined) throw new Error('no pack')
  const handle = await open(newest.path, 'r+')
  const place = newest.facts.size - 100_000
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, place)
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, place)
  await handle.close()
}
