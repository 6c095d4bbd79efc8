import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import { nodeFileStore } from './node.ts'
import { clusterStoreConformance, memoryClusterStore, type StoreUnderTest } from './testing/index.ts'

interface Folder extends AsyncDisposable {
  readonly path: string
}

async function folder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'flotilla-cluster-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

async function files(): Promise<StoreUnderTest> {
  const at = await folder()
  const open = (): ReturnType<typeof nodeFileStore> => nodeFileStore({ folder: join(at.path, 'cluster') })
  return { store: await open(), reopen: open, [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() }
}

function memory(): Promise<StoreUnderTest> {
  const store = memoryClusterStore()
  const reopen = (): Promise<typeof store> => Promise.resolve(memoryClusterStore({ records: store.records() }))
  return Promise.resolve({ store, reopen, [Symbol.asyncDispose]: () => Promise.resolve() })
}

describe.each([
  ['files', files],
  ['memory', memory],
])('a store in %s', (_, make) => {
  test.for(clusterStoreConformance(make))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe.skipIf(process.platform === 'win32')('files', () => {
  const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

  test('are for their owner only, whatever the umask', async () => {
    await using at = await folder()
    const mask = process.umask(0)
    try {
      const store = await nodeFileStore({ folder: join(at.path, 'cluster') })
      await store.save('authority', Uint8Array.of(1))
      process.umask(0o777)
      await store.save('member', Uint8Array.of(2))
    } finally {
      process.umask(mask)
    }
    expect(await modeOf(join(at.path, 'cluster'))).toBe('700')
    expect(await modeOf(join(at.path, 'cluster/authority.record'))).toBe('600')
    expect(await modeOf(join(at.path, 'cluster/member.record'))).toBe('600')
  })

  test.each([0o604, 0o640, 0o620, 0o666])(
    'that others can use (mode %o) are refused, with the way to mend it',
    async (mode) => {
      await using at = await folder()
      const store = await nodeFileStore({ folder: at.path })
      await store.save('authority', Uint8Array.of(1))
      const path = join(at.path, 'authority.record')
      await chmod(path, mode)
      await expect(store.load('authority')).rejects.toMatchObject({
        code: 'unsafe-file',
        message: `others than its owner may use ${path}, which keeps keys`,
        hint: `look who may have read it; then: chmod 600 ${path}`,
      })
      await chmod(path, 0o600)
      expect(await store.load('authority')).toEqual(Uint8Array.of(1))
    },
  )

  test('in a folder that others can use are refused', async () => {
    await using at = await folder()
    await chmod(at.path, 0o755)
    await expect(nodeFileStore({ folder: at.path })).rejects.toMatchObject({ code: 'unsafe-file' })
  })

  test('that are links are refused', async () => {
    await using at = await folder()
    const store = await nodeFileStore({ folder: at.path })
    await writeFile(join(at.path, 'elsewhere'), 'secret', { mode: 0o600 })
    await symlink(join(at.path, 'elsewhere'), join(at.path, 'member.record'))
    await expect(store.load('member')).rejects.toThrow('ELOOP')
  })

  test('that a killed process left unfinished are gone after the next start', async () => {
    await using at = await folder()
    const store = await nodeFileStore({ folder: at.path })
    await store.save('member', Uint8Array.of(1))
    await writeFile(join(at.path, 'member.record.0a1b-2c.new'), 'half', { mode: 0o600 })
    const again = await nodeFileStore({ folder: at.path })
    expect(await readdir(at.path)).toEqual(['member.record'])
    expect(await again.load('member')).toEqual(Uint8Array.of(1))
  })

  test('that are longer than any record are refused', async () => {
    await using at = await folder()
    const store = await nodeFileStore({ folder: at.path })
    await store.save('member', new Uint8Array(7 * 2 ** 20))
    await expect(store.load('member')).rejects.toMatchObject({ code: 'damaged' })
  })
})
