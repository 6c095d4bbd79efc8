/** A client of a NATS server as a process: the one who asks, or the one who answers. */
import { serve } from '@flotilla/core/testing/node'

/** What is used of it. Its own types do not hold under our compiler's settings, so they must not be looked at. */
interface NatsConnection {
  subscribe(subject: string, options: { callback: (error: Error | null, message: NatsMessage) => void }): unknown
  request(subject: string, payload: Uint8Array, options: { timeout: number }): Promise<NatsMessage>
  flush(): Promise<void>
}

interface NatsMessage {
  readonly data: Uint8Array
  respond(payload: Uint8Array): boolean
}

const payload = new Uint8Array(256)
let connection: NatsConnection

async function connect(port: number): Promise<void> {
  const { connect: connectNats } = (await import(import.meta.resolve('@nats-io/transport-node'))) as {
    readonly connect: (options: { servers: string }) => Promise<NatsConnection>
  }
  connection = await connectNats({ servers: `127.0.0.1:${port}` })
}

async function answer(): Promise<void> {
  connection.subscribe('bench', { callback: (_error, message) => void message.respond(message.data) })
  await connection.flush()
}

async function requests({ count, atOnce }: { count: number; atOnce: number }): Promise<void> {
  let left = count
  const client = async (): Promise<void> => {
    while (left-- > 0) await connection.request('bench', payload, { timeout: 60_000 })
  }
  await Promise.all(Array.from({ length: atOnce }, client))
}

serve({ connect, answer, requests })
