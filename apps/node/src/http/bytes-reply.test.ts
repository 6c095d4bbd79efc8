import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nodeLimitsDefaults } from '../limits.ts'
import { sendBytes } from './bytes-reply.ts'

const pieceBytes = 256 * 2 ** 10
const pieces = 64

/** Each piece in the same memory, as a store lends them; `isOver` when nobody may read it any more. */
class LentPieces {
  given = 0
  isOver = false
  whenOver: () => Promise<unknown> = () => Promise.resolve()

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const memory = new Uint8Array(new SharedArrayBuffer(pieceBytes))
    try {
      while (this.given < pieces) {
        memory.set(new Prng(this.given++).bytes(pieceBytes))
        yield memory
      }
    } finally {
      memory.fill(0)
      this.isOver = true
      await this.whenOver()
    }
  }
}

async function serving(bytes: LentPieces, clock: ManualClock) {
  let ended: Promise<unknown> = Promise.resolve()
  const server = createServer((_request, response) => {
    const headers = { 'Content-Length': pieces * pieceBytes }
    ended = sendBytes(response, { status: 200, headers, bytes }, clock).catch((error: unknown) => error)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false })
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  return { answer, ended: () => ended }
}

/** How much comes, all of it right. */
async function rightBytes(answer: IncomingMessage): Promise<number> {
  let expected: Uint8Array = new Uint8Array(0)
  let count = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    for (let rest: Buffer = piece; rest.length > 0;) {
      const at = count % pieceBytes
      if (at === 0) expected = new Prng(count / pieceBytes).bytes(pieceBytes)
      const part = rest.subarray(0, pieceBytes - at)
      if (Buffer.compare(part, expected.subarray(at, at + part.length)) !== 0) throw new Error(`wrong after ${count}`)
      count += part.length
      rest = rest.subarray(part.length)
    }
  }
  return count
}

describe('an answer of many bytes', () => {
  test('has them all, from memory that is used for the next piece as soon as that is asked for', async () => {
    const bytes = new LentPieces()
    const { answer, ended } = await serving(bytes, new ManualClock())
    await expect.poll(() => bytes.given).toBeGreaterThan(1)
    // Nobody reads: what the system has no room for waits, and so does whoever lends the pieces.
    expect(bytes.given).toBeLessThan(pieces)
    expect(await rightBytes(answer)).toBe(pieces * pieceBytes)
    expect(await ended()).toBeUndefined()
    expect(bytes.isOver).toBe(true)
  })

  test('breaks off where the reader has gone, and lets go', async () => {
    const bytes = new LentPieces()
    const { answer, ended } = await serving(bytes, new ManualClock())
    answer.destroy()
    expect(await ended()).toBeUndefined()
    expect(bytes.isOver).toBe(true)
    expect(bytes.given).toBeLessThan(pieces)
  })

  test('is cut off where the reader sleeps, and gives it nothing that was written there later', async () => {
    const bytes = new LentPieces()
    const clock = new ManualClock()
    const { answer, ended } = await serving(bytes, clock)
    await expect.poll(() => bytes.given).toBeGreaterThan(1)
    // The reader wakes up when the memory is somebody else's already.
    let read: unknown
    bytes.whenOver = async () => {
      read = await rightBytes(answer).catch((error: unknown) => error)
    }
    clock.advance(nodeLimitsDefaults.downloadSilenceMsMax)
    expect(await ended()).toMatchObject({ code: 'reader-asleep' })
    expect(bytes.isOver).toBe(true)
    expect(read).toMatchObject({ code: 'ECONNRESET' })
  })
})
