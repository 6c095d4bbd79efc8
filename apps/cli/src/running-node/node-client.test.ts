import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../testing/programs.ts'
import { NodeClient } from './node-client.ts'

/** What a program other than a node, or a broken one, would make of the question. */
async function ask(listener: RequestListener, access: object = {}): Promise<unknown> {
  await using folder = await temporaryFolder()
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const written = { url: `http://127.0.0.1:${port}`, token: 'abc', pid: 1, ...access }
  await writeFile(join(folder.path, 'access.json'), JSON.stringify(written), { mode: 0o600 })
  try {
    const client = await NodeClient.of(folder.path)
    return await client.history(5)
  } catch (error) {
    return error
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('asks with the token of the folder, and takes only what it knows', async () => {
  const row = { id: 1, life: 1, type: 'started', at: 'now', version: '0' }
  const questions: unknown[] = []
  const answer = await ask((request, response) => {
    questions.push([request.method, request.url, request.headers.authorization])
    response.end(JSON.stringify({ history: [{ ...row, more: 1 }], more: 2 }))
  })
  expect(answer).toEqual([row])
  expect(questions).toEqual([['GET', '/v1/history?limit=5', 'Bearer abc']])
})

describe('an answer that no node gives is refused', () => {
  const bodies = ['', 'null', '[]', '{}', '{"history":1}', '{"history":[1]}', '{"history":[{"id":-1}]}', '<html>']
  test.each(bodies)('%j', async (body) => {
    expect(await ask((_, response) => response.end(body))).toMatchObject({ code: 'wrong-answer' })
  })

  test('one without end', async () => {
    const answer = await ask((_, response) => {
      const more = (): unknown => response.destroyed || response.write('x'.repeat(65_536), more)
      more()
    })
    expect(answer).toMatchObject({ code: 'wrong-answer', message: expect.stringMatching(/too long/) as string })
  })

  test('one that breaks off', async () => {
    expect(await ask((_, response) => response.destroy())).toMatchObject({ code: 'no-answer' })
  })
})

test('who does not know the token is not the node of this folder', async () => {
  const answer = await ask((_, response) => response.writeHead(401).end())
  expect(answer).toMatchObject({ code: 'not-running' })
})

test('a refusal is passed on', async () => {
  const error = { code: 'busy', message: 'too much', hint: 'wait' }
  const answer = await ask((_, response) => response.writeHead(429).end(JSON.stringify({ error })))
  expect(answer).toMatchObject({
    code: 'node-refused',
    message: expect.stringMatching(/too much/) as string,
    hint: 'wait',
  })
  expect(await ask((_, response) => response.writeHead(500).end('?'))).toMatchObject({ code: 'node-refused' })
})

test('a token goes to this machine only, and as a header only', async () => {
  const asked: unknown[] = []
  const codes: unknown[] = []
  const wrong = [
    { url: 'http://192.0.2.1:7400' },
    { url: 'http://127.0.0.1.example.com' },
    { url: 'https://127.0.0.1:1' },
    { url: 'http://user@example.com' },
    { url: 'no' },
    { token: 'a\r\nb: c' },
    { token: '' },
    { pid: '1' },
  ]
  for (const access of wrong) {
    const answer = await ask((request, response) => {
      asked.push(request.url)
      response.end()
    }, access)
    codes.push((answer as { readonly code?: string }).code)
  }
  expect(codes).toEqual(wrong.map(() => 'access-damaged'))
  expect(asked).toEqual([])
})

test('a folder without access file, and a folder that is none, have no running node', async () => {
  await using folder = await temporaryFolder()
  for (const path of [folder.path, join(folder.path, 'none')]) {
    await expect(NodeClient.of(path)).rejects.toMatchObject({ code: 'not-running' })
  }
  await writeFile(join(folder.path, 'access.json'), 'x'.repeat(5_000), { mode: 0o600 })
  await expect(NodeClient.of(folder.path)).rejects.toMatchObject({ code: 'access-damaged' })
})
