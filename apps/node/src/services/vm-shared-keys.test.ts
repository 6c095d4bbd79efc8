/** Keys of virtual machines, in a real folder. */
import { chmod, link, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { ManualClock, RecordingLogger } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../limits.ts'
import { temporaryFolder } from '../testing/daemon-process.ts'
import { VmSharedKeys } from './vm-shared-keys.ts'

const digits = 'ab'.repeat(32)

interface Place extends AsyncDisposable {
  readonly folder: string
  readonly clock: ManualClock
  open(named?: string): Promise<VmSharedKeys>
}

async function place(): Promise<Place> {
  const stack = new AsyncDisposableStack()
  const dataFolder = stack.use(await temporaryFolder()).path
  const clock = new ManualClock()
  return {
    folder: join(dataFolder, 'vm-keys'),
    clock,
    open: async (named = '') =>
      stack.use(
        await VmSharedKeys.open({ named, dataFolder, crypto: nodeCrypto(), clock, logger: new RecordingLogger() }),
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function hexOf(keys: VmSharedKeys, vm: string): string | undefined {
  const key = keys.keyOf(vm)
  return key === undefined ? undefined : Buffer.from(key.bytes).toString('hex')
}

describe('shared keys of virtual machines', () => {
  test('are those in the folder, which is made; they come, change and go while the node runs', async () => {
    await using here = await place()
    const keys = await here.open()
    expect(hexOf(keys, 'web')).toBeUndefined()
    const soon = (expected: string | undefined) =>
      expect.poll(() => (here.clock.advance(5_000), hexOf(keys, 'web')), { timeout: 20_000 }).toBe(expected)
    await writeFile(join(here.folder, 'web'), `${digits}\n`, { mode: 0o600 })
    await soon(digits)
    await writeFile(join(here.folder, 'web'), 'CD'.repeat(32))
    await soon('cd'.repeat(32))
    await rm(join(here.folder, 'web'))
    await soon(undefined)
  })

  test.skipIf(process.platform === 'win32')('of which one cannot be used are refused, each with a reason', async () => {
    await using here = await place()
    await mkdir(here.folder)
    const wrong: readonly (readonly [name: string, text: string, mode: number, why: RegExp])[] = [
      ['readable', digits, 0o640, /others may read .*readable/],
      ['short', digits.slice(2), 0o600, /holds no key/],
      ['long', `${digits}00`, 0o600, /holds no key/],
      ['huge', '0'.repeat(100_000), 0o600, /holds no key/],
      ['words', 'zz'.repeat(32), 0o600, /holds no key/],
    ]
    for (const [name, text, mode] of wrong) {
      await writeFile(join(here.folder, name), text)
      await chmod(join(here.folder, name), mode)
    }
    await mkdir(join(here.folder, 'folder'))
    await symlink('/nowhere', join(here.folder, 'nowhere'))
    await writeFile(join(here.folder, 'good'), digits, { mode: 0o600 })
    const keys = await here.open()
    for (const [name, , , why] of wrong) expect(() => keys.keyOf(name)).toThrow(why)
    expect(() => keys.keyOf('folder')).toThrow(/is no file/)
    expect(() => keys.keyOf('nowhere')).toThrow(/cannot be read/)
    expect(hexOf(keys, 'good')).toBe(digits)
    expect(keys.keyOf('nobody')).toBeUndefined()
  })

  test('that are too many to be read leave no machine to be spoken with in the clear', async () => {
    await using here = await place()
    await mkdir(here.folder, { mode: 0o700 })
    const { vmKeysMax } = nodeLimitsDefaults
    await writeFile(join(here.folder, 'web'), digits, { mode: 0o600 })
    for (let index = 0; index < vmKeysMax; index++)
      await link(join(here.folder, 'web'), join(here.folder, `vm${index}`))
    const keys = await here.open()
    const names = ['web', ...Array.from({ length: vmKeysMax }, (_, index) => `vm${index}`)]
    const refused = names.filter((vm) => {
      try {
        return keys.keyOf(vm) === undefined
      } catch {
        return true
      }
    })
    expect(refused).toHaveLength(1)
    expect(() => keys.keyOf(refused[0] ?? '')).toThrow(/more than \d+ keys/)
  })

  test('are kept while their folder cannot be read', async () => {
    await using here = await place()
    await mkdir(here.folder, { mode: 0o700 })
    await writeFile(join(here.folder, 'web'), digits, { mode: 0o600 })
    const keys = await here.open()
    await rm(here.folder, { recursive: true })
    here.clock.advance(5_000)
    await keys[Symbol.asyncDispose]()
    expect(hexOf(keys, 'web')).toBe(digits)
  })

  test.skipIf(process.platform === 'win32')(
    'need a folder that is there, and that others cannot write in',
    async () => {
      await using here = await place()
      await expect(here.open(join(here.folder, 'none'))).rejects.toMatchObject({ code: 'wrong-setting' })
      await mkdir(here.folder)
      await chmod(here.folder, 0o770)
      await expect(here.open(here.folder)).rejects.toThrow(/--vm-keys: others may write in/)
    },
  )
})
