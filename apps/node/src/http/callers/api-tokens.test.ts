import { generateKeyPairSync, sign } from 'node:crypto'
import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { KnownToken } from './accounts-view.ts'
import { ApiTokens, tokenAudience, tokenType } from './api-tokens.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const id = 'ab'.repeat(16)
const issuer = { id: 'cluster', publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url') }
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** One token, and the book that has it. */
function made() {
  const clock = new ManualClock({ wallMs: 1_800_000_000_000 })
  const until = clock.wallNow() + 60_000
  const book = new Map<string, KnownToken>([[id, { id, name: 'ci', role: 'viewer', until }]])
  const accounts = { issuer: () => issuer, user: () => undefined, token: (asked: string) => book.get(asked) }
  const claims = { iss: issuer.id, aud: tokenAudience, sub: 'ci', jti: id, role: 'viewer', exp: until / 1_000 }
  const signed = `${part({ alg: 'EdDSA', typ: tokenType })}.${part(claims)}`
  const token = `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`
  return { clock, book, token, tokens: new ApiTokens({ clock, accounts }) }
}

test('what a token has opened ends with its time, though nobody says that it is over', async () => {
  const { clock, token, tokens } = made()
  using _ = tokens
  const caller = await tokens.caller(token)
  expect(caller).toMatchObject({ name: 'ci', role: 'viewer', via: 'token' })
  clock.advance(60_000 - nodeLimitsDefaults.sessionsLookedAtEveryMs)
  expect(caller?.ended?.aborted).toBe(false)
  clock.advance(2 * nodeLimitsDefaults.sessionsLookedAtEveryMs)
  expect(caller?.ended?.aborted).toBe(true)
  expect(await tokens.caller(token)).toBeUndefined()
  expect(clock.timersWaiting).toBe(0)
})

test('all that one token has opened ends when it is revoked, also where it was shown twice at once', async () => {
  const { book, token, tokens } = made()
  using _ = tokens
  const callers = await Promise.all([tokens.caller(token), tokens.caller(token)])
  book.delete(id)
  tokens.recheck()
  expect(callers.map((caller) => caller?.ended?.aborted)).toEqual([true, true])
})

test('a token that is revoked while its signature is looked at opens nothing', async () => {
  const { book, token, tokens } = made()
  using _ = tokens
  const found = book.get(id)
  let reads = 0
  book.get = () => (reads++ === 0 ? found : undefined)
  expect(await tokens.caller(token)).toBeUndefined()
  expect(reads).toBe(2)
})
