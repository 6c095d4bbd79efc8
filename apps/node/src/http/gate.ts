import type { IncomingMessage } from 'node:http'
import { nodeLimitsDefaults } from '../limits.ts'
import { localSocketPort } from './caller.ts'
import { isEncrypted } from './callers/browser.ts'
import type { Refusal } from './reply.ts'

/**
 * Why a request is not even looked at; undefined if it is well formed and meant for us. `names`: under which this node
 * answers too, besides those of this machine itself; with a port, or under that on which it listens.
 */
export function gateRefusal(request: IncomingMessage, port: number, names: readonly string[]): Refusal | undefined {
  const { method = '', url = '' } = request
  if (!isOurHost(request, port, names)) return wrongHost
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
function isOurHost(request: IncomingMessage, port: number, names: readonly string[]): boolean {
  // A name leads to no socket of the file system.
  if (port === localSocketPort) return true
  const host = request.headers.host?.toLowerCase()
  if (host === undefined) return false
  const usualPort = isEncrypted(request) ? 443 : 80
  const ours = ['127.0.0.1', 'localhost', '[::1]', ownAddress(request), ...names.map((name) => name.toLowerCase())]
  return ours.some((name) => host === `${name}:${port}` || (host === name && (port === usualPort || hasPort(name))))
}

/** The address that this connection came to: whoever reached it there may call it so. */
function ownAddress({ socket: { localAddress = '' } }: IncomingMessage): string {
  const address = localAddress.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '')
  return address.includes(':') ? `[${address.split('%')[0] ?? ''}]` : address
}

function hasPort(name: string): boolean {
  return /[^:]:\d+$|\]:\d+$/.test(name)
}

const wrongHost: Refusal = {
  status: 403,
  code: 'wrong-host',
  message: 'this node does not answer under that name',
  hint: 'use the address that `./flotilla status` shows, or start the node with --allow-host and this name',
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
