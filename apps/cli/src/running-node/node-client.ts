import { Agent, request, type IncomingMessage } from 'node:http'
import { resolve } from 'node:path'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { readAccessFile, type AccessFile } from './access-file.ts'
import { NodeAnswer } from './node-answer.ts'
import { NodeEvents } from './node-events.ts'
import { NodeRefusal } from './node-refusal.ts'

/** What a node says of itself, as far as it is shown. */
export interface NodeFigures {
  readonly name: string
  readonly id: string
  readonly version: string
  readonly life: number
  readonly pid: number
  readonly startedAt: string
  readonly uptimeSeconds: number
  readonly dataFolder: string
  readonly sqliteBytes: number
  readonly diskFreeBytes: number
  readonly historyRows: number
  readonly residentBytes: number
}

export interface HistoryRow {
  readonly id: number
  readonly life: number
  readonly type: string
  readonly at: string
  readonly version: string
}

/** Asks the node that runs on a data folder; whatever goes wrong is a `FlotillaError`, `not-running` among them. */
export class NodeClient {
  readonly #folder: string
  readonly #access: AccessFile

  private constructor(folder: string, access: AccessFile) {
    this.#folder = folder
    this.#access = access
  }

  static async of(folder: string): Promise<NodeClient> {
    const access = await readAccessFile(folder)
    if (access === undefined) throw notRunning(folder)
    return new NodeClient(folder, access)
  }

  get url(): string {
    return this.#access.url.origin
  }

  async figures(): Promise<NodeFigures> {
    const said = await this.#ask('/v1/node')
    return this.#decoded(said, (answer) => ({
      name: answer.text('name'),
      id: answer.text('id'),
      version: answer.text('version'),
      life: answer.count('life'),
      pid: answer.count('pid'),
      startedAt: answer.text('startedAt'),
      uptimeSeconds: answer.amount('uptimeSeconds'),
      dataFolder: answer.text('dataFolder'),
      sqliteBytes: answer.object('storage').amount('sqliteBytes'),
      diskFreeBytes: answer.object('storage').amount('diskFreeBytes'),
      historyRows: answer.object('storage').count('historyRows'),
      residentBytes: answer.object('memory').amount('residentBytes'),
    }))
  }

  /** At most so many, the newest first. */
  async history(rows: number): Promise<readonly HistoryRow[]> {
    const said = await this.#ask(`/v1/history?limit=${rows}`)
    return this.#decoded(said, (answer) =>
      answer.list('history').map((row) => ({
        id: row.count('id'),
        life: row.count('life'),
        type: row.text('type'),
        at: row.text('at'),
        version: row.text('version'),
      })),
    )
  }

  async get<Value>(path: string, decode: (answer: NodeAnswer) => Value): Promise<Value> {
    return this.#decoded(await this.#ask(path), decode)
  }

  /** Has the node do something, within that time. */
  async post<Value>(
    path: string,
    document: object,
    decode: (answer: NodeAnswer) => Value,
    answerMsMax: number = cliLimitsDefaults.answerMsMax,
  ): Promise<Value> {
    return this.#decoded(await this.#ask(path, { body: JSON.stringify(document), answerMsMax }), decode)
  }

  /** What a node says again and again, until it is done or `signal` aborts. A document is posted. */
  async events(path: string, signal: AbortSignal, document?: object): Promise<NodeEvents> {
    const { answerMsMax } = cliLimitsDefaults
    const begun = new AbortController()
    const timer = setTimeout(() => begun.abort(), answerMsMax)
    const post = document === undefined ? undefined : { body: JSON.stringify(document), answerMsMax }
    try {
      const response = await this.#answered(path, AbortSignal.any([signal, begun.signal]), post)
      if (response.statusCode !== 200) throw this.#refusal(response.statusCode ?? 0, await textOf(response))
      return new NodeEvents(response, this.url)
    } catch (error) {
      throw this.#failure(error, begun.signal.aborted, answerMsMax)
    } finally {
      clearTimeout(timer)
    }
  }

  async #ask(path: string, post?: Post): Promise<string> {
    const answerMsMax = post?.answerMsMax ?? cliLimitsDefaults.answerMsMax
    const signal = AbortSignal.timeout(answerMsMax)
    try {
      const response = await this.#answered(path, signal, post)
      const body = await textOf(response)
      if (response.statusCode === 200) return body
      throw this.#refusal(response.statusCode ?? 0, body)
    } catch (error) {
      throw this.#failure(error, signal.aborted, answerMsMax)
    }
  }

  #refusal(status: number, body: string): FlotillaError {
    // A node knows the token of its own folder, so this is another program, on a port that a crash left to it.
    if (status === 401) return notRunning(this.#folder)
    const { code, message, hint } = refusalIn(body) ?? { code: '', message: `status ${status}`, hint: 'ask its log' }
    return new NodeRefusal(code, `the node refused: ${message}`, { hint })
  }

  #failure(error: unknown, isLate: boolean, answerMsMax: number): Error {
    if (error instanceof FlotillaError) return error
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return notRunning(this.#folder, error)
    const what = isLate
      ? `did not answer within ${answerMsMax / 1_000} s`
      : `could not be asked (${error instanceof Error ? error.message : String(error)})`
    return new FlotillaError('no-answer', `the node at ${this.url} ${what}`, {
      hint: 'try again; if that does not help, stop it and start it again',
      cause: error,
    })
  }

  #answered(path: string, signal: AbortSignal, post: Post | undefined): Promise<IncomingMessage> {
    const { url, token } = this.#access
    // An agent of its own, because the common one may be told by the environment to go through a proxy.
    const options = {
      agent: new Agent(),
      signal,
      method: post === undefined ? 'GET' : 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        ...(post === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
    }
    return new Promise<IncomingMessage>((answered, failed) => {
      request(new URL(path, url), options, answered).on('error', failed).end(post?.body)
    })
  }

  #decoded<Value>(body: string, decode: (answer: NodeAnswer) => Value): Value {
    try {
      return decode(NodeAnswer.parse(body))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      throw new ProtocolError('wrong-answer', `${this.url} did not answer as a node does: ${error.message}`, {
        hint: 'another program has the port, or the node is of another version',
        cause: error,
      })
    }
  }
}

interface Post {
  readonly body: string
  readonly answerMsMax: number
}

async function textOf(response: IncomingMessage): Promise<string> {
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
