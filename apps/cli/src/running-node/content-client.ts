import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { NodeConnection, textOf } from './node-connection.ts'
import { NodeEvents } from './node-events.ts'
import type { NodePlace } from './node-place.ts'

export interface Upload {
  readonly source: Readable
  /** Of all of it, where that is known. */
  readonly size: number | undefined
}

/** Sends content to a node, and fetches it; whatever goes wrong is a `FlotillaError`. */
export class ContentClient {
  readonly #connection: NodeConnection

  private constructor(connection: NodeConnection) {
    this.#connection = connection
  }

  static async of(place: NodePlace): Promise<ContentClient> {
    return new ContentClient(await NodeConnection.of(place))
  }

  /** Resolves as soon as the node says something; the sending goes on, and ends when `source` does. */
  async upload(path: string, { source, size }: Upload): Promise<NodeEvents> {
    const length = size === undefined ? {} : { 'Content-Length': size }
    const upload = this.#connection.request(path, {
      method: 'PUT',
      staysOpen: true,
      headers: { Accept: 'text/event-stream', 'Content-Type': 'application/octet-stream', ...length },
    })
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      upload.on('response', resolve).on('error', reject)
    })
    // What goes wrong with the sending ends the answer too, and is heard of there.
    pipeline(source, upload).catch(() => {})
    try {
      const response = await answered
      if (response.statusCode === 200) return new NodeEvents(response, this.#connection.url)
      throw this.#connection.refusal(response.statusCode ?? 0, await textOf(response))
    } catch (error) {
      upload.destroy()
      throw this.#connection.failure(error, false, 0)
    }
  }

  /** Content, or what the node says against it. Whoever has enough of it destroys it. */
  async fetch(path: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const asked = this.#connection.request(path, { method: 'GET', headers })
    try {
      const response = await new Promise<IncomingMessage>((answered, rejected) => {
        asked.on('response', answered).on('error', rejected).end()
      })
      if (response.statusCode === 200 || response.statusCode === 206) return response
      throw this.#connection.refusal(response.statusCode ?? 0, await textOf(response))
    } catch (error) {
      asked.destroy()
      throw this.#connection.failure(error, false, 0)
    }
  }
}
