import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import type { Stage } from './stage.ts'

const dist = join(import.meta.dirname, '../dist')

/** As the node sends them, so that what a policy forbids is seen here too. */
const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
}

/**
 * Plays a node: it serves the page as it was built, and answers what it is asked with what the stage says. So every
 * page can be looked at in every state, at no cost.
 */
export class StagedNode implements AsyncDisposable {
  readonly port: number
  readonly posts: { readonly path: string; readonly document: unknown }[] = []
  stage: Stage
  /** Undefined: nobody is logged in. */
  secret: string | undefined = 'staged'
  readonly #server: Server
  readonly #streams = new Set<ServerResponse>()
  readonly #timer: NodeJS.Timeout

  private constructor(server: Server, stage: Stage) {
    this.#server = server
    this.stage = stage
    this.port = (server.address() as AddressInfo).port
    server.on('request', (request, response) => void this.#answer(request, response))
    this.#timer = setInterval(() => this.tell({ event: 'beat' }), 1_000)
  }

  static async open(stage: Stage): Promise<StagedNode> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new StagedNode(server, stage)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** To everybody who watches. */
  tell(event: object): void {
    for (const stream of this.#streams) stream.write(`data: ${JSON.stringify(event)}\n\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const path = url.pathname
    if (!path.startsWith('/v1/')) return this.#file(path, response)
    const document = request.method === 'POST' ? await documentOf(request) : undefined
    if (document !== undefined) this.posts.push({ path, document })
    if (path === '/v1/login') return this.#login(document as LoginDocument, response)
    if (this.secret === undefined) return refuse(response, 401, 'session-ended', 'the session is over', 'log in again')
    if (path === '/v1/session') return json(response, 200, this.#session())
    if (path === '/v1/live') return this.#live(url, response)
    const answer = this.stage.answer(`${path}${url.search}`, document)
    if (Array.isArray(answer)) return this.#events(answer as object[], response)
    if (answer === undefined) return refuse(response, 404, 'not-found', 'there is nothing here', 'see the stage')
    json(response, 200, answer)
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const name = path === '/' || path === '/login' ? 'index.html' : path.slice(1)
    const type = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' }
    try {
      const bytes = brotliDecompressSync(await readFile(join(dist, `${name}.br`)))
      const extension = name.split('.').at(-1) as keyof typeof type
      response.writeHead(200, { ...headers, 'Content-Type': type[extension] }).end(bytes)
    } catch {
      response.writeHead(404, headers).end()
    }
  }

  #login(document: LoginDocument, response: ServerResponse): void {
    if (document.code === 'good' || document.password === 'good') {
      this.secret = 'staged'
      return json(response, 200, { ...this.#session(), secret: 'staged' })
    }
    refuse(response, 401, 'wrong-login', 'the name, the password or the code is wrong', 'try again, or ask an admin')
  }

  #session(): object {
    return { name: 'ada', role: this.stage.role, via: 'session', idleEndsAt: null, endsAt: null }
  }

  #live(url: URL, response: ServerResponse): void {
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream; charset=utf-8' })
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
    response.write('data: {"event":"beat"}\n\n')
    for (const topic of (url.searchParams.get('topics') ?? '').split(',')) {
      const value = this.stage.topic(topic)
      const event = value === undefined ? { error: noTopic } : { value }
      response.write(`data: ${JSON.stringify({ event: 'live', topic, ...event })}\n\n`)
    }
  }

  #events(events: readonly object[], response: ServerResponse): void {
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream; charset=utf-8' })
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`)
    response.end()
  }
}

interface LoginDocument {
  readonly code?: string
  readonly password?: string
}

const noTopic = { code: 'not-found', message: 'the stage has no such topic', hint: 'add it' }

async function documentOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString())
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { ...headers, 'Content-Type': 'application/json' }).end(JSON.stringify(value))
}

function refuse(response: ServerResponse, status: number, code: string, message: string, hint: string): void {
  json(response, status, { error: { code, message, hint } })
}
