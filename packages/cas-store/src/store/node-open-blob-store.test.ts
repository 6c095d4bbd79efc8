import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { blobConformance } from '../testing/conformance/suite.ts'
import { assertHolds, content, refusalOf, text } from '../testing/conformance/content.ts'
import type { BlobHarness } from '../testing/conformance/harness.ts'
import type { LocalStore } from './contract.ts'
import { openBlobStore, type OpenBlobStoreOptions } from './node-open-blob-store.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-cas-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function open(folder: string, options: Partial<OpenBlobStoreOptions> = {}): Promise<LocalStore> {
  const given = 'passphrase' in options || 'secret' in options ? {} : { keyFile: join(folder, 'key') }
  return openBlobStore({ folder: join(folder, 'store'), threads: 1, background: false, ...given, ...options })
}

describe('a store in a folder', () => {
  const make = async (): Promise<BlobHarness> => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-cas-'))
    let store = await open(folder)
    return {
      store,
      async reopen() {
        await store[Symbol.asyncDispose]()
        store = await open(folder)
        return store
      },
      async collect() {
        const refusal = await refusalOf(store.collectGarbage())
        if (refusal !== 'nothing' && refusal !== 'overloaded') throw new Error(refusal)
      },
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]()
        await rm(folder, { recursive: true, force: true })
      },
    }
  }
  test.for(blobConformance(make))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('opening', () => {
  test('is for one at a time', async () => {
    const folder = await temporaryFolder()
    await using _store = await open(folder)
    expect(await refusalOf(open(folder))).toBe('in-use')
  })

  test('needs the key of the store, and changes nothing without it', async () => {
    const folder = await temporaryFolder()
    await (await open(folder))[Symbol.asyncDispose]()
    const before = await readFile(join(folder, 'store', 'catalogue.sqlite'))
    const wrong = [
      { keyFile: join(folder, 'missing') },
      { passphrase: 'a passphrase' },
      { identity: new Uint8Array(32) },
      { identity: new Uint8Array(31) },
    ]
    for (const options of wrong) expect(await refusalOf(open(folder, options))).toBe('wrong-key')
    expect(await readFile(join(folder, 'store', 'catalogue.sqlite'))).toEqual(before)
    expect(await refusalOf(readFile(join(folder, 'missing')))).toBe('ENOENT')
    await using store = await open(folder)
    await store.put(text('x'))
  })

  test('lets go of the folder when it fails', async () => {
    const folder = await temporaryFolder()
    expect(await refusalOf(open(folder, { limits: { putsMax: 0 } }))).toBe('wrong-setting')
    expect(await refusalOf(open(folder, { threads: 0 }))).toBe('wrong-setting')
    await using store = await open(folder)
    await store.put(text('x'))
  })

  test('needs exactly one kind of key', async () => {
    const folder = await temporaryFolder()
    expect(await refusalOf(openBlobStore({ folder }))).toBe('wrong-request')
    expect(await refusalOf(openBlobStore({ folder, keyFile: 'a', passphrase: 'b' }))).toBe('wrong-request')
    expect(await readdir(folder)).toEqual([])
  })

  test('with a passphrase', async () => {
    const folder = await temporaryFolder()
    {
      await using store = await open(folder, { passphrase: 'correct horse' })
      await store.put(text('x'), { name: 'a' })
    }
    expect(await refusalOf(open(folder, { passphrase: 'wrong horse' }))).toBe('wrong-key')
    await using store = await open(folder, { passphrase: 'correct horse' })
    await assertHolds(store, 'a', text('x'))
  })

  test('refuses a store that has lost its catalogue, instead of beginning a new one over it', async () => {
    const folder = await temporaryFolder()
    {
      await using store = await open(folder)
      await store.put(content(1, 100_000))
    }
    for (const name of await readdir(join(folder, 'store'))) {
      if (name.startsWith('catalogue')) await rm(join(folder, 'store', name))
    }
    expect(await refusalOf(open(folder))).toBe('wrong-key')
    const packs = await readdir(join(folder, 'store', 'packs'), { recursive: true })
    expect(packs.filter((name) => name.endsWith('.pack'))).toHaveLength(1)
  })

  test('has its keys again where the catalogue or the copy has lost them', async () => {
    const folder = await temporaryFolder()
    const bytes = content(1, 100_000)
    const tamper = (sql: string): void => {
      const database = new SqliteDatabase(join(folder, 'store', 'catalogue.sqlite'))
      database.exec(sql)
      database.close()
    }
    {
      await using store = await open(folder)
      await store.put(bytes, { name: 'a' })
      await store.rotateKey()
      await store.put(content(2, 50_000), { name: 'b' })
    }
    for (const sql of [
      'UPDATE keys SET wrapped = zeroblob(88)',
      'DELETE FROM keys',
      'UPDATE keys SET epoch = epoch + 9',
    ]) {
      tamper(sql)
      expect([sql, await refusalOf(open(folder, { keyFile: join(folder, 'no key') }))]).toEqual([sql, 'wrong-key'])
      await using store = await open(folder)
      await assertHolds(store, 'a', bytes)
      expect([sql, await store.check()]).toMatchObject([sql, { damaged: 0, missing: 0, blobsHurt: [] }])
    }
    const copy = join(folder, 'store', 'keys')
    const sound = await readFile(copy)
    await writeFile(copy, sound.subarray(1))
    await (await open(folder))[Symbol.asyncDispose]()
    expect(await readFile(copy)).toEqual(sound)
  })

  test('gives the same ids wherever the identity is the same, and others where it is not', async () => {
    const [one, two, three] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()]
    const identity = new Uint8Array(32).fill(9)
    await using first = await open(one, { identity })
    await using second = await open(two, { identity })
    await using third = await open(three)
    const [a, b, c] = await Promise.all([first, second, third].map((store) => store.put(text('x'))))
    expect(a?.id).toBe(b?.id)
    expect(c?.id).not.toBe(a?.id)
  })

  test('keeps nothing readable by others', async () => {
    const folder = await temporaryFolder()
    await using store = await open(folder)
    await store.put(text('a secret that nobody may read'), { name: 'public name' })
    for (const entry of await readdir(join(folder, 'store'), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const found = await readFile(join(entry.parentPath, entry.name))
      expect({ entry: entry.name, secret: found.includes('a secret that') }).toEqual({
        entry: entry.name,
        secret: false,
      })
    }
  })

  test('refuses a key file that others can read', async () => {
    const folder = await temporaryFolder()
    await (await open(folder))[Symbol.asyncDispose]()
    await chmod(join(folder, 'key'), 0o644)
    expect(await refusalOf(open(folder))).toBe('wrong-key')
    await writeFile(join(folder, 'other'), 'no key', { mode: 0o600 })
    expect(await refusalOf(open(folder, { keyFile: join(folder, 'other') }))).toBe('wrong-key')
  })
})
