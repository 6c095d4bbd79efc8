import { existsSync } from 'node:fs'
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { resolve } from 'node:path'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { readAccessFile, type AccessFile } from './access-file.ts'
import { NodeAnswer } from './node-answer.ts'
import type { NodePlace, RemoteNode } from './node-place.ts'
import { NodeRefusal } from './node-refusal.ts'
import { Agent, request } from './plain-http.ts'

export interface NodeQuestion {
  readonly method: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly signal?: AbortSignal
  /** A node that refuses what is still being sent would else close the connection before its refusal is read. */
  readonly staysOpen?: boolean
}

/** The way to a node, and what it means when that does not work. */
export class NodeConnection {
  readonly #place: string | RemoteNode
  readonly #url: URL
  readonly #options: (staysOpen: boolean) => RequestOptions
  /** The node that is meant, where it is asked through this one. */
  #relayedTo: string | undefined

  private constructor(place: string | RemoteNode, url: URL, options: (staysOpen: boolean) => RequestOptions) {
    this.#place = place
    this.#url = url
    this.#options = options
  }

  static async of(place: NodePlace): Promise<NodeConnection> {
    if (typeof place === 'object' && 'through' in place) {
      const connection = await NodeConnection.of(place.through)
      connection.#relayedTo = place.node
      return connection
    }
    if (typeof place !== 'string') return new NodeConnection(place, place.url, await optionsOf(place))
    const access = await readAccessFile(place)
    if (access === undefined) throw notRunning(place)
    const { url, socket } = access
    // Somebody may have tidied it away, and the node can be asked by its address all the same.
    const hasSocket = socket !== undefined && existsSync(socket)
    return new NodeConnection(place, url, hasSocket ? socketOptions(socket) : await optionsOf(access))
  }

  get url(): string {
    return this.#url.origin
  }

  request(path: string, { headers, staysOpen = false, ...options }: NodeQuestion): ClientRequest {
    const way = this.#options(staysOpen)
    const node = this.#relayedTo
    const meant = node === undefined ? path : relayedPath(options.method, node, path)
    // The path as it is: a URL would make something else of a name such as `..`.
    return request({ ...options, ...way, path: meant, headers: { ...(way.headers as object), ...headers } })
  }

  refusal(status: number, body: string): FlotillaError {
    const { code, message, hint } = refusalIn(body) ?? { code: '', message: `status ${status}`, hint: 'ask its log' }
    // A node knows the token of its own folder, so this is another program, on a port that a crash left to it.
    const place = this.#place
    if (status === 401) return typeof place === 'string' ? notRunning(place) : notLoggedIn(place, message)
    return new NodeRefusal(code, `the node refused: ${message}`, { hint })
  }

  /** `answerMsMax` where it was the time that was up. */
  failure(error: unknown, isLate: boolean, answerMsMax: number): Error {
    if (error instanceof FlotillaError) return error
    const { code = '' } = error as NodeJS.ErrnoException
    // A socket of the file system goes away with the node that has made it.
    const isAway = code === 'ECONNREFUSED' || code === 'ENOENT'
    if (isAway && typeof this.#place === 'string') return notRunning(this.#place, error)
    const said = error instanceof Error ? error.message : String(error)
    if (isDistrust(code)) return notTrusted(this.url, said, error)
    const what = isLate ? `did not answer within ${answerMsMax / 1_000} s` : `could not be asked (${said})`
    const isHere = typeof this.#place === 'string'
    return new FlotillaError('no-answer', `the node at ${this.url} ${what}`, {
      hint: isHere
        ? 'try again; if that does not help, stop it and start it again'
        : 'see whether it runs, listens on an address that others can reach (--host), and no firewall is between',
      cause: error,
    })
  }
}

/** Only the owner of the folder can open it, so there is nothing to show. */
function socketOptions(socketPath: string): (staysOpen: boolean) => RequestOptions {
  return (keepAlive) => ({ socketPath, agent: new Agent({ keepAlive }), headers: { Host: 'localhost' } })
}

async function optionsOf({
  url,
  token,
  fingerprint,
}: RemoteNode | AccessFile): Promise<(staysOpen: boolean) => RequestOptions> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isTls = url.protocol === 'https:'
  const port = Number(url.port) || (isTls ? 443 : 80)
  // TLS takes long to load, and most nodes are asked without it.
  const tls = isTls ? await import('./tls-agent.ts') : undefined
  const headers = { Host: url.host, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) }
  return (keepAlive) => ({
    host,
    port,
    headers,
    // An agent of its own, because the common one may be told by the environment to go through a proxy.
    agent: tls === undefined ? new Agent({ keepAlive }) : new tls.TlsAgent({ host, port, fingerprint }, { keepAlive }),
  })
}

/** Another node is only looked at through this one: what changes something there is for whoever may ask it itself. */
function relayedPath(method: string, node: string, path: string): string {
  if (method === 'GET') return `/v1/relay?${new URLSearchParams({ node, path }).toString()}`
  throw new FlotillaError(
    'only-reading',
    `through another node ${node} is only looked at, and this changes something`,
    {
      hint: 'run it on that machine, or ask that node itself with --at https://HOST:PORT',
    },
  )
}

export async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length
    if (size > cliLimitsDefaults.answerBytesMax) {
      throw new ProtocolError('wrong-answer', 'the answer is too long to be that of a node', {
        hint: 'see which program has the port',
      })
    }
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function refusalIn(body: string): Readonly<Record<'code' | 'message' | 'hint', string>> | undefined {
  try {
    const error = NodeAnswer.parse(body).object('error')
    return { code: error.text('code'), message: error.text('message'), hint: error.text('hint') }
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

function notRunning(folder: string, cause?: unknown): FlotillaError {
  return new FlotillaError('not-running', `no node runs on ${resolve(folder)}`, {
    hint: 'start one with `npm start` or `flotilla up`, or name its folder with --data',
    cause,
  })
}

function notLoggedIn({ url, token }: RemoteNode, said: string): FlotillaError {
  const hint = 'make one with `flotilla token create NAME` on a machine of that cluster'
  return token === undefined
    ? new FlotillaError('no-token', `${url.origin} wants a token, and none was given`, {
        hint: `set FLOTILLA_TOKEN or give --token-file FILE; ${hint}`,
      })
    : new FlotillaError('wrong-token', `${url.origin} does not take the token: ${said}`, {
        hint: `it is revoked, over, of another cluster, or that node has not heard of it yet; ${hint}`,
      })
}

/** What Node says of a certificate that nobody vouches for, or that is another's. */
function isDistrust(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/.test(code)
}

function notTrusted(url: string, said: string, cause: unknown): FlotillaError {
  return new FlotillaError('not-trusted', `nobody vouches for the certificate of ${url} (${said})`, {
    hint: 'give --fingerprint with what `flotilla status` shows on that machine, or set FLOTILLA_FINGERPRINT',
    cause,
  })
}
