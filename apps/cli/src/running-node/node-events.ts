import type { IncomingMessage } from 'node:http'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeAnswer } from './node-answer.ts'
import { NodeRefusal } from './node-refusal.ts'

/**
 * What a node says again and again, one JSON document after the other, each as a server-sent event. It ends when the
 * node is done; it throws `no-answer` when the connection breaks or nothing has come for too long, and what the node
 * says that failed as `node-refused`.
 */
export class NodeEvents implements AsyncIterable<NodeAnswer, undefined>, Disposable {
  readonly #response: IncomingMessage
  readonly #url: string

  constructor(response: IncomingMessage, url: string) {
    this.#response = response
    this.#url = url
    response.setEncoding('utf8')
  }

  async *[Symbol.asyncIterator](): AsyncIterator<NodeAnswer, undefined> {
    const { holdSilenceMsMax, eventBytesMax } = cliLimitsDefaults
    const silence = new FlotillaError('no-answer', `the node at ${this.#url} has been silent for too long`, {
      hint: 'see whether it still runs',
    })
    const timer = setTimeout(() => this.#response.destroy(silence), holdSilenceMsMax)
    let rest = ''
    try {
      for await (const part of this.#response as AsyncIterable<string>) {
        timer.refresh()
        const events = `${rest}${part}`.split('\n\n')
        rest = events.pop() ?? ''
        if (rest.length > eventBytesMax) throw new ProtocolError('wrong-answer', 'an event of the node is too long')
        for (const event of events) yield decoded(event)
      }
    } catch (error) {
      throw this.#failure(error)
    } finally {
      clearTimeout(timer)
    }
    return undefined
  }

  /** Whoever does not read any more says so, and the node ends it. */
  [Symbol.dispose](): void {
    this.#response.destroy()
  }

  #failure(error: unknown): Error {
    if (error instanceof FlotillaError) return error
    const said = error instanceof Error ? error.message : String(error)
    return new FlotillaError('no-answer', `the connection with the node at ${this.#url} broke (${said})`, {
      hint: 'see whether it still runs',
      cause: error,
    })
  }
}

function decoded(event: string): NodeAnswer {
  const answer = NodeAnswer.parse(event.startsWith('data: ') ? event.slice('data: '.length) : '')
  if (answer.text('event') !== 'failed') return answer
  const error = answer.object('error')
  throw new NodeRefusal(error.text('code'), `the node refused: ${error.text('message')}`, { hint: error.text('hint') })
}
