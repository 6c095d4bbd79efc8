import type { IncomingMessage } from 'node:http'
import { ProtocolError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeAnswer } from './node-answer.ts'
import { NodeConnection, textOf } from './node-connection.ts'
import { NodeEvents } from './node-events.ts'
import type { NodePlace } from './node-place.ts'

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

/** Asks a node; whatever goes wrong is a `FlotillaError`, `not-running` among them. */
export class NodeClient {
  readonly #connection: NodeConnection

  private constructor(connection: NodeConnection) {
    this.#connection = connection
  }

  static async of(place: NodePlace): Promise<NodeClient> {
    return new NodeClient(await NodeConnection.of(place))
  }

  get url(): string {
    return this.#connection.url
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

  /** What is no JSON. */
  text(path: string): Promise<string> {
    return this.#ask(path)
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
      if (response.statusCode !== 200) throw this.#connection.refusal(response.statusCode ?? 0, await textOf(response))
      return new NodeEvents(response, this.url)
    } catch (error) {
      throw this.#connection.failure(error, begun.signal.aborted, answerMsMax)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Has the node forget what is there. */
  async remove<Value>(path: string, decode: (answer: NodeAnswer) => Value): Promise<Value> {
    return this.#decoded(
      await this.#ask(path, { method: 'DELETE', answerMsMax: cliLimitsDefaults.answerMsMax }),
      decode,
    )
  }

  async #ask(path: string, post?: Post): Promise<string> {
    const answerMsMax = post?.answerMsMax ?? cliLimitsDefaults.answerMsMax
    const signal = AbortSignal.timeout(answerMsMax)
    try {
      const response = await this.#answered(path, signal, post)
      const body = await textOf(response)
      if (response.statusCode === 200) return body
      throw this.#connection.refusal(response.statusCode ?? 0, body)
    } catch (error) {
      throw this.#connection.failure(error, signal.aborted, answerMsMax)
    }
  }

  #answered(path: string, signal: AbortSignal, post: Post | undefined): Promise<IncomingMessage> {
    const headers: Record<string, string> = post?.body === undefined ? {} : { 'Content-Type': 'application/json' }
    const method = post?.method ?? (post === undefined ? 'GET' : 'POST')
    const asked = this.#connection.request(path, { method, headers, signal })
    return new Promise<IncomingMessage>((answered, rejected) => {
      asked.on('response', answered).on('error', rejected).end(post?.body)
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
  readonly method?: 'DELETE'
  readonly body?: string
  readonly answerMsMax: number
}
