import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../limits.ts'
import { BodyDeadline } from './body-deadline.ts'
import { bodyOf } from './upload.ts'

const { requestTimeoutMs, uploadSilenceMsMax } = nodeLimitsDefaults

interface Scene extends AsyncDisposable {
  readonly clock: ManualClock
  readonly socket: Socket
  /** All that the server answers, until the connection ends. */
  readonly answered: Promise<string>
}

/** A server that does that with each request, and a client that has sent half of one. */
async function scene(
  handle: (deadline: BodyDeadline, request: IncomingMessage, response: ServerResponse) => void,
): Promise<Scene> {
  const clock = new ManualClock()
  const server = createServer({ requestTimeout: 0 })
  server.on('request', (request, response) => handle(new BodyDeadline(clock, request, response), request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const asked = once(server, 'request')
  socket.write('PUT / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nhalf')
  await asked
  const answered = (async () => {
    const parts: Buffer[] = []
    socket.on('data', (part) => void parts.push(part)).on('error', () => {})
    await once(socket, 'close')
    return Buffer.concat(parts).toString()
  })()
  const dispose = async (): Promise<void> => {
    socket.destroy()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { clock, socket, answered, [Symbol.asyncDispose]: dispose }
}

test('a request that does not come to its end is told so, and cut off', async () => {
  await using here = await scene(() => {})
  here.clock.advance(requestTimeoutMs)
  expect(await here.answered).toMatch(/^HTTP\/1\.1 408 /)
})

test('content may take as long as it likes, as long as it comes', async () => {
  const pieces: string[] = []
  const all = Promise.withResolvers<void>()
  await using here = await scene((deadline, request, response) => {
    const read = async (): Promise<void> => {
      for await (const piece of bodyOf(request, deadline)) pieces.push(Buffer.from(piece).toString())
      response.end('thanks')
      all.resolve()
    }
    read().catch(all.reject)
  })
  await expect.poll(() => pieces).toEqual(['half'])
  here.clock.advance(uploadSilenceMsMax - 1)
  here.socket.write('mor')
  await expect.poll(() => pieces).toEqual(['half', 'mor'])
  here.clock.advance(uploadSilenceMsMax - 1)
  here.socket.write('e..')
  await all.promise
  expect(pieces.join('')).toBe('halfmore..')
  here.clock.advance(2 * uploadSilenceMsMax)
  here.socket.end()
  expect(await here.answered).toMatch(/^HTTP\/1\.1 200 [^]*thanks/)
})

test('content that has stopped coming, or ends too early, was broken off', async () => {
  for (const stop of ['silence', 'end'] as const) {
    const failed = Promise.withResolvers<unknown>()
    const begun = Promise.withResolvers<void>()
    await using here = await scene((deadline, request) => {
      const read = async (): Promise<void> => {
        for await (const _ of bodyOf(request, deadline)) begun.resolve()
      }
      read().then(() => failed.resolve('nothing failed'), failed.resolve)
    })
    await begun.promise
    if (stop === 'silence') here.clock.advance(uploadSilenceMsMax)
    else here.socket.destroy()
    expect(await failed.promise).toMatchObject({ code: 'upload-broken' })
  }
})

test('who is answered already is not listened to for long', async () => {
  await using here = await scene((deadline, _, response) => {
    response.writeHead(409).end('no')
    deadline.answered()
  })
  here.clock.advance(requestTimeoutMs)
  expect(await here.answered).toMatch(/^HTTP\/1\.1 409 /)
})
