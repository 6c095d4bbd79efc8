import { createHash } from 'node:crypto'
import { chmod, copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { WallMillis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { flotilla, startNode, temporaryFolder } from '../testing/programs.ts'
import { DatabaseCopy } from './database-copy.ts'
import { checkClock, roomFinding } from './machine-check.ts'

interface Checked {
  readonly code: number | null
  /** The subjects that are not ok. */
  readonly wrong: Readonly<Record<string, string>>
  readonly said: string
}

async function check(data: string): Promise<Checked> {
  const { code, stdout } = await flotilla(['check', '--data', data, '--json'])
  const { sound, findings } = JSON.parse(stdout) as {
    readonly sound: boolean
    readonly findings: readonly { readonly subject: string; readonly state: string; readonly what: string }[]
  }
  expect(sound).toBe(code === 0)
  const wrong = findings.filter(({ state, subject }) => state !== 'ok' && subject !== 'room')
  return {
    code,
    wrong: Object.fromEntries(wrong.map(({ subject, state }) => [subject, state])),
    said: findings.map(({ what }) => what).join('\n'),
  }
}

/** Everything about the files of a folder that writing to one of them would change. */
async function stateOf(folder: string, but?: string): Promise<unknown> {
  const names = ['.', ...(await readdir(folder, { recursive: true }))].filter((name) => name !== but)
  return Promise.all(
    names.toSorted().map(async (name) => {
      const path = join(folder, name)
      const found = await stat(path, { bigint: true })
      const { ino, mode, size, mtimeNs, ctimeNs } = found
      return { name, ino, mode, size, mtimeNs, ctimeNs, hash: found.isFile() ? hashOf(await readFile(path)) : '' }
    }),
  )
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A folder in which a node has lived once and stopped. */
async function livedFolder(): Promise<AsyncDisposable & { readonly data: string; readonly id: string }> {
  const folder = await temporaryFolder()
  const data = join(folder.path, 'node')
  const node = await startNode(data)
  await node.end('SIGTERM')
  return { data, id: node.id, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

test('a sound folder is sound while its node runs, after a crash and after a stop, and is left as it is', async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'node')
  const unchanged = async (but?: string): Promise<Checked> => {
    const before = await stateOf(data, but)
    const checked = await check(data)
    expect(await stateOf(data, but)).toEqual(before)
    return checked
  }
  const node = await startNode(data)
  // But for the memory that SQLite shares: the node itself marks there that it reads, to answer the check.
  expect(await unchanged('node.sqlite-shm')).toMatchObject({
    code: 0,
    wrong: {},
    said: expect.stringContaining(node.id) as string,
  })
  await node.end('SIGKILL')
  const crashed = await unchanged()
  expect(crashed).toMatchObject({ code: 0, wrong: { node: 'warning' } })
  // Only the log holds this row: a check that looked into the database alone would not know.
  expect(crashed.said).toContain('life 1 never said that it stopped')
  const again = await startNode(data)
  expect(await again.end('SIGTERM')).toBe(0)
  expect(await unchanged()).toMatchObject({ code: 0, wrong: {} })
})

test('people read the same', async () => {
  await using folder = await livedFolder()
  const { code, stdout, stderr } = await flotilla(['check', '--data', folder.data])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^ok {7}folder/)
  expect(stdout).toContain(`ok       key       it is that of ${folder.id}`)
})

test('what others could open is named', async () => {
  await using folder = await livedFolder()
  for (const [name, mode] of [
    ['disk/identity.key', 0o640],
    ['node.sqlite', 0o602],
    ['.', 0o701],
  ] as const) {
    const path = join(folder.data, name)
    const { mode: before } = await stat(path)
    await chmod(path, mode)
    expect(await check(folder.data)).toMatchObject({ code: 1, wrong: { rights: 'failed' } })
    await chmod(path, before & 0o777)
  }
  expect(await check(folder.data)).toMatchObject({ code: 0, wrong: {} })
})

test('a key that is gone, cut short or changed is noticed', async () => {
  await using folder = await livedFolder()
  const path = join(folder.data, 'disk/identity.key')
  const key = await readFile(path)
  const changed = Uint8Array.from(key, (byte, index) => (index === 40 ? byte ^ 1 : byte))
  for (const bytes of [key.subarray(0, 63), changed, new Uint8Array()]) {
    await writeFile(path, bytes)
    expect(await check(folder.data)).toMatchObject({ code: 1, wrong: { key: 'failed' } })
  }
  await rm(path)
  expect(await check(folder.data)).toMatchObject({ code: 1, wrong: { key: 'failed' } })
})

test('a node that runs with another key than the one that lies there is noticed', async () => {
  await using folder = await livedFolder()
  await using other = await livedFolder()
  await using node = await startNode(folder.data)
  await copyFile(join(other.data, 'disk/identity.key'), join(folder.data, 'disk/identity.key'))
  const { code, wrong, said } = await check(folder.data)
  expect({ code, wrong }).toEqual({ code: 1, wrong: { node: 'failed' } })
  expect(said).toContain(`the node that runs here is ${node.id}, but the key file is that of ${other.id}`)
})

test('a damaged database is noticed, a missing one mentioned', async () => {
  await using folder = await livedFolder()
  const path = join(folder.data, 'node.sqlite')
  const bytes = await readFile(path)
  const middle = Uint8Array.from(bytes, (byte, index) => (index >= 4_096 && index < 4_200 ? 255 : byte))
  for (const damaged of [middle, bytes.subarray(0, 5_000), Buffer.from('no database at all, and long enough')]) {
    await writeFile(path, damaged)
    expect(await check(folder.data)).toMatchObject({ code: 1, wrong: { database: 'failed' } })
  }
  await rm(path)
  expect(await check(folder.data)).toMatchObject({ code: 0, wrong: { database: 'warning' } })
  await writeFile(path, '', { mode: 0o600 })
  expect(await check(folder.data)).toMatchObject({ code: 0, wrong: { database: 'warning' } })
})

test('a database that can be read, but breaks its own rules, is damaged too', async () => {
  await using folder = await livedFolder()
  {
    using database = new DatabaseSync(join(folder.data, 'node.sqlite'))
    database.exec('PRAGMA ignore_check_constraints = ON; UPDATE history SET life = 0 WHERE id = 1')
  }
  const { code, wrong, said } = await check(folder.data)
  expect({ code, wrong }).toEqual({ code: 1, wrong: { database: 'failed' } })
  expect(said).toContain('it is damaged: CHECK constraint failed in history')
})

test('what the history holds is shown as text, and a clock that went back is noticed', async () => {
  await using folder = await livedFolder()
  {
    using database = new DatabaseSync(join(folder.data, 'node.sqlite'))
    database.prepare('UPDATE history SET type = ?, wall_ms = ?').run('\u001B[2J', Date.UTC(2100, 0, 1))
  }
  const { code, stdout } = await flotilla(['check', '--data', folder.data])
  expect(code).toBe(0)
  expect(stdout).toMatch(/warning {2}clock {5}the clock has gone back/)
  expect(stdout.replaceAll('\n', '')).toMatch(/^[ -~]*$/)
})

test('no folder, or a file in its place, is one failure', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'file')
  await writeFile(file, '')
  for (const path of [join(folder.path, 'none'), file]) {
    expect(await check(path)).toMatchObject({ code: 1, wrong: { folder: 'failed' } })
  }
})

test('a copy tells whether it is of one moment, and goes away', async () => {
  await using folder = await livedFolder()
  const path = join(folder.data, 'node.sqlite')
  const where = await (async () => {
    await using copy = await DatabaseCopy.of(path)
    expect(copy.isOfOneMoment).toBe(true)
    expect(await readFile(copy.path)).toEqual(await readFile(path))
    expect((await stat(join(copy.path, '..'))).mode & 0o077).toBe(0)
    return copy.path
  })()
  await expect(stat(join(where, '..'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('too little room fails, little warns', () => {
  const states = [0, 67_108_863, 67_108_864, 1_073_741_823, 1_073_741_824].map((free) => roomFinding(free).state)
  expect(states).toEqual(['failed', 'failed', 'warning', 'warning', 'ok'])
})

test('a clock is held against what has passed', () => {
  const at = (...date: Parameters<typeof Date.UTC>): WallMillis => Date.UTC(...date) as WallMillis
  const last = { life: 1, type: 'stopped', wallMs: at(2030, 0, 1) }
  expect(checkClock(at(1970, 0, 1), undefined).state).toBe('failed')
  expect(checkClock(at(2030, 0, 1), undefined).state).toBe('ok')
  expect(checkClock((last.wallMs - 30_000) as WallMillis, last).state).toBe('ok')
  expect(checkClock((last.wallMs - 30_001) as WallMillis, last).state).toBe('warning')
})
