import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeSshKeys } from './node-ssh-keys.ts'

const isRoot = process.getuid?.() === 0
/** Somebody else where we may make files of others, ourselves where not. */
const [uid, gid] = isRoot ? [4_711, 4_712] : [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
const [one, other] = ['ssh-ed25519 AAAA ann', 'ssh-ed25519 BBBB bob']

let home = ''
let keys = nodeSshKeys({ findUser: () => Promise.reject(new Error('none')), fileBytesMax: 1, keysMax: 1 })
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ssh-keys-'))
  const entry = { user: 'ann', uid, gid, home }
  keys = nodeSshKeys({ findUser: () => Promise.resolve(entry), fileBytesMax: 1_024, keysMax: 3 })
})
afterEach(() => rmSync(home, { recursive: true }))

const file = (): string => join(home, '.ssh/authorized_keys')

function plant(text: string): void {
  mkdirSync(join(home, '.ssh'), { mode: 0o700 })
  writeFileSync(file(), text)
  for (const path of [join(home, '.ssh'), file()]) chownSync(path, uid, gid)
}

test('the folder and the file are made for the user, and for nobody else', async () => {
  expect(await keys.get('ann')).toEqual([])
  expect(readdirSync(home)).toEqual([])
  await keys.add('ann', [one, ''], false)
  for (const [path, mode] of [
    [join(home, '.ssh'), 0o700],
    [file(), 0o600],
  ] as const) {
    const stat = statSync(path)
    expect([stat.uid, stat.gid, stat.mode & 0o777]).toEqual([uid, gid, mode])
  }
  expect(await keys.get('ann')).toEqual([one])
})

test('keys come and go, comments stay, rights are mended', async () => {
  plant(`# mine\n${one}\n`)
  chmodSync(file(), 0o644)
  await keys.add('ann', [other, one], false)
  expect(readFileSync(file(), 'utf8')).toBe(`# mine\n${one}\n${other}\n`)
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  await keys.remove('ann', [one])
  expect(readFileSync(file(), 'utf8')).toBe(`# mine\n${other}\n`)
  await keys.add('ann', [one], true)
  expect(readFileSync(file(), 'utf8')).toBe(`${one}\n`)
  // No file of ours is left over.
  expect(readdirSync(join(home, '.ssh'))).toEqual(['authorized_keys'])
})

test('a link in place of the folder is not followed', async () => {
  mkdirSync(join(home, 'elsewhere'))
  symlinkSync(join(home, 'elsewhere'), join(home, '.ssh'))
  await expect(keys.get('ann')).rejects.toThrow(/symbolic link/)
  await expect(keys.add('ann', [one], true)).rejects.toThrow(/symbolic link/)
  expect(readdirSync(join(home, 'elsewhere'))).toEqual([])
})

test('a link in place of the file is neither read nor written through', async () => {
  plant('')
  const secret = join(home, 'secret')
  writeFileSync(secret, 'do not tell\n')
  rmSync(file())
  symlinkSync(secret, file())
  await expect(keys.get('ann')).rejects.toThrow(/symbolic link/)
  await expect(keys.add('ann', [one], false)).rejects.toThrow(/symbolic link/)
  expect(readFileSync(secret, 'utf8')).toBe('do not tell\n')
})

test('another name of a file of somebody else is not told', async () => {
  plant('')
  const secret = join(home, 'secret')
  writeFileSync(secret, 'do not tell\n')
  rmSync(file())
  linkSync(secret, file())
  await expect(keys.get('ann')).rejects.toThrow(/no plain file/)
})

test.runIf(isRoot)('a folder of somebody else is not used', async () => {
  plant(one)
  chownSync(join(home, '.ssh'), uid + 1, gid)
  await expect(keys.get('ann')).rejects.toThrow(/belongs to somebody else/)
})

test('limits: of the file, and of the keys at once', async () => {
  plant('x'.repeat(2_000))
  await expect(keys.get('ann')).rejects.toThrow(/more than 1024 bytes/)
  await expect(keys.add('ann', [one, one, one, one], false)).rejects.toThrow(/3 keys at once/)
})

test('what is no key changes nothing', async () => {
  plant(`${one}\n`)
  await expect(keys.add('ann', [`${other}\nssh-rsa CCCC`], false)).rejects.toThrow(/no key/)
  expect(readFileSync(file(), 'utf8')).toBe(`${one}\n`)
})

test('a user without a home', async () => {
  const entry = { user: 'ann', uid, gid, home: join(home, 'none') }
  const lost = nodeSshKeys({ findUser: () => Promise.resolve(entry), fileBytesMax: 1_024, keysMax: 3 })
  await expect(lost.get('ann')).rejects.toThrow(/home folder of ann cannot be opened/)
})
