import type { Refusal } from '../reply.ts'

const whereTheKeyIs = 'log in on its page (`flotilla open`), or send a token as `Authorization: Bearer`'
const challenge = { 'WWW-Authenticate': 'Bearer realm="flotilla"' }

export const noKey: Refusal = {
  status: 401,
  code: 'no-key',
  message: 'who asks here has to say who it is',
  hint: whereTheKeyIs,
  headers: challenge,
}

export const sessionEnded: Refusal = {
  status: 401,
  code: 'session-ended',
  message: 'this session is over',
  hint: 'log in again',
  headers: challenge,
}

export const wrongKey: Refusal = {
  status: 401,
  code: 'wrong-key',
  message: 'this is neither the key of the node, which has a new one after every start, nor a token that is good',
  hint: whereTheKeyIs,
  headers: { 'WWW-Authenticate': 'Bearer realm="flotilla", error="invalid_token"' },
}

/** One for whatever is wrong: which of the two it is, a stranger is not told. */
export const wrongLogin: Refusal = {
  status: 401,
  code: 'wrong-login',
  message: 'the name or the password is wrong, or the code was used already or is too old',
  hint: 'try again; `flotilla open` makes a new code',
}

export const noSecret: Refusal = {
  status: 403,
  code: 'no-secret',
  message: 'the cookie alone says who asks, and opens nothing',
  hint: "send the session's secret as `X-Flotilla-Session`; log in again if it is lost",
}

export const wrongTicket: Refusal = {
  status: 403,
  code: 'wrong-ticket',
  message: 'this ticket was used already, is older than a minute, or is for another blob or session',
  hint: 'fetch the blob from the page again, which asks for a new one',
}

export const noOrigin: Refusal = {
  status: 403,
  code: 'wrong-origin',
  message: 'a session changes something only from the page of this node',
  hint: "use the node's own page, or a program that sends a token",
}

export const fromProxy: Refusal = {
  status: 403,
  code: 'wrong-origin',
  message:
    'the socket of the data folder is for programs of its owner, and this came from a browser or through a proxy',
  hint: 'let the proxy use the address of the node; who comes through the socket may everything',
}

export function tooManyKeys(waitMs: number): Refusal {
  return tooMany('too-many-wrong-keys', 'too many wrong keys came in a short time', waitMs, 'the right key is answered')
}

export function tooManyLogins(waitMs: number): Refusal {
  return tooMany('too-many-logins', 'too many have tried to log in', waitMs, '`flotilla` on that machine itself works')
}

function tooMany(code: string, message: string, waitMs: number, also: string): Refusal {
  const seconds = Math.ceil(waitMs / 1_000)
  const headers = { 'Retry-After': String(seconds) }
  return { status: 429, code, message, hint: `wait ${seconds} s; ${also} at any time`, headers }
}
