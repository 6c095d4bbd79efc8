import type { IncomingMessage } from 'node:http'
import { nodeLimitsDefaults } from '../limits.ts'
import type { Refusal } from './reply.ts'

/** Why a request is not even looked at; undefined if it is well formed and meant for us. */
export function gateRefusal(request: IncomingMessage, port: number): Refusal | undefined {
  const { method = '', url = '' } = request
  if (!isOurHost(request, port)) return wrongHost
  if (!['GET', 'HEAD', 'POST', 'PUT', 'DELETE'].includes(method)) return wrongMethod
  if (url.length > nodeLimitsDefaults.urlLengthMax) return longUrl
  // Neither the absolute form that proxies use, nor `//…` and `/\\…`, which a URL parser takes for another host.
  const isPath = url.startsWith('/') && URL.parse(url, 'http://localhost')?.host === 'localhost'
  return isPath ? undefined : wrongUrl
}

/**
 * A page of the internet can have its own name resolve to this machine, and then its script is of the same origin as
 * what answers here ("DNS rebinding"). Only the name that it came under gives it away.
 */
function isOurHost(request: IncomingMessage, port: number): boolean {
  const host = request.headers.host?.toLowerCase()
  const names = ['127.0.0.1', 'localhost', '[::1]']
  return names.some((name) => host === `${name}:${port}` || (port === 80 && host === name))
}

const wrongHost: Refusal = {
  status: 403,
  code: 'wrong-host',
  message: 'this node answers only under the names of this machine itself',
  hint: 'use the address that `./flotilla status` shows',
}

const wrongMethod: Refusal = {
  status: 405,
  code: 'wrong-method',
  message: 'this node answers no such method',
  hint: 'use GET, HEAD, POST, PUT or DELETE',
  headers: { Allow: 'GET, HEAD, POST, PUT, DELETE' },
}

const longUrl: Refusal = {
  status: 414,
  code: 'long-url',
  message: 'the address is too long',
  hint: `use at most ${nodeLimitsDefaults.urlLengthMax} characters`,
}

const wrongUrl: Refusal = {
  status: 400,
  code: 'wrong-url',
  message: 'the address is no path on this node',
  hint: 'write it as /v1/node',
}
