import { Agent, request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'

export interface HonestOutcome {
  readonly answered: number
  readonly failed: readonly string[]
  readonly slowestMs: number
}

export interface HonestPlace {
  readonly port: number
  readonly token: string
  /** The node's own socket; by its address otherwise. */
  readonly socketPath?: string
  /** A connection for each question. */
  readonly isNewcomer?: boolean
}

/** Asks one question after the other until it is over, and says how that went. */
export async function honestClient(place: HonestPlace, isOver: () => boolean, pauseMs: number): Promise<HonestOutcome> {
  using agent = disposable(new Agent({ keepAlive: place.isNewcomer !== true, maxSockets: 1 }))
  const failed: string[] = []
  let [answered, slowestMs] = [0, 0]
  while (!isOver()) {
    const begunAt = performance.now()
    const outcome = await ask(place, agent.value).catch((error: unknown) => String(error))
    slowestMs = Math.max(slowestMs, performance.now() - begunAt)
    if (outcome === 200) answered++
    else failed.push(String(outcome))
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  return { answered, failed, slowestMs }
}

async function ask({ port, token, socketPath }: HonestPlace, agent: Agent): Promise<number> {
  const where = socketPath === undefined ? { host: '127.0.0.1', port } : { socketPath }
  const headers = { authorization: `Bearer ${token}`, host: `127.0.0.1:${port}` }
  const asked = request({ ...where, path: '/v1/nodes', headers, agent, timeout: 30_000 })
  asked.on('timeout', () => asked.destroy(new Error('no answer in 30 s')))
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  await once(answer, 'end')
  return answer.statusCode ?? 0
}

function disposable(value: Agent): Disposable & { readonly value: Agent } {
  return { value, [Symbol.dispose]: () => value.destroy() }
}
