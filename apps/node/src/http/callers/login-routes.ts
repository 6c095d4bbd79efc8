import type { IncomingMessage } from 'node:http'
import type { Logger } from '@flotilla/core/observe'
import { moment, object, text } from '../../schema/building.ts'
import type { Access } from '../access.ts'
import { openPosted, posted } from '../described.ts'
import { jsonReply, refusalReply, type Reply } from '../reply.ts'
import type { AnyRoute, OpenQuestion } from '../route.ts'
import { cookieOf, endedCookie, originRefusal, sessionCookie } from './browser.ts'
import { tooManyLogins, wrongLogin } from './caller-refusals.ts'
import { loginDocument, openedAnswer, sessionAnswer, type LoginDocument } from './login-schemas.ts'
import type { OpenedSession } from './sessions.ts'

export interface LoginRoutesOptions {
  readonly access: Access
  readonly logger: Logger
  /** The address of the page, such as `http://127.0.0.1:7400`. */
  readonly url: () => string
}

/** The address that opens the page for whoever has it, once. What comes after `#` is sent to no server. */
export function codeUrl(url: string, code: string): string {
  return `${url}/login#code=${code}`
}

/** How a browser comes to a session, and how that ends. */
export function loginRoutes(options: LoginRoutesOptions): readonly AnyRoute[] {
  const { access, logger, url } = options
  return [
    openPosted({
      path: '/v1/login',
      about: {
        summary: 'open a session of a browser',
        detail: 'The answer sets a cookie, and has the secret that goes with everything that changes something.',
        document: loginDocument,
        answer: openedAnswer,
      },
      openPost: (document, question) => login(options, document, question),
    }),
    openPosted({
      path: '/v1/logout',
      about: { summary: 'end a session of a browser', answer: object({}) },
      openPost(_document, { request, port }) {
        const refusal = originRefusal(request)
        if (refusal !== undefined) return refusalReply(refusal)
        const cookie = cookieOf(request, port)
        const secret = String(request.headers['x-flotilla-session'] ?? '')
        // Without the secret only this browser forgets it.
        if (cookie !== undefined && access.sessions.isSecret(cookie, secret)) access.sessions.end(cookie)
        return { ...jsonReply(200, {}), headers: { 'Set-Cookie': endedCookie(request, port) } }
      },
    }),
    {
      path: '/v1/session',
      open: true,
      about: { summary: 'who asks, and how long that holds', answer: sessionAnswer },
      async answer({ request, port }) {
        const caller = await access.caller(request, port)
        if (!('role' in caller)) return refusalReply(caller)
        const { name, role, via } = caller
        const cookie = via === 'session' ? cookieOf(request, port) : undefined
        const session = cookie === undefined ? undefined : access.sessions.find(cookie)
        const ends = { idleEndsAt: iso(session?.idleEndsAt), endsAt: iso(session?.endsAt) }
        return jsonReply(200, { name, role, via, ...ends })
      },
    },
    posted({
      path: '/v1/login-codes',
      role: 'admin',
      about: {
        summary: 'make a code that opens the page once, in the next minutes',
        answer: object({ code: text(), url: text(), expiresAt: moment() }),
      },
      post(_document, caller) {
        const { code, expiresAt } = access.codes.make(caller)
        logger.info({ part: 'callers' }, 'made a code to log in with, as told')
        return { code, url: codeUrl(url(), code), expiresAt: new Date(expiresAt).toISOString() }
      },
    }),
  ]
}

async function login(
  { access, logger }: LoginRoutesOptions,
  document: LoginDocument,
  { request, port }: Pick<OpenQuestion, 'request' | 'port'>,
): Promise<Reply> {
  const refusal = originRefusal(request)
  if (refusal !== undefined) return refusalReply(refusal)
  const address = request.socket.remoteAddress ?? 'socket'
  const byCode = 'code' in document
  const name = byCode ? undefined : document.name
  const waitMs = access.attempts.take(address, name)
  if (waitMs > 0) {
    logger.warn({ part: 'callers', from: address }, 'somebody tried to log in too often')
    return refusalReply(tooManyLogins(waitMs))
  }
  const session = byCode
    ? access.openByCode(document.code)
    : await access.openByPassword(document.name, document.password)
  if (session === undefined) {
    // Not under which name: some type their password there.
    logger.warn({ part: 'callers', from: address }, 'somebody could not log in')
    return refusalReply(wrongLogin)
  }
  if (name !== undefined) access.attempts.succeeded(address, name)
  logger.info(
    { part: 'callers', from: address, name: session.caller.name, by: byCode ? 'code' : 'password' },
    'logged in',
  )
  return openedReply(request, port, session)
}

function openedReply(request: IncomingMessage, port: number, session: OpenedSession): Reply {
  const { caller, cookie, secret, idleEndsAt, endsAt } = session
  const { name, role, via } = caller
  const reply = jsonReply(200, { name, role, via, secret, idleEndsAt: iso(idleEndsAt), endsAt: iso(endsAt) })
  return { ...reply, headers: { 'Set-Cookie': sessionCookie(request, port, cookie) } }
}

function iso(wallMs: number | undefined): string | null {
  return wallMs === undefined ? null : new Date(wallMs).toISOString()
}
