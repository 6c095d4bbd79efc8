import { describe, expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../../limits.ts'
import { sampleAccess, samplePort, sampleRequest } from '../../testing/sample-access.ts'
import type { OpenedSession } from './sessions.ts'

const { blobTicketMs, blobTicketsMax, blobTicketsPerSessionMax } = nodeLimitsDefaults

function scene() {
  const sample = sampleAccess()
  const { access } = sample
  const open = (): OpenedSession => {
    const session = access.openByCode(access.ownCode())
    if (session === undefined) throw new Error('the code opened nothing')
    return session
  }
  /** As a browser asks that follows a link. */
  const show = ({ cookie }: OpenedSession, ticket: string, ref = 'a/b'): unknown => {
    const request = sampleRequest({ headers: { cookie: `flotilla_${samplePort}=${cookie}` } })
    return access.caller(request, samplePort, true, { ticket, ref })
  }
  return { ...sample, open, show }
}

const opened = { via: 'session' }
const refused = { status: 403, code: 'wrong-ticket' }

describe('a ticket', () => {
  test('opens its blob once, and nothing else', () => {
    const { access, open, show } = scene()
    const session = open()
    const make = (ref = 'a/b'): string => access.tickets.make(session.caller, ref).ticket
    const ticket = make()
    expect(show(session, ticket)).toMatchObject(opened)
    expect(show(session, ticket)).toMatchObject(refused)
    expect(show(session, make('a'))).toMatchObject(refused)
    for (const wrong of ['', 'x'.repeat(43), session.secret]) expect(show(session, wrong)).toMatchObject(refused)
  })

  test('is of no use to another session, nor after its own has ended', () => {
    const { access, open, show } = scene()
    const [mine, other] = [open(), open()]
    const { ticket } = access.tickets.make(mine.caller, 'a/b')
    expect(show(other, ticket)).toMatchObject(refused)
    expect(show(mine, ticket)).toMatchObject(refused)
    const late = access.tickets.make(mine.caller, 'a/b').ticket
    access.sessions.end(mine.cookie)
    expect(show(mine, late)).toMatchObject({ status: 401 })
    expect(access.tickets.redeem({ ticket: late, ref: 'a/b' }, mine.caller)).toBe(false)
  })

  test('is good for a minute', () => {
    const { access, clock, open, show } = scene()
    const session = open()
    const [first, second] = [1, 2].map(() => access.tickets.make(session.caller, 'a/b').ticket)
    clock.advance(blobTicketMs - 1)
    expect(show(session, first ?? '')).toMatchObject(opened)
    clock.advance(1)
    expect(show(session, second ?? '')).toMatchObject(refused)
  })

  test('is for sessions only', () => {
    const { access } = scene()
    expect(() => access.tickets.make({ name: 'ann', role: 'viewer', via: 'token' }, 'a')).toThrow('of a browser')
  })

  test('leaves room for those of others', () => {
    const { access, open, show } = scene()
    const [mine, other] = [open(), open()]
    const { ticket } = access.tickets.make(other.caller, 'a/b')
    for (let made = 0; made <= blobTicketsMax; made++) access.tickets.make(mine.caller, 'a/b')
    expect(access.tickets.size).toBe(blobTicketsPerSessionMax + 1)
    expect(show(other, ticket)).toMatchObject(opened)
  })
})
