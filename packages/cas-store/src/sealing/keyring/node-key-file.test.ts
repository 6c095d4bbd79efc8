import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keyFileText, parseKeyFile } from './key-file-text.ts'
import { keyFileSecret } from './node-key-file.ts'
import { rawSecret } from './raw-secret.ts'
import type { WrappingSecret } from './wrapping-secret.ts'

const crypto = nodeCrypto()
const keyOf = async (secret: WrappingSecret): Promise<string> =>
  ((await secret.wrappingKey(secret.newRecipe())) ?? new Uint8Array(0)).join()

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-key-'))
  path = join(folder, 'store.key')
})
afterEach(() => rm(folder, { recursive: true }))

describe('a key file', () => {
  test('is made for its owner only, says what it is, and gives the same key again', async () => {
    const made = await keyFileSecret({ path, create: true })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toContain('Keep a copy on another machine')
    expect(await readdir(folder)).toEqual(['store.key'])
    const again = await keyFileSecret({ path, create: false })
    expect(await keyOf(again)).toBe(await keyOf(made))
    expect(await keyOf(await keyFileSecret({ path, create: true }))).toBe(await keyOf(made))
  })

  test('made by several at a time is one', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => keyFileSecret({ path, create: true })))
    expect(new Set(await Promise.all(made.map(keyOf))).size).toBe(1)
    expect(await readdir(folder)).toEqual(['store.key'])
  })

  test('that somebody else makes at the last moment is not overwritten', async () => {
    const theirs = new Prng(1).bytes(32)
    const entropy = {
      bytes: (length: number): Uint8Array => {
        writeFileSync(path, keyFileText(crypto, theirs), { mode: 0o600 })
        return new Prng(2).bytes(length)
      },
    }
    const secret = await keyFileSecret({ path, create: true, entropy })
    expect(parseKeyFile(crypto, await readFile(path), path)).toEqual(theirs)
    expect(await keyOf(secret)).toBe(await keyOf(rawSecret(crypto, theirs)))
    expect(await readdir(folder)).toEqual(['store.key'])
  })

  test('that is missing is not made where it would not be that of the store', async () => {
    await expect(keyFileSecret({ path, create: false })).rejects.toThrow(`the key file ${path} is missing`)
    expect(await readdir(folder)).toEqual([])
  })

  test.each([0o640, 0o604, 0o620, 0o777])('that others may use is refused: mode %o', async (mode) => {
    await keyFileSecret({ path, create: true })
    await chmod(path, mode)
    const refusal = { code: 'wrong-key', hint: `look who may have read it, then: chmod 600 ${path}` }
    await expect(keyFileSecret({ path, create: false })).rejects.toMatchObject(refusal)
    await expect(keyFileSecret({ path, create: true })).rejects.toMatchObject(refusal)
  })

  test('may be read-only, and behind a link', async () => {
    await keyFileSecret({ path, create: true })
    await chmod(path, 0o400)
    await symlink(path, join(folder, 'link'))
    await keyFileSecret({ path: join(folder, 'link'), create: false })
    expect(await readdir(folder)).toEqual(['link', 'store.key'])
  })

  test('that is a folder, or whose folder is missing, is refused', async () => {
    await mkdir(path)
    await expect(keyFileSecret({ path, create: true })).rejects.toMatchObject({ code: 'wrong-key' })
    const nowhere = join(folder, 'nowhere', 'store.key')
    await expect(keyFileSecret({ path: nowhere, create: true })).rejects.toMatchObject({ code: 'wrong-key' })
  })

  test('with another content is refused, and stays as it is', async () => {
    for (const content of ['', 'flotilla-key-v1', 'x'.repeat(5_000), '\0'.repeat(100)]) {
      await writeFile(path, content, { mode: 0o600 })
      await expect(keyFileSecret({ path, create: true })).rejects.toMatchObject({ code: 'wrong-key' })
      expect(await readFile(path, 'utf8')).toBe(content)
    }
  })
})

describe('the text of a key file', () => {
  const key = new Prng(1).bytes(32)
  const text = new TextDecoder().decode(keyFileText(crypto, key))
  const parse = (changed: string): Uint8Array => parseKeyFile(crypto, new TextEncoder().encode(changed), 'k')

  test('gives the key, also after an editor has been at it', () => {
    expect(parse(text)).toEqual(key)
    expect(parse(text.replaceAll('\n', '\r\n'))).toEqual(key)
    expect(parse(`\n${text.split('\n').at(-2)}  \n\n# mine`)).toEqual(key)
  })

  test('with one letter changed in its line, cut short or doubled gives none', () => {
    const line = text.split('\n').at(-2) ?? ''
    for (let at = 0; at < line.length; at++) {
      const changed = `${line.slice(0, at)}${line[at] === '0' ? '1' : '0'}${line.slice(at + 1)}`
      expect(() => parse(changed)).toThrow(expect.objectContaining({ code: 'wrong-key' }))
      expect(() => parse(line.slice(0, at))).toThrow(expect.objectContaining({ code: 'wrong-key' }))
    }
    expect(() => parse(`${line}\n${line}`)).toThrow(expect.objectContaining({ code: 'wrong-key' }))
  })
})
