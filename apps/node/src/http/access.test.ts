import { nodeEntropy } from '@flotilla/core/random/node'
import { describe, expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../limits.ts'
import { sampleAccess, sampleOrigin, samplePort, sampleRequest, type SampleAccess } from '../testing/sample-access.ts'
import { localSocketPort } from './caller.ts'
import { tokenAudience, tokenType } from './callers/api-tokens.ts'

const id = '0123456789abcdef0123456789abcdef'
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const head = { alg: 'EdDSA', typ: tokenType }

function withToken() {
  const sample = sampleAccess()
  const now = sample.clock.wallNow()
  const until = now + 60_000
  sample.accounts.tokens.set(id, { id, name: 'ci', role: 'operator', until })
  const claims = { iss: 'sample', aud: tokenAudience, sub: 'ci', jti: id, role: 'operator', exp: until / 1_000 }
  const made = (change: object = {}, header: object = head, key?: Uint8Array): string => {
    const text = `${encoded(header)}.${encoded({ ...claims, ...change })}`
    return `${text}.${sample.accounts.sign(text, key)}`
  }
  const ask = async (token: string): Promise<unknown> =>
    await sample.access.caller(sampleRequest({ headers: { authorization: `Bearer ${token}` } }), samplePort)
  return { ...sample, made, ask }
}

describe('an API token', () => {
  test('says who asks and what he may, from anywhere, and again without its signature being looked at', async () => {
    const { ask, made, access } = withToken()
    const ci = { name: 'ci', role: 'operator', via: 'token' }
    expect(await ask(made())).toMatchObject(ci)
    const request = sampleRequest({ headers: { authorization: `Bearer ${made()}` }, from: '192.0.2.7', method: 'POST' })
    expect(access.caller(request, samplePort)).toMatchObject(ci)
  })

  test('is worth nothing when anything in it is another, whoever has signed it', async () => {
    const { ask, made } = withToken()
    const wrong: readonly string[] = [
      made({ role: 'admin' }),
      made({ sub: 'other' }),
      made({ iss: 'another-cluster' }),
      made({ aud: 'something' }),
      made({ jti: id.replace('0', '1') }),
      made({ jti: undefined }),
      made({ exp: undefined }),
      made({ exp: 1 }),
      made({ nbf: 4_000_000_000 }),
      made({}, { ...head, typ: 'JWT' }),
      made({}, { alg: 'EdDSA' }),
      made({}, { ...head, alg: 'HS256' }),
      made({}, { ...head, alg: 'none' }),
      made({}, { ...head, crit: ['x'], x: 1 }),
      made({}, head, nodeEntropy().bytes(32)),
      `${encoded({ ...head, alg: 'none' })}.${made().split('.')[1]}.`,
      `${made().slice(0, -8)}AAAAAAAA`,
      made().replace(/\.[^.]*$/, `.${'A'.repeat(86)}`),
      `${made()}.x`,
    ]
    for (const token of wrong) {
      expect([token, await ask(token)]).toMatchObject([
        token,
        { status: expect.toSatisfy((s) => s === 401 || s === 429) as number },
      ])
    }
    expect(await ask(made())).toMatchObject({ name: 'ci' })
  })

  test('is worth nothing when its time is over, when it is revoked, and where nobody has told of it', async () => {
    const first = withToken()
    const caller = (await first.ask(first.made())) as { readonly ended: AbortSignal }
    first.clock.advance(60_000)
    expect(await first.ask(first.made())).toMatchObject({ status: 401, code: 'wrong-key' })
    expect(caller.ended.aborted).toBe(true)
    const second = withToken()
    const other = (await second.ask(second.made())) as { readonly ended: AbortSignal }
    second.accounts.tokens.clear()
    second.access.recheck()
    expect(other.ended.aborted).toBe(true)
    expect(await second.ask(second.made())).toMatchObject({ status: 401, code: 'wrong-key' })
  })
})

describe('the key of this life', () => {
  const ask = ({ access }: SampleAccess, key: string, from: string, to = '192.0.2.1'): unknown =>
    access.caller(sampleRequest({ headers: { authorization: `Bearer ${key}` }, from, to }), samplePort)

  test('opens everything on this machine, and nothing from another one', () => {
    const sample = sampleAccess()
    for (const from of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '192.0.2.1']) {
      expect(ask(sample, sample.access.token, from)).toMatchObject({ name: 'local', role: 'admin', via: 'key' })
    }
    for (const from of ['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::1', '127.evil']) {
      expect(ask(sample, sample.access.token, from)).toMatchObject({ code: 'wrong-key' })
    }
  })

  test('opens however many wrong ones came, which are refused sooner then', () => {
    const sample = sampleAccess()
    const wrong = Array.from({ length: nodeLimitsDefaults.wrongKeysBurst + 1 }, () => ask(sample, 'wrong', '127.0.0.1'))
    expect(wrong.at(0)).toMatchObject({ status: 401, code: 'wrong-key' })
    expect(wrong.at(-1)).toMatchObject({ status: 429, headers: { 'Retry-After': '1' } })
    expect(ask(sample, sample.access.token, '127.0.0.1')).toMatchObject({ via: 'key' })
    expect(ask(sample, '', '127.0.0.1')).toMatchObject({ status: 429 })
  })

  test('does not open for a page of another origin that has got hold of it', () => {
    const { access } = sampleAccess()
    const headers = { authorization: `Bearer ${access.token}`, origin: 'http://evil.example' }
    expect(access.caller(sampleRequest({ headers }), samplePort)).toMatchObject({ code: 'wrong-origin' })
    expect(access.caller(sampleRequest({ headers: { ...headers, origin: sampleOrigin } }), samplePort)).toMatchObject({
      via: 'key',
    })
  })
})

describe('who comes through the socket', () => {
  test('is the owner, and needs to show nothing', () => {
    const { access } = sampleAccess()
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(access.caller(sampleRequest({ method }), localSocketPort)).toMatchObject({ role: 'admin', via: 'socket' })
    }
  })

  test('is not a browser, and nobody for whom something else has opened it', () => {
    const { access } = sampleAccess()
    for (const name of ['origin', 'sec-fetch-site', 'x-forwarded-for', 'forwarded', 'via', 'x-real-ip']) {
      const request = sampleRequest({ headers: { [name]: 'x' } })
      expect(access.caller(request, localSocketPort)).toMatchObject({ status: 403, code: 'wrong-origin' })
    }
  })
})

test('who shows nothing is told what to show, whatever he asks for', () => {
  const { access } = sampleAccess()
  for (const headers of [{}, { cookie: 'a=b' }, { cookie: `flotilla_${samplePort}` }]) {
    const found = access.caller(sampleRequest({ headers }), samplePort)
    expect(found).toMatchObject({ status: 401, code: 'no-key', headers: { 'WWW-Authenticate': /^Bearer/ } })
  }
  const basic = sampleRequest({ headers: { authorization: `Basic ${access.token}` } })
  expect(access.caller(basic, samplePort)).toMatchObject({ status: 401 })
})

describe('the name that a request comes under', () => {
  const refused = ({ access }: SampleAccess, host: string | undefined, more: object = {}): string | undefined => {
    const request = sampleRequest(more)
    if (host === undefined) delete request.headers.host
    else request.headers.host = host
    return access.gateRefusal(request, samplePort)?.code
  }

  test('is one of this machine', () => {
    const sample = sampleAccess()
    for (const host of ['127.0.0.1:7400', 'localhost:7400', 'LOCALHOST:7400', '[::1]:7400']) {
      expect(refused(sample, host)).toBeUndefined()
    }
    const wrong = [
      undefined,
      '',
      'localhost',
      'evil.example',
      'evil.example:7400',
      '127.0.0.1:1',
      'localhost:7400.evil',
    ]
    for (const host of [...wrong, '192.0.2.1:7400', 'x@127.0.0.1:7400'])
      expect(refused(sample, host)).toBe('wrong-host')
  })

  test('is the address that it came to, however that is written', () => {
    const sample = sampleAccess()
    expect(refused(sample, '192.0.2.1:7400', { to: '192.0.2.1' })).toBeUndefined()
    expect(refused(sample, '192.0.2.1:7400', { to: '::ffff:192.0.2.1' })).toBeUndefined()
    expect(refused(sample, '[2001:db8::1]:7400', { to: '2001:db8::1' })).toBeUndefined()
    expect(refused(sample, '192.0.2.2:7400', { to: '192.0.2.1' })).toBe('wrong-host')
  })

  test('is one that was allowed, under our port or under one that was allowed with it', () => {
    const sample = sampleAccess(['node.example', 'Gate.Example:443', '[2001:db8::7]:8443'])
    for (const host of ['node.example:7400', 'gate.example:443', 'gate.example:7400', '[2001:db8::7]:8443']) {
      const expected = host === 'gate.example:7400' ? 'wrong-host' : undefined
      expect([host, refused(sample, host)]).toEqual([host, expected])
    }
    expect(refused(sample, 'node.example')).toBe('wrong-host')
    expect(refused(sample, 'sub.node.example:7400')).toBe('wrong-host')
  })
})
