import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../testing/programs.ts'
import { remotePlace, type RemoteWords } from './remote-place.ts'

const place = (words: Partial<RemoteWords>) =>
  remotePlace({
    at: 'https://node.example:7400',
    token: undefined,
    tokenFile: undefined,
    fingerprint: undefined,
    ...words,
  })
const digits = '0123456789abcdef'.repeat(4)

describe('a node elsewhere', () => {
  test('is named by an address, over TLS unless it is this machine', () => {
    for (const at of ['https://node.example:7400', 'node.example:7400', 'https://node.example:7400/']) {
      expect(place({ at }).url.origin).toBe('https://node.example:7400')
    }
    for (const at of ['http://127.0.0.1:1', 'http://localhost:1', 'http://[::1]:1'])
      expect(place({ at }).url.protocol).toBe('http:')
    const wrong = [
      'http://node.example',
      'http://127.0.0.1.evil',
      'ftp://x',
      'https://x/path',
      'https://u@x',
      'https://x?a',
      '',
      ' ',
    ]
    for (const at of wrong) expect(() => place({ at })).toThrow(expect.objectContaining({ code: 'wrong-usage' }))
  })

  test('is known by a fingerprint, however it is written', () => {
    const colons = digits.toUpperCase().match(/../g)?.join(':')
    for (const fingerprint of [digits, colons]) expect(place({ fingerprint }).fingerprint).toBe(digits)
    for (const fingerprint of ['', 'x', digits.slice(2), `${digits}00`, digits.replace('0', 'g')]) {
      expect(() => place({ fingerprint })).toThrow(expect.objectContaining({ code: 'wrong-usage' }))
    }
  })

  test('is asked with a token that can be a header, from a file that only its owner can read', async () => {
    await using folder = await temporaryFolder()
    const tokenFile = join(folder.path, 'token')
    await writeFile(tokenFile, 'a.b.c\n', { mode: 0o600 })
    expect(place({ tokenFile, token: 'x' }).token).toBe('a.b.c')
    await chmod(tokenFile, 0o640)
    expect(() => place({ tokenFile })).toThrow(expect.objectContaining({ code: 'unsafe-file' }))
    await chmod(tokenFile, 0o600)
    await writeFile(tokenFile, 'x'.repeat(5_000))
    expect(() => place({ tokenFile })).toThrow('too long')
    expect(() => place({ tokenFile: join(folder.path, 'none') })).toThrow('cannot be read')
    for (const token of ['a\r\nb: c', 'a b', 'ä']) expect(() => place({ token })).toThrow('the token has not the form')
  })
})
