import { describe, expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../../limits.ts'
import { sampleAccess, sampleOrigin, samplePort, sampleRequest } from '../../testing/sample-access.ts'
import type { Caller } from '../caller.ts'
import type { Refusal } from '../reply.ts'
import type { OpenedSession } from './sessions.ts'

const cookieOf = ({ cookie }: OpenedSession): string => `flotilla_${samplePort}=${cookie}`

function opened() {
  const sample = sampleAccess()
  const session = sample.access.openByCode(sample.access.ownCode())
  if (session === undefined) throw new Error('the code opened nothing')
  const ask = (method: string, headers: Readonly<Record<string, string>>): Caller | Refusal => {
    const all = { cookie: cookieOf(session), ...headers }
    return sample.access.caller(sampleRequest({ method, headers: all }), samplePort) as Caller | Refusal
  }
  return { ...sample, session, ask }
}

const named = { name: 'local', role: 'admin', via: 'session' }

describe('the cookie of a session', () => {
  test('opens what is read, and nothing that is changed', () => {
    const { ask } = opened()
    expect(ask('GET', {})).toMatchObject(named)
    expect(ask('HEAD', {})).toMatchObject(named)
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect(ask(method, { origin: sampleOrigin })).toMatchObject({ status: 403, code: 'no-secret' })
    }
  })

  test('with the secret opens what is changed, from our own origin only', () => {
    const { session, ask } = opened()
    const secret = { 'x-flotilla-session': session.secret }
    expect(ask('POST', { ...secret, origin: sampleOrigin })).toMatchObject(named)
    expect(ask('POST', secret)).toMatchObject({ status: 403, code: 'wrong-origin' })
    for (const origin of ['null', 'http://127.0.0.1:1', 'https://127.0.0.1:7400', 'http://evil.example', '']) {
      expect(ask('POST', { ...secret, origin })).toMatchObject({ status: 403, code: 'wrong-origin' })
    }
  })

  test('takes the secret of its own session only', () => {
    const { access, ask } = opened()
    const other = access.openByCode(access.ownCode())
    const wrong = [other?.secret ?? '', access.token, '', 'x'.repeat(43)]
    for (const secret of wrong) {
      const headers = { 'x-flotilla-session': secret, origin: sampleOrigin }
      expect(ask('POST', headers)).toMatchObject({ status: 403, code: 'no-secret' })
    }
  })

  test('is not heard where the browser says that another page asks', () => {
    const { ask } = opened()
    expect(ask('GET', { 'sec-fetch-site': 'same-origin' })).toMatchObject(named)
    expect(ask('GET', { 'sec-fetch-site': 'none' })).toMatchObject(named)
    for (const site of ['same-site', 'cross-site', 'something']) {
      expect(ask('GET', { 'sec-fetch-site': site })).toMatchObject({ status: 403, code: 'wrong-origin' })
    }
    expect(ask('GET', { origin: 'http://127.0.0.1:1' })).toMatchObject({ status: 403, code: 'wrong-origin' })
    expect(ask('POST', { 'sec-fetch-site': 'none' })).toMatchObject({ status: 403, code: 'wrong-origin' })
  })

  test('does not open what goes on for long, as streams, without the secret', () => {
    const { access, session } = opened()
    const ask = (headers: Readonly<Record<string, string>>): unknown =>
      access.caller(sampleRequest({ headers: { cookie: cookieOf(session), ...headers } }), samplePort, true)
    expect(ask({})).toMatchObject({ code: 'no-secret' })
    expect(ask({ 'x-flotilla-session': session.secret })).toMatchObject(named)
  })

  test('counts neither on another port, nor over TLS, nor beside a second one, nor as a key', () => {
    const { access, session } = opened()
    const ask = (cookie: string, port = samplePort, isEncrypted = false): unknown =>
      access.caller(sampleRequest({ headers: { cookie }, isEncrypted }), port)
    expect(ask(cookieOf(session), samplePort + 1)).toMatchObject({ status: 401 })
    expect(ask(cookieOf(session), samplePort, true)).toMatchObject({ status: 401 })
    expect(ask(`__Host-${cookieOf(session)}`, samplePort, true)).toMatchObject(named)
    expect(ask(`${cookieOf(session)}; flotilla_${samplePort}=planted`)).toMatchObject({ status: 401 })
    const bearer = { authorization: `Bearer ${session.cookie}` }
    expect(access.caller(sampleRequest({ headers: bearer }), samplePort)).toMatchObject({ code: 'wrong-key' })
  })
})

describe('a session ends', () => {
  test('when nobody has used it for long, and what it has open with it', () => {
    const { clock, ask, session } = opened()
    clock.advance(nodeLimitsDefaults.sessionIdleMsMax - 1)
    expect(ask('GET', {})).toMatchObject(named)
    clock.advance(nodeLimitsDefaults.sessionIdleMsMax - 1)
    expect(ask('GET', {})).toMatchObject(named)
    clock.advance(nodeLimitsDefaults.sessionIdleMsMax + nodeLimitsDefaults.sessionsLookedAtEveryMs)
    expect(session.caller.ended?.aborted).toBe(true)
    expect(ask('GET', {})).toMatchObject({ status: 401, code: 'session-ended' })
  })

  test('at the latest after a week, however much it is used', () => {
    const { clock, ask } = opened()
    const { sessionMsMax, sessionIdleMsMax } = nodeLimitsDefaults
    const answers: unknown[] = []
    for (let past = 0; past < sessionMsMax; past += sessionIdleMsMax / 2) {
      answers.push(ask('GET', {}))
      clock.advance(sessionIdleMsMax / 2)
    }
    expect(answers).toMatchObject(answers.map(() => named))
    expect(ask('GET', {})).toMatchObject({ status: 401, code: 'session-ended' })
  })

  test('also when the clock that counts stood still while the machine slept', () => {
    const { clock, ask } = opened()
    clock.setWall(clock.wallNow() + nodeLimitsDefaults.sessionMsMax)
    expect(ask('GET', {})).toMatchObject({ status: 401, code: 'session-ended' })
  })

  test('when somebody logs out, or the node stops', () => {
    const { access, ask, session } = opened()
    access.sessions.end(session.cookie)
    expect([session.caller.ended?.aborted, ask('GET', {})]).toMatchObject([true, { code: 'session-ended' }])
    const other = access.openByCode(access.ownCode())
    access[Symbol.dispose]()
    expect(other?.caller.ended?.aborted).toBe(true)
  })

  test('when its user is changed or removed', () => {
    const { access, accounts } = sampleAccess()
    const user = { name: 'ann', role: 'operator', password: '', mark: '1' } as const
    accounts.users.set('ann', user)
    const open = () => access.sessions.open({ name: 'ann', role: 'operator', account: '1' })
    const [first, second] = [open(), open()]
    access.recheck()
    expect(first.caller.ended?.aborted).toBe(false)
    accounts.users.set('ann', { ...user, role: 'viewer', mark: '2' })
    expect(access.sessions.find(first.cookie)).toBeUndefined()
    access.recheck()
    expect(second.caller.ended?.aborted).toBe(true)
  })

  test('when its user has opened too many, and nobody else’s does', () => {
    const { access, session } = opened()
    const { sessionsPerNameMax } = nodeLimitsDefaults
    const owner = { name: 'ann', role: 'viewer', account: '1' } as const
    const mine = Array.from({ length: sessionsPerNameMax + 3 }, () => access.sessions.open(owner))
    expect(mine.map(({ caller }) => caller.ended?.aborted)).toEqual(mine.map((_, index) => index < 3))
    expect(session.caller.ended?.aborted).toBe(false)
    expect(access.sessions.size).toBe(sessionsPerNameMax + 1)
  })
})

describe('a code', () => {
  test('opens once, and not when it is old or made up', () => {
    const { access, clock } = sampleAccess()
    const [code, late] = [access.ownCode(), access.ownCode()]
    expect(access.openByCode(code)).toMatchObject({ caller: named })
    expect(access.openByCode(code)).toBeUndefined()
    expect(access.openByCode(`${late.slice(0, -1)}!`)).toBeUndefined()
    clock.advance(nodeLimitsDefaults.loginCodeMs)
    expect(access.openByCode(late)).toBeUndefined()
  })

  test('opens for whoever has made it, and for as long as he may ask himself', () => {
    const { access } = sampleAccess()
    const ended = new AbortController()
    const maker = { name: 'ci', role: 'admin', via: 'token', ended: ended.signal } as const
    const [code, late] = [access.codes.make(maker).code, access.codes.make(maker).code]
    const session = access.openByCode(code)
    expect(session?.caller).toMatchObject({ name: 'ci', role: 'admin', via: 'session' })
    ended.abort()
    expect(session?.caller.ended?.aborted).toBe(true)
    expect(access.sessions.size).toBe(0)
    expect(access.openByCode(late)).toBeUndefined()
  })

  test('leaves when there are too many', () => {
    const { access } = sampleAccess()
    const codes = Array.from({ length: nodeLimitsDefaults.loginCodesMax + 1 }, () => access.ownCode())
    expect(codes.map((code) => access.openByCode(code) !== undefined)).toEqual(codes.map((_, index) => index > 0))
  })
})
