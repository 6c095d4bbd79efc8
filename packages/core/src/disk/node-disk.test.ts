import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, test } from 'vitest'
import { diskConformance } from '../testing/disk-conformance/index.ts'
import { diskPath } from './index.ts'
import { openNodeDisk } from './node-disk.ts'
import { realFileSystem, type FileSystem } from './node-file-system.ts'
import { nodeDisk } from './node.ts'

const path = diskPath('folder/file')
const bytes = (length: number, fill = 1): Uint8Array => new Uint8Array(length).fill(fill)
const rubbish: string[] = []

async function freshFolder(): Promise<string> {
  const made = await fs.mkdtemp(join(tmpdir(), 'flotilla-disk-'))
  rubbish.push(made)
  return join(made, 'not', 'there', 'yet')
}

afterAll(async () => {
  for (const folder of rubbish) await fs.rm(folder, { recursive: true, force: true })
})

describe('real files do what the port says', () => {
  const make = async () => {
    const folder = await freshFolder()
    return { disk: await nodeDisk({ folder }), reopen: () => nodeDisk({ folder }) }
  }
  test.for(diskConformance(make, { crashes: false }))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('what stands on the real disk', () => {
  test('files and folders are for their owner alone', async () => {
    const folder = await freshFolder()
    await using disk = await nodeDisk({ folder })
    await using _file = await disk.open(path, { create: true })
    await disk.replace(diskPath('other'), bytes(1))
    const mode = async (name: string): Promise<number> => (await fs.stat(join(folder, name))).mode & 0o777
    expect(await Promise.all([mode('.'), mode('folder')])).toEqual([0o700, 0o700])
    const files = ['folder/file', 'other', 'lock~', 'owner~']
    expect(await Promise.all(files.map(mode))).toEqual([0o600, 0o600, 0o600, 0o600])
  })

  test('links are not followed, and nothing but files is listed', async () => {
    const folder = await freshFolder()
    const outside = await freshFolder()
    await fs.mkdir(outside, { recursive: true })
    await fs.writeFile(join(outside, 'secret'), 'secret')
    await using disk = await nodeDisk({ folder })
    await fs.symlink(join(outside, 'secret'), join(folder, 'link'))
    await fs.symlink(outside, join(folder, 'out'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const refused = [
      () => disk.open(diskPath('link')),
      () => disk.open(diskPath('link'), { create: true }),
      () => disk.read(diskPath('link')),
      () => disk.read(diskPath('out/secret')),
      () => disk.open(diskPath('out/secret')),
      () => disk.open(diskPath('out/new'), { create: true }),
      () => disk.replace(diskPath('out/secret'), bytes(1)),
      () => disk.rename(diskPath('out/secret'), path),
      () => disk.rename(diskPath('link'), path),
      () => disk.remove(diskPath('out/secret')),
      () => disk.list(diskPath('out')),
      () => disk.open(diskPath('pipe')),
      () => disk.read(diskPath('pipe')),
    ]
    for (const attempt of refused) await expect(attempt()).rejects.toMatchObject({ code: 'wrong-path' })
    expect(await disk.list('')).toEqual([])
    await disk.replace(diskPath('link'), bytes(1, 65))
    expect(await fs.readFile(join(outside, 'secret'), 'utf8')).toBe('secret')
    expect(await fs.readFile(join(folder, 'link'), 'utf8')).toBe('A')
  })

  test('what an interrupted replace has left is never listed, and gone after the next opening', async () => {
    const folder = await freshFolder()
    await using disk = await nodeDisk({ folder })
    await disk.replace(diskPath('a/b'), bytes(1))
    await fs.writeFile(join(folder, 'x~7'), '')
    await fs.writeFile(join(folder, 'a', 'b~0'), '')
    await fs.writeFile(join(folder, 'someone~s'), '')
    expect(await disk.list('')).toEqual([])
    expect(await disk.list(diskPath('a'))).toEqual(['a/b'])
    await disk[Symbol.asyncDispose]()
    await using again = await nodeDisk({ folder })
    expect((await fs.readdir(folder)).toSorted()).toEqual(['a', 'lock~', 'owner~', 'someone~s'])
    expect(await fs.readdir(join(folder, 'a'))).toEqual(['b'])
    expect((await again.read(diskPath('a/b')))?.length).toBe(1)
  })

  test('a full disk refuses, harms nothing durable, and goes on when there is room', async ({ skip }) => {
    const folder = await freshFolder()
    await fs.mkdir(folder, { recursive: true })
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'pipe' })
    } catch {
      skip('not run, because only root may mount the small disk that it fills')
    }
    try {
      await using disk = await nodeDisk({ folder })
      await using file = await disk.open(path, { create: true })
      await file.write(0, [bytes(100_000)])
      await file.sync()
      await expect(file.write(100_000, [bytes(200_000), bytes(200_000)])).rejects.toMatchObject({ code: 'disk-full' })
      expect(file.size).toBe((await fs.stat(join(folder, path))).size)
      await expect(disk.replace(diskPath('b'), bytes(200_000))).rejects.toMatchObject({ code: 'disk-full' })
      expect(await fs.readdir(join(folder))).not.toContain('b~0')
      expect(await file.read(0, 100_000)).toEqual(bytes(100_000))
      await file.truncate(100_000)
      await file.write(100_000, [bytes(50_000)])
      await file.sync()
    } finally {
      execFileSync('umount', [folder])
    }
  })
})

describe('with a system that fails', () => {
  test('a failed sync poisons the file, for those who wait for the next one too, until it is closed', async () => {
    const { files, fail, calls } = failingSystem()
    const disk = await openNodeDisk(await freshFolder(), files)
    const file = await disk.open(path, { create: true })
    await file.write(0, [bytes(10)])
    fail.set('datasync', 'EIO')
    const first = file.sync()
    while (!calls.includes('datasync')) await Promise.resolve() // The first one is at work: the second has to wait.
    fail.delete('datasync')
    const outcomes = await Promise.allSettled([first, file.sync()])
    expect(
      outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as { code: string }).code),
    ).toEqual(['io-failed', 'poisoned'])
    expect(calls.filter((name) => name === 'datasync')).toEqual(['datasync'])
    await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'poisoned', cause: { code: 'EIO' } })
    await file[Symbol.asyncDispose]()
    await (await disk.open(path)).sync()
    await disk[Symbol.asyncDispose]()
  })

  test('a write to a durable file that fails poisons it, and its name is durable after the first', async () => {
    const { files, fail, calls } = failingSystem()
    await using disk = await openNodeDisk(await freshFolder(), files)
    const file = await disk.open(path, { create: true, durable: true })
    calls.length = 0
    await file.write(0, [bytes(10)])
    await file.write(10, [bytes(10)])
    expect(calls.filter((name) => name !== 'close' && name !== 'realpath' && name !== 'lstat')).toEqual(
      expect.arrayContaining(['writev', 'sync', 'writev']),
    )
    expect(calls.filter((name) => name === 'sync').length).toBe(1)
    fail.set('writev', 'EIO')
    await expect(file.write(20, [bytes(10)])).rejects.toMatchObject({ code: 'io-failed' })
    fail.delete('writev')
    await expect(file.write(20, [bytes(10)])).rejects.toMatchObject({ code: 'poisoned' })
  })

  test('short and interrupted writes and reads are carried on', async () => {
    const { files, fail, calls } = failingSystem()
    fail.set('short', 'yes')
    await using disk = await openNodeDisk(await freshFolder(), files)
    const file = await disk.open(path, { create: true })
    const pieces = Array.from({ length: 9 }, (_, index) => bytes(index * 3, index))
    await file.write(0, pieces)
    expect(Buffer.from(await file.read(0, 200))).toEqual(Buffer.concat(pieces))
    expect(calls.filter((name) => name === 'writev').length).toBeGreaterThan(10)
    fail.set('writev', 'EINTR')
    await expect(file.write(0, pieces)).rejects.toMatchObject({ code: 'io-failed', cause: { code: 'EINTR' } })
  })

  test('a system that writes nothing and says nothing is not asked for ever', async () => {
    const { files, fail } = failingSystem()
    await using disk = await openNodeDisk(await freshFolder(), files)
    const file = await disk.open(path, { create: true })
    fail.set('nothing', 'yes')
    await expect(file.write(0, [bytes(1)])).rejects.toMatchObject({ code: 'io-failed' })
  })

  test('errors of opening, replacing and closing are told, and a failed replace leaves nothing', async () => {
    const { files, fail } = failingSystem()
    const folder = await freshFolder()
    await using disk = await openNodeDisk(folder, files)
    const file = await disk.open(path, { create: true })
    fail.set('datasync', 'EIO')
    await expect(disk.replace(diskPath('a'), bytes(1))).rejects.toMatchObject({ code: 'io-failed' })
    expect((await fs.readdir(folder)).toSorted()).toEqual(['folder', 'lock~', 'owner~'])
    fail.set('close', 'EIO')
    await expect(file[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'io-failed' })
    fail.set('stat', 'EIO')
    fail.delete('close')
    await expect(disk.open(path)).rejects.toMatchObject({ code: 'io-failed' })
  })

  test('the names of a new file and of what replaces, is renamed or removed are made durable', async () => {
    const { files, calls } = failingSystem()
    await using disk = await openNodeDisk(await freshFolder(), files)
    const during = async (work: () => Promise<unknown>): Promise<string> => {
      calls.length = 0
      await work()
      return calls.filter((name) => name === 'sync' || name === 'datasync' || name === 'rename').join(' ')
    }
    const file = await disk.open(path, { create: true })
    expect(await during(() => file.sync())).toBe('datasync sync')
    expect(await during(() => file.sync())).toBe('datasync')
    await file[Symbol.asyncDispose]()
    expect(await during(() => disk.replace(path, bytes(1)))).toBe('datasync rename sync')
    expect(await during(() => disk.rename(path, diskPath('there')))).toBe('rename sync sync')
    expect(await during(() => disk.remove(diskPath('there')))).toBe('sync')
  })
})

describe('the owner of the folder', () => {
  test('is named to a second process, and its lock does not outlive kill -9', async () => {
    const folder = await freshFolder()
    for (let round = 0; round < 3; round++) {
      const { child, says } = owner(folder)
      expect(await says).toBe('mine')
      await expect(nodeDisk({ folder })).rejects.toMatchObject({
        code: 'in-use',
        message: expect.stringContaining(`process ${child.pid}`) as string,
      })
      child.kill('SIGKILL')
      await new Promise((resolve) => child.once('exit', resolve))
      await (await nodeDisk({ folder }))[Symbol.asyncDispose]()
    }
  })

  test('is one only, when several come at once', async () => {
    const folder = await freshFolder()
    const owners = Array.from({ length: 4 }, () => owner(folder))
    const said = await Promise.all(owners.map(({ says }) => says))
    for (const { child } of owners) child.kill('SIGKILL')
    expect(said.toSorted()).toEqual(['in-use', 'in-use', 'in-use', 'mine'])
  })
})

/** Another process that opens the folder, says how that went, and stays until it is killed. */
function owner(folder: string): { child: ChildProcess; says: Promise<string> } {
  const script = `
    const { nodeDisk } = await import(${JSON.stringify(new URL('./node.ts', import.meta.url).href)})
    globalThis.disk = await nodeDisk({ folder: ${JSON.stringify(folder)} }).catch((error) => error)
    console.log(globalThis.disk.code ?? 'mine')
    setInterval(() => {}, 1_000)
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const says = new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve))
  return { child, says }
}

/** The real file system, whose calls are written down, and fail with the errno that stands in `fail`. */
function failingSystem(): { files: FileSystem; fail: Map<string, string>; calls: string[] } {
  const fail = new Map<string, string>()
  const calls: string[] = []
  let turn = 0
  const failure = (errno: string | undefined): void => {
    if (errno !== undefined) throw Object.assign(new Error(`${errno}: told to fail`), { code: errno })
  }
  /** Does the call first: what fails in the end has been at work for a while. */
  const call = async (name: string, work: () => Promise<unknown>): Promise<unknown> => {
    calls.push(name)
    const errno = fail.get(name)
    const result = await work()
    failure(errno)
    return result
  }
  const writev = async (handle: fs.FileHandle, pieces: Uint8Array[], at: number): Promise<unknown> => {
    if (fail.has('nothing')) return { bytesWritten: 0 }
    if (!fail.has('short')) return handle.writev(pieces, at)
    failure(turn++ % 3 === 0 ? 'EINTR' : undefined)
    return handle.writev([(pieces[0] ?? bytes(0)).subarray(0, 5)], at)
  }
  const wrapped = (handle: fs.FileHandle): fs.FileHandle =>
    new Proxy(handle, {
      get(target, name: keyof fs.FileHandle) {
        const method: unknown = target[name]
        if (typeof method !== 'function') return method
        return (...given: unknown[]): Promise<unknown> => {
          if (name === 'writev') return call(name, () => writev(target, given[0] as Uint8Array[], given[1] as number))
          if (name === 'read' && fail.has('short')) given[2] = Math.min(7, given[2] as number)
          return call(String(name), () => Reflect.apply(method, target, given) as Promise<unknown>)
        }
      },
    })
  const files: FileSystem = {
    ...realFileSystem,
    open: async (...given) => wrapped(await fs.open(...given)),
    rename: (...given) => {
      calls.push('rename')
      return fs.rename(...given)
    },
  }
  return { files, fail, calls }
}
