import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FileShelf } from '../ports.ts'
import { openFileShelf } from './node-file-shelf.ts'
import { isWithin, shelfPath } from './shelf-path.ts'

const whole = { position: 0, bytesMax: 1_000 }
const secret = 'what nobody may read'

let top = ''
let shelf: FileShelf

beforeEach(async () => {
  top = await fs.mkdtemp(join(tmpdir(), 'flotilla-shelf-'))
  await fs.mkdir(join(top, 'read/deep'), { recursive: true })
  await fs.mkdir(join(top, 'write'))
  await fs.mkdir(join(top, 'outside'))
  await fs.writeFile(join(top, 'outside/secret'), secret)
  await fs.writeFile(join(top, 'read/file'), 'hello')
  const opened = openFileShelf({ readable: [join(top, 'read')], writable: [`${join(top, 'write')}/`] })
  if (opened === undefined) throw new Error('there is a shelf')
  shelf = opened
})

afterEach(() => fs.rm(top, { recursive: true }))

async function textOf(path: string): Promise<string> {
  return new TextDecoder().decode((await shelf.read(path, whole)).bytes)
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

const isLinux = process.platform === 'linux'

describe.skipIf(!isLinux)('files on the shelf', () => {
  test('are read in pieces', async () => {
    expect(await shelf.read(join(top, 'read/file'), { position: 1, bytesMax: 3 })).toEqual({
      bytes: bytes('ell'),
      fileBytes: 5,
    })
    expect(await textOf(join(top, 'read//./file'))).toBe('hello')
    expect(await shelf.read(join(top, 'read/file'), { position: 9, bytesMax: 3 })).toMatchObject({ bytes: bytes('') })
    await expect(textOf(join(top, 'read/none'))).rejects.toMatchObject({ code: 'not-found' })
    await expect(textOf(join(top, 'read/deep'))).rejects.toMatchObject({ code: 'wrong-arguments' })
    await expect(textOf(join(top, 'read/file/x'))).rejects.toMatchObject({ code: 'not-found' })
  })

  test('of the kernel have no size and are read all the same', async () => {
    const proc = openFileShelf({ readable: ['/proc/self'], writable: [] })
    expect((await proc?.read('/proc/self/status', whole))?.bytes.length).toBeGreaterThan(100)
    expect(proc?.isWritable).toBe(false)
  })

  test('are listed with what they are, and no further than asked', async () => {
    await fs.symlink('/etc/passwd', join(top, 'read/link'))
    execFileSync('mkfifo', [join(top, 'read/pipe')])
    await fs.writeFile(Buffer.concat([Buffer.from(join(top, 'read/')), Buffer.from([0xff, 0x41])]), 'odd')
    const { files, isCut } = await shelf.list(join(top, 'read'), 10)
    expect(isCut).toBe(false)
    const found = files
      .map(({ name, type, bytes: size }) => `${name} ${type} ${type === 'file' ? size : ''}`)
      .toSorted()
    expect(found).toEqual(['deep folder ', 'file file 5', 'link link ', 'pipe other ', '\ufffdA file 3'])
    expect(await shelf.list(join(top, 'read'), 2)).toMatchObject({ isCut: true, files: [{}, {}] })
    await expect(shelf.list(join(top, 'read/file'), 2)).rejects.toMatchObject({ code: 'wrong-arguments' })
  })

  test('are written whole, and not over another without being told to', async () => {
    const path = join(top, 'write/new')
    await shelf.write(path, bytes('one'), { replaces: false })
    expect(await fs.readFile(path, 'utf8')).toBe('one')
    expect((await fs.stat(path)).mode & 0o7777).toBe(0o600)
    await expect(shelf.write(path, bytes('two'), { replaces: false })).rejects.toMatchObject({ code: 'exists' })
    await fs.chmod(path, 0o4751)
    await shelf.write(path, bytes('three'), { replaces: true })
    expect(await textOf(path)).toBe('three')
    expect((await fs.stat(path)).mode & 0o7777).toBe(0o751)
    expect(await fs.readdir(join(top, 'write'))).toEqual(['new'])
  })

  test('are new for one of those who write them at once', async () => {
    const path = join(top, 'write/new')
    const writes = Array.from({ length: 20 }, (_, index) => shelf.write(path, bytes(`${index}`), { replaces: false }))
    const outcomes = await Promise.allSettled(writes)
    const won = outcomes.findIndex(({ status }) => status === 'fulfilled')
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await fs.readFile(path, 'utf8')).toBe(`${won}`)
    expect(await fs.readdir(join(top, 'write'))).toEqual(['new'])
  })

  test('are not written where they may only be read, nor over what is no file', async () => {
    const options = { replaces: true }
    const denied = shelf.write(join(top, 'read/file'), bytes('x'), options)
    await expect(denied).rejects.toMatchObject({ code: 'not-permitted' })
    await fs.mkdir(join(top, 'write/folder'))
    await expect(shelf.write(join(top, 'write/folder'), bytes('x'), options)).rejects.toMatchObject({
      code: 'wrong-arguments',
    })
    await expect(shelf.write(join(top, 'write'), bytes('x'), options)).rejects.toMatchObject({
      code: 'wrong-arguments',
    })
    await expect(shelf.write(join(top, 'write/none/x'), bytes('x'), options)).rejects.toMatchObject({
      code: 'not-found',
    })
    const long = join(top, 'write', 'x'.repeat(256))
    await expect(shelf.write(long, bytes('x'), options)).rejects.toMatchObject({ code: 'wrong-arguments' })
    expect(await fs.readFile(join(top, 'read/file'), 'utf8')).toBe('hello')
    expect(await fs.readdir(join(top, 'write'))).toEqual(['folder'])
  })
})

describe.skipIf(!isLinux)('what is not on the shelf', () => {
  const paths = ['/etc/passwd', 'read/file', '', '/', '/proc/self/environ', '\0']

  test('is not there for the host, whatever the path', async () => {
    for (const path of [...paths, `${top}/read/../outside/secret`, `${top}/reader`, `${top}/read/..`, top]) {
      await expect(shelf.read(path, whole)).rejects.toMatchObject({ code: 'not-permitted' })
      await expect(shelf.list(path, 9)).rejects.toMatchObject({ code: 'not-permitted' })
      await expect(shelf.write(path, bytes('x'), { replaces: true })).rejects.toMatchObject({ code: 'not-permitted' })
    }
  })

  test('is not reached by links, to files or folders', async () => {
    await fs.symlink(join(top, 'outside/secret'), join(top, 'read/link'))
    await fs.symlink(join(top, 'outside'), join(top, 'read/folder'))
    await fs.symlink('../outside', join(top, 'write/folder'))
    await fs.symlink('../outside/new', join(top, 'write/link'))
    await fs.symlink('/proc/self/root', join(top, 'read/root'))
    await fs.symlink('file', join(top, 'read/inside'))
    for (const name of [
      'read/link',
      'read/inside',
      'read/folder/secret',
      `read/root${top}/outside/secret`,
      'write/folder/secret',
    ]) {
      await expect(textOf(join(top, name))).rejects.toMatchObject({ code: 'not-permitted' })
    }
    for (const name of ['read/folder', 'read/root', 'read/root/etc']) {
      await expect(shelf.list(join(top, name), 9)).rejects.toMatchObject({ code: 'not-permitted' })
    }
    for (const name of ['write/folder/x', 'write/link']) {
      const done = shelf.write(join(top, name), bytes('x'), { replaces: false })
      await expect(done).rejects.toMatchObject({ code: expect.stringMatching(/not-permitted|exists/) as string })
      const replaced = shelf.write(join(top, name), bytes('x'), { replaces: true })
      await expect(replaced).rejects.toMatchObject({ code: 'not-permitted' })
    }
    expect(await fs.readdir(join(top, 'outside'))).toEqual(['secret'])
  })

  test('is no pipe, socket or device, and none is even opened', async () => {
    execFileSync('mkfifo', [join(top, 'read/pipe')])
    await expect(textOf(join(top, 'read/pipe'))).rejects.toMatchObject({ code: 'not-permitted' })
    const devices = openFileShelf({ readable: ['/dev'], writable: [] })
    await expect(devices?.read('/dev/null', whole)).rejects.toMatchObject({ code: 'not-permitted' })
  })

  test("is the agent's own, though a folder has it", async () => {
    await fs.mkdir(join(top, 'write/audit'))
    await fs.writeFile(join(top, 'write/agent.conf'), 'allow-unsafe = false')
    const never = [join(top, 'write/audit'), join(top, 'write/agent.conf')]
    const careful = openFileShelf({ readable: [], writable: [join(top, 'write')], never })
    for (const name of ['audit/log', 'agent.conf', 'audit']) {
      const path = join(top, 'write', name)
      await expect(careful?.write(path, bytes('x'), { replaces: true })).rejects.toMatchObject({
        code: 'not-permitted',
      })
    }
    await expect(careful?.read(join(top, 'write/agent.conf'), whole)).rejects.toMatchObject({ code: 'not-permitted' })
    await expect(careful?.list(join(top, 'write/audit'), 9)).rejects.toMatchObject({ code: 'not-permitted' })
    await careful?.write(join(top, 'write/other'), bytes('x'), { replaces: false })
  })

  test('is reached by a link in a folder of the configuration, which is whoever configures it', async () => {
    await fs.symlink(join(top, 'read'), join(top, 'named'))
    const named = openFileShelf({ readable: [join(top, 'named')], writable: [] })
    expect(await named?.read(join(top, 'named/file'), whole)).toMatchObject({ fileBytes: 5 })
  })

  test('is never reached in a race with somebody who swaps folders and links', { timeout: 60_000 }, async () => {
    await fs.writeFile(join(top, 'read/deep/secret'), 'harmless')
    await fs.symlink(join(top, 'outside'), join(top, 'swap'))
    const over = new AbortController()
    const swap = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await fs.rename(join(top, 'read/deep'), join(top, 'read/aside'))
        await fs.rename(join(top, 'swap'), join(top, 'read/deep'))
        await fs.rename(join(top, 'read/deep'), join(top, 'swap'))
        await fs.rename(join(top, 'read/aside'), join(top, 'read/deep'))
      }
    }
    const swapping = swap()
    const seen = new Set<string>()
    for (let round = 0; round < 2_000; round++) {
      seen.add(await textOf(join(top, 'read/deep/secret')).catch((error: unknown) => (error as { code: string }).code))
    }
    over.abort()
    await swapping
    expect(seen).not.toContain(secret)
    expect(seen).toContain('harmless')
  })
})

test('a path is within a folder or is refused before the disk is asked', () => {
  const folders = ['/srv/a', '/var/b']
  const found = (path: string): string | undefined => {
    try {
      return shelfPath(path, folders)
    } catch (error) {
      return error instanceof FlotillaError && error.code === 'not-permitted' ? undefined : 'another error'
    }
  }
  const names = fc.constantFrom('srv', 'a', 'var', 'b', '..', '.', '', 'ab', '\0')
  fc.assert(
    fc.property(fc.array(names, { maxLength: 8 }), (parts) => {
      const path = found(`/${parts.join('/')}`)
      const isRight = path === undefined || folders.some((folder) => isWithin(path, folder))
      expect([parts, path, isRight]).toEqual([parts, path, true])
      expect(path?.split('/')).not.toEqual(expect.arrayContaining(['..']))
    }),
  )
  expect(found('/srv//./a/b/')).toBe('/srv/a/b')
  expect(isWithin('/anything', '/')).toBe(true)
})
