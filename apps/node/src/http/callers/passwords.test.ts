import { expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../../limits.ts'
import { Passwords } from './passwords.ts'

test('a password is kept as a hash that says how it was made, and opens however its accents were typed', async () => {
  const passwords = new Passwords()
  const one = await passwords.hash('caf\u00e9 caf\u00e9 caf\u00e9')
  expect(one).toMatch(/^scrypt\$17\$8\$1\$[\w-]{22}\$[\w-]{43}$/)
  expect(await passwords.isRight('cafe\u0301 cafe\u0301 cafe\u0301', one)).toBe(true)
  expect(await passwords.isRight('cafe cafe cafe', one)).toBe(false)
})

test('nothing opens where there is no user, or what is kept is none of our hashes', async () => {
  const passwords = new Passwords()
  const weaker = `scrypt$1$8$1$${'A'.repeat(22)}$${'A'.repeat(43)}`
  for (const kept of [undefined, weaker]) expect(await passwords.isRight('', kept)).toBe(false)
})

test('a password is long enough, and not longer than anybody types', async () => {
  const { passwordLengthMin, passphraseLengthMax } = nodeLimitsDefaults
  for (const length of [0, passwordLengthMin - 1, passphraseLengthMax + 1]) {
    await expect(new Passwords().hash('x'.repeat(length))).rejects.toMatchObject({ code: 'wrong-password-form' })
  }
})

test('so many wait for their turn, and one more is told to come later', async () => {
  const passwords = new Passwords()
  // None of these takes long, but each takes a turn.
  const tries = Array.from({ length: nodeLimitsDefaults.passwordsWaitingMax + 3 }, () => passwords.hash(''))
  const codes = (await Promise.allSettled(tries)).map((end) => (end.status === 'rejected' ? String(end.reason) : ''))
  expect(codes.filter((text) => text.includes('too many log in at once'))).toHaveLength(2)
  expect(await passwords.hash('correct horse battery')).toContain('scrypt')
})
