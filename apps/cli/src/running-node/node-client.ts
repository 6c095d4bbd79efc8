import { Agent, request, type IncomingMessage } from 'node:http'
import { resolve } from 'node:path'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { readAccessFile, type AccessFile } from './access-file.ts'
import { NodeAnswer } from './node-answer.ts'

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

  async #ask(path: string, post?: Post): Promise<string> {
    const { status, body } = await this.#exchange(path, post)
    if (status === 200) return body
    // A node knows the token of its own folder, so this is another program, on a port that a crash left to it.
    if (status === 401) throw notRunning(this.#folder)
    const { message, hint } = refusalIn(body) ?? { message: `status ${status}`, hint: 'ask its log' }
    throw new FlotillaError('node-refused', `the node refused: ${message}`, { hint })
  }

  async #exchange(path: string, post?: Post): Promise<{ readonly status: number; readonly body: string }> {
    const { url, token } = this.#access
    const answerMsMax = post?.answerMsMax ?? cliLimitsDefaults.answerMsMax
    const signal = AbortSignal.timeout(answerMsMax)
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
    try {
      const response = await new Promise<IncomingMessage>((answered, failed) => {
        request(new URL(path, url), options, answered).on('error', failed).end(post?.body)
      })
      return { status: response.statusCode ?? 0, body: await textOf(response) }
    } catch (error) {
      if (error instanceof FlotillaError) throw error
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') throw notRunning(this.#folder, error)
      const what = signal.aborted
        ? `did not answer within ${answerMsMax / 1_000} s`
        : `could not be asked (${error instanceof Error ? error.message : String(error)})`
      throw new FlotillaError('no-answer', `the node at ${this.url} ${what}`, {
        hint: 'try again; if that does not help, stop it and start it again',
        cause: error,
      })
    }
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

function refusalIn(body: string): { readonly message: string; readonly hint: string } | undefined {
  try {
    const error = NodeAnswer.parse(body).object('error')
    return { message: error.text('message'), hint: error.text('hint') }
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
