import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { Refusal } from '../reply.ts'

/** What a browser sends along, and whether it may be believed to come from our own page. */

export function isEncrypted({ socket }: IncomingMessage): boolean {
  return socket instanceof TLSSocket
}

/** Whether the request only asks, by its method. */
export function onlyReads({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD'
}

/**
 * What comes from a page of another origin is refused, whoever it is that asks. Only browsers send these headers, and
 * no page can forge them. A page cannot have a browser ask under our name from another origin without `Origin` where
 * something is changed; what is only read may come without, as when somebody types the address.
 */
export function originRefusal(request: IncomingMessage): Refusal | undefined {
  const { origin, host = '', 'sec-fetch-site': site } = request.headers
  const own = `${isEncrypted(request) ? 'https' : 'http'}://${host}`.toLowerCase()
  if (origin !== undefined && origin.toLowerCase() !== own) return wrongOrigin
  if (site === undefined || site === 'same-origin') return undefined
  // `none` is what people type, open from a bookmark, or click in another program.
  return site === 'none' && onlyReads(request) ? undefined : wrongOrigin
}

/** Two nodes on one machine share the host, and with it the cookies. */
function cookieNameOf(request: IncomingMessage, port: number): string {
  // A cookie of this prefix is taken by the browser only over TLS, for this host alone, and from nobody else.
  return isEncrypted(request) ? `__Host-flotilla_${port}` : `flotilla_${port}`
}

/** Undefined where there is none; where there are several, somebody has planted one, and none counts. */
export function cookieOf(request: IncomingMessage, port: number): string | undefined {
  const name = cookieNameOf(request, port)
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const values = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1))
  return values.length === 1 ? values[0] : undefined
}

/** Opens what is read for this browser, until it is closed or the session ends. */
export function sessionCookie(request: IncomingMessage, port: number, value: string): string {
  return `${cookieNameOf(request, port)}=${value}; ${attributesFor(request)}`
}

export function endedCookie(request: IncomingMessage, port: number): string {
  return `${cookieNameOf(request, port)}=; Max-Age=0; ${attributesFor(request)}`
}

function attributesFor(request: IncomingMessage): string {
  return `Path=/; HttpOnly; SameSite=Strict${isEncrypted(request) ? '; Secure' : ''}`
}

const wrongOrigin: Refusal = {
  status: 403,
  code: 'wrong-origin',
  message: 'this came from a page of another origin',
  hint: "use the node's own page, or a program that sends a token",
}
