import type { IncomingMessage } from 'node:http'
import { moment, object, text } from '../../schema/building.ts'
import type { Access } from '../access.ts'
import { beingLookedAt } from '../connection-places.ts'
import { openPosted, posted } from '../described.ts'
import { jsonReply, refusalReply, type Reply } from '../reply.ts'
import type { AnyRoute, OpenQuestion } from '../route.ts'
import { cookieOf, endedCookie, originRefusal, sessionCookie } from './browser.ts'
import { tooManyLogins, wrongLogin } from './caller-refusals.ts'
import { LoginAudit, type LoginAuditOptions } from './login-audit.ts'
import { loginDocument, openedAnswer, sessionAnswer, type LoginDocument } from './login-schemas.ts'
import type { OpenedSession } from './sessions.ts'

export interface LoginRoutesOptions extends LoginAuditOptions {
  readonly access: Access
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
  const audit = new LoginAudit(options)
  return [
    openPosted({
      path: '/v1/login',
      about: {
        summary: 'open a session of a browser',
        detail: 'The answer sets a cookie, and has the secret that goes with everything that changes something.',
        document: loginDocument,
        answer: openedAnswer,
      },
      openPost: (document, question) => login({ access, logger, audit }, document, question),
    }),
    openPosted({
      path: '/v1/logout',
      about: { summary: 'end a session of a browser', answer: object({}) },
      async openPost(_document, { request, port }) {
        const refusal = originRefusal(request)
        if (refusal !== undefined) return refusalReply(refusal)
        const cookie = cookieOf(request, port)
        const secret = String(request.headers['x-flotilla-session'] ?? '')
        // Without the secret only this browser forgets it.
        if (cookie !== undefined && access.sessions.isSecret(cookie, secret)) {
          const session = access.sessions.find(cookie)
          access.sessions.end(cookie)
          if (session !== undefined) await audit.ended(session.caller, addressOf(request))
        }
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
  { access, logger, audit }: Pick<LoginRoutesOptions, 'access' | 'logger'> & { readonly audit: LoginAudit },
  document: LoginDocument,
  { request, port }: Pick<OpenQuestion, 'request' | 'port'>,
): Promise<Reply> {
  const refusal = originRefusal(request)
  if (refusal !== undefined) return refusalReply(refusal)
  const address = addressOf(request)
  const byCode = 'code' in document
  const name = byCode ? undefined : document.name
  const attempt = { from: address, by: byCode ? 'code' : 'password' } as const
  const waitMs = access.attempts.take(address, name)
  if (waitMs > 0) {
    logger.warn({ part: 'callers', from: address }, 'somebody tried to log in too often')
    return refusalReply(tooManyLogins(waitMs))
  }
  // It takes half a second, in which a flood of connections must not push this one out.
  if (!byCode) request.emit(beingLookedAt)
  const session = byCode
    ? access.openByCode(document.code)
    : await access.openByPassword(document.name, document.password)
  if (session === undefined) {
    // Not under which name: some type their password there.
    logger.warn({ part: 'callers', from: address }, 'somebody could not log in')
    await audit.refused(attempt)
    return refusalReply(wrongLogin)
  }
  if (name !== undefined) access.attempts.succeeded(address, name)
  logger.info({ part: 'callers', ...attempt, name: session.caller.name }, 'logged in')
  await audit.opened(session.caller, attempt)
  return openedReply(request, port, session)
}

function openedReply(request: IncomingMessage, port: number, session: OpenedSession): Reply {
  const { caller, cookie, secret, idleEndsAt, endsAt } = session
  const { name, role, via } = caller
  const reply = jsonReply(200, { name, role, via, secret, idleEndsAt: iso(idleEndsAt), endsAt: iso(endsAt) })
  return { ...reply, headers: { 'Set-Cookie': sessionCookie(request, port, cookie) } }
}

function addressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? 'socket'
}

function iso(wallMs: number | undefined): string | null {
  return wallMs === undefined ? null : new Date(wallMs).toISOString()
}
