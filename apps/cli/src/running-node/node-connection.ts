import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http'
import { resolve } from 'node:path'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { readAccessFile, type AccessFile } from './access-file.ts'
import { NodeAnswer } from './node-answer.ts'
import { NodeRefusal } from './node-refusal.ts'

export interface NodeQuestion {
  readonly method: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly signal?: AbortSignal
  /** A node that refuses what is still being sent would else close the connection before its refusal is read. */
  readonly staysOpen?: boolean
}

/** The way to the node that runs on a data folder, and what it means when that does not work. */
export class NodeConnection {
  readonly #folder: string
  readonly #access: AccessFile

  private constructor(folder: string, access: AccessFile) {
    this.#folder = folder
    this.#access = access
  }

  static async of(folder: string): Promise<NodeConnection> {
    const access = await readAccessFile(folder)
    if (access === undefined) throw notRunning(folder)
    return new NodeConnection(folder, access)
  }

  get url(): string {
    return this.#access.url.origin
  }

  request(path: string, { headers, staysOpen = false, ...options }: NodeQuestion): ClientRequest {
    const { url, token } = this.#access
    return request({
      ...options,
      // An agent of its own, because the common one may be told by the environment to go through a proxy.
      agent: new Agent({ keepAlive: staysOpen }),
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      // As it is: a URL would make something else of a name such as `..`.
      path,
      headers: { Authorization: `Bearer ${token}`, ...headers },
    })
  }

  refusal(status: number, body: string): FlotillaError {
    // A node knows the token of its own folder, so this is another program, on a port that a crash left to it.
    if (status === 401) return notRunning(this.#folder)
    const { code, message, hint } = refusalIn(body) ?? { code: '', message: `status ${status}`, hint: 'ask its log' }
    return new NodeRefusal(code, `the node refused: ${message}`, { hint })
  }

  /** `answerMsMax` where it was the time that was up. */
  failure(error: unknown, isLate: boolean, answerMsMax: number): Error {
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
