/** Files that come in pieces. */
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GuestMachine } from '../testing/guest-machine.ts'
import { openFileShelf } from './shelf/node-file-shelf.ts'

const upload = 'ab'.repeat(16)

function piece(position: number, text: string, more: object = {}): Record<string, unknown> {
  const content = Buffer.from(text).toString('base64')
  return { path: '/srv/a', upload, position, content, ...more }
}

describe('a file that comes in pieces', () => {
  test('is begun, continued and committed; how much there is comes back', async () => {
    const guest = new GuestMachine()
    const bytes: unknown[] = []
    for (const given of [piece(0, 'one'), piece(3, 'two'), piece(6, '', { last: true })]) {
      bytes.push(await guest.order('file.write', given))
    }
    expect(bytes).toMatchObject([{ value: { bytes: 3 } }, { value: { bytes: 6 } }, { value: { bytes: 6 } }])
    expect(guest.asked).toEqual(['begin /srv/a false', 'append 3', 'append 3', 'append 0', 'commit', 'close'])
    // Its name is free again.
    await guest.order('file.write', piece(0, 'x', { last: true, replace: true }))
    expect(guest.asked.slice(6)).toEqual(['begin /srv/a true', 'append 1', 'commit', 'close'])
  })

  test('is over with the first piece that is wrong, and nothing of it is committed', async () => {
    const wrong: readonly (readonly [given: object, code: string])[] = [
      [piece(4, 'x'), 'wrong-arguments'],
      [piece(2, 'x'), 'wrong-arguments'],
      [piece(3, 'x'.repeat(8)), 'too-large'],
    ]
    for (const [given, code] of wrong) {
      const guest = new GuestMachine({ limits: { uploadBytesMax: 10 } })
      await guest.order('file.write', piece(0, 'one'))
      expect(await guest.order('file.write', { ...given })).toMatchObject({ code })
      expect(guest.asked).toEqual(['begin /srv/a false', 'append 3', 'close'])
      expect(await guest.order('file.write', piece(3, 'x'))).toMatchObject({ type: 'failed', code: 'not-found' })
    }
  })

  test('is one of one path and one asker', async () => {
    const guest = new GuestMachine()
    await guest.order('file.write', piece(0, 'one'))
    const refused = { type: 'refused', code: 'wrong-arguments' }
    expect(await guest.order('file.write', { ...piece(3, 'x'), path: '/srv/b' })).toMatchObject(refused)
    expect(await guest.order('file.write', piece(3, 'x', { replace: true }))).toMatchObject(refused)
    expect(await guest.order('file.write', piece(3, 'x'), { actor: 'eve' })).toMatchObject(refused)
    expect(await guest.order('file.write', piece(3, 'x', { last: true }))).toMatchObject({ value: { bytes: 4 } })
  })

  test('is given up by the host, or when its next piece does not come, but not while disks are frozen', async () => {
    const guest = new GuestMachine({ limits: { uploadIdleMs: 1_000 } })
    await guest.order('file.write', piece(0, 'one'))
    expect(await guest.order('file.write', piece(0, '', { discard: true }))).toMatchObject({ type: 'done' })
    expect(guest.asked.splice(0)).toEqual(['begin /srv/a false', 'append 3', 'close'])
    await guest.order('file.write', piece(0, 'one'))
    guest.isFrozen = true
    guest.clock.advance(5_000)
    expect(guest.asked.splice(0)).toEqual(['begin /srv/a false', 'append 3'])
    guest.isFrozen = false
    guest.clock.advance(999)
    await guest.order('file.write', piece(3, 'two'))
    guest.clock.advance(999)
    expect(guest.asked.splice(0)).toEqual(['append 3'])
    guest.clock.advance(1)
    expect(guest.asked).toEqual(['close'])
    expect(await guest.order('file.write', piece(6, 'x'))).toMatchObject({ code: 'not-found' })
  })

  test('is one of a few, and none outlives the agent', async () => {
    const guest = new GuestMachine({ limits: { uploadsMax: 2 } })
    for (const name of ['00', '11']) await guest.order('file.write', piece(0, 'a', { upload: name.repeat(8) }))
    const third = piece(0, 'a', { upload: '22'.repeat(8) })
    expect(await guest.order('file.write', third)).toMatchObject({ type: 'refused', code: 'overloaded' })
    await guest.commands[Symbol.asyncDispose]()
    expect(guest.asked.filter((what) => what === 'close').length).toBe(2)
  })

  test('two pieces at once are one too many', async () => {
    const guest = new GuestMachine()
    const both = [guest.order('file.write', piece(0, 'a')), guest.order('file.write', piece(1, 'b'))]
    expect(await Promise.all(both)).toMatchObject([{ type: 'done' }, { type: 'refused', code: 'overloaded' }])
    expect(await guest.order('file.write', piece(1, 'b'))).toMatchObject({ value: { bytes: 2 } })
  })

  test('is asked for with arguments that make sense', async () => {
    const guest = new GuestMachine()
    for (const given of [
      { path: '/a', content: '', last: true },
      { path: '/a', content: '', position: 3 },
      { path: '/a', content: '', discard: true },
      { path: '/a', content: '', upload: 'short' },
      { path: '/a', content: '', upload: 7 },
      { path: '/a', upload },
      { path: '/a', content: '', upload, position: -1 },
      { path: '/a', content: '', upload, last: 'yes' },
    ]) {
      expect([given, await guest.order('file.write', given)]).toMatchObject([given, { code: 'wrong-arguments' }])
    }
    expect(guest.asked).toEqual([])
  })
})

describe.skipIf(process.platform !== 'linux')('a file that comes in pieces, on a real disk', () => {
  let top = ''
  const names = (): Promise<string[]> => fs.readdir(join(top, 'write'))

  beforeEach(async () => {
    top = await fs.mkdtemp(join(tmpdir(), 'flotilla-upload-'))
    await fs.mkdir(join(top, 'write'))
  })
  afterEach(() => fs.rm(top, { recursive: true }))

  function guestOfDisk(): GuestMachine {
    const files = openFileShelf({ readable: [], writable: [join(top, 'write')] })
    return new GuestMachine(files === undefined ? {} : { files })
  }

  test('is there when it is whole, and before that is not to be seen', async () => {
    const guest = guestOfDisk()
    const path = join(top, 'write/new')
    await guest.order('file.write', piece(0, 'one ', { path }))
    expect(await names()).toEqual([expect.stringMatching(/^\.flotilla-[0-9a-f]+~$/)])
    await guest.order('file.write', piece(4, 'two', { path, last: true }))
    expect(await names()).toEqual(['new'])
    expect(await fs.readFile(path, 'utf8')).toBe('one two')
    // The one that is there stays as it is until the other is whole, and where that is given up.
    await guest.order('file.write', piece(0, 'three', { path, replace: true }))
    await guest.order('file.write', piece(0, '', { path, replace: true, discard: true }))
    expect([await names(), await fs.readFile(path, 'utf8')]).toEqual([['new'], 'one two'])
    expect(await guest.order('file.write', piece(0, 'x', { path }))).toMatchObject({ type: 'failed', code: 'exists' })
    expect(await names()).toEqual(['new'])
  })

  test('does not replace what came meanwhile, and does not go where its folder was moved to', async () => {
    const guest = guestOfDisk()
    const path = join(top, 'write/new')
    await guest.order('file.write', piece(0, 'one', { path }))
    await fs.writeFile(path, 'another')
    expect(await guest.order('file.write', piece(3, '', { path, last: true }))).toMatchObject({ code: 'exists' })
    expect([await names(), await fs.readFile(path, 'utf8')]).toEqual([['new'], 'another'])
    await fs.mkdir(join(top, 'write/deep'))
    const inside = join(top, 'write/deep/new')
    await guest.order('file.write', piece(0, 'one', { path: inside }))
    await fs.rename(join(top, 'write/deep'), join(top, 'outside'))
    const outcome = await guest.order('file.write', piece(3, '', { path: inside, last: true }))
    expect(outcome).toMatchObject({ type: 'refused', code: 'not-permitted' })
    expect(await fs.readdir(join(top, 'outside'))).toEqual([])
  })
})
