import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** What is asked of a node: `GET /v1/nodes`, with what was posted. */
export interface Asked {
  readonly line: string
  readonly document: unknown
}

/** Stands in for a node, with a data folder that leads to it. */
export interface FakeNode extends AsyncDisposable {
  readonly folder: string
  readonly asked: readonly Asked[]
}

/** Answers by the beginning of what is asked, such as `GET /v1/nodes`; refuses all else as a node does. */
export async function fakeNode(
  answers: Readonly<Record<string, object | ((asked: Asked) => object)>>,
): Promise<FakeNode> {
  const asked: Asked[] = []
  const answer = async (request: IncomingMessage): Promise<object | undefined> => {
    const body = await text(request)
    const line = `${request.method} ${request.url}`
    const question = { line, document: body === '' ? undefined : (JSON.parse(body) as unknown) }
    asked.push(question)
    const found = Object.entries(answers).find(([start]) => line.startsWith(start))?.[1]
    return typeof found === 'function' ? (found(question) as object) : found
  }
  const server = createServer((request, response) => {
    void answer(request).then((document) => {
      const refusal = { error: { code: 'not-found', message: 'there is no such path', hint: 'see the README' } }
      return response.writeHead(document === undefined ? 404 : 200).end(JSON.stringify(document ?? refusal))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-fake-'))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const access = { url, token: 'abc', pid: process.pid }
  await writeFile(join(folder, 'access.json'), JSON.stringify(access), { mode: 0o600 })
  return {
    folder,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
