import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { assert } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { nodeClock } from '@flotilla/core/time/node'
import type { FarSide, WallHarness } from '../testing/wall-conformance/index.ts'
import { wallConformance } from '../testing/wall-conformance/index.ts'
import { Witness } from '../testing/wall-conformance/witness.ts'
import { socketChannel, type SocketPlace } from './node-socket-channel.ts'

const settings = { retryMsFirst: 5, retryMsMax: 20 }

/** Reads only what it is asked for. */
class FarSocket implements FarSide {
  readonly #open: () => Promise<Socket>
  #socket: Socket | undefined
  #received: Buffer[] = []

  constructor(open: () => Promise<Socket>) {
    this.#open = open
  }

  async connect(): Promise<void> {
    this.#socket = await this.#open()
    this.#received = []
    this.#socket.on('error', () => {})
  }

  send(bytes: Uint8Array): Promise<void> {
    const sent = Promise.withResolvers<void>()
    this.#socket?.write(bytes, (error) => (error ? sent.reject(error) : sent.resolve()))
    return sent.promise
  }

  async receive(count: number): Promise<Uint8Array> {
    const socket = this.#socket
    assert(socket !== undefined, 'it is there')
    const take = (piece: Buffer): void => void this.#received.push(piece)
    const length = (): number => this.#received.reduce((sum, piece) => sum + piece.length, 0)
    socket.on('data', take)
    socket.resume()
    while (length() < count) await once(socket, 'data')
    socket.pause().off('data', take)
    const all = Buffer.concat(this.#received)
    this.#received = [all.subarray(count)]
    return all.subarray(0, count)
  }

  async leave(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined || socket.destroyed) return
    socket.destroy()
    await once(socket, 'close')
  }
}

async function connecting(placeIn: (folder: string) => SocketPlace): Promise<WallHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'wall-'))
  let server: Server | undefined
  let place = placeIn(folder)
  if ('port' in place) {
    // A port that is free now: nobody may listen there at first.
    const probe = createServer().listen(place)
    await once(probe, 'listening')
    place = { ...place, port: (probe.address() as { port: number }).port }
    await new Promise((resolve) => probe.close(resolve))
  }
  const far = new FarSocket(async () => {
    if (server === undefined) {
      server = createServer({ pauseOnConnect: true }).listen(place)
      await once(server, 'listening')
    }
    const [socket] = (await once(server, 'connection')) as [Socket]
    return socket
  })
  const channel = socketChannel({ place, role: 'connect', clock: nodeClock(), prng: new Prng(1), settings })
  return {
    channel,
    far,
    [Symbol.asyncDispose]: async () => {
      await channel[Symbol.asyncDispose]()
      await far.leave()
      server?.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function listening(): Promise<WallHarness & { readonly place: { readonly path: string } }> {
  const folder = await mkdtemp(join(tmpdir(), 'wall-'))
  const place = { path: join(folder, 'wall') }
  const channel = socketChannel({ place, role: 'listen', clock: nodeClock(), prng: new Prng(1), settings })
  const far = new FarSocket(() => reached(place))
  return {
    channel,
    far,
    place,
    [Symbol.asyncDispose]: async () => {
      await far.leave()
      await channel[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

/** Tries until somebody listens. */
async function reached(place: { readonly path: string }): Promise<Socket> {
  for (;;) {
    const socket = connect(place)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    if (await promise) return socket
    await new Promise(setImmediate)
  }
}

describe.each([
  ['a Unix socket that it connects to', () => connecting((folder) => ({ path: join(folder, 'wall') }))],
  ['TCP that it connects to', () => connecting(() => ({ host: '127.0.0.1', port: 0 }))],
  ['a Unix socket that it listens on', listening],
])('a channel through %s', (_, makeHarness) => {
  test.each(wallConformance(makeHarness))('$name', async ({ run }) => expect(run()).resolves.toBeUndefined())
})

test('nobody who listens is a trouble that says what to do, again and again', async () => {
  const place = { path: join(tmpdir(), 'nobody-listens-here') }
  await using channel = socketChannel({ place, role: 'connect', clock: nodeClock(), prng: new Prng(1), settings })
  const witness = new Witness()
  channel.begin(witness)
  await witness.until(() => witness.troubles.length >= 3)
  expect(witness.troubles[0]).toMatchObject({ code: 'port-missing', message: `${place.path} is not there` })
  expect(witness.peers).toEqual([])
})

test('who comes second to one that listens is turned away, and the first is not disturbed', async () => {
  await using harness = await listening()
  const witness = new Witness()
  harness.channel.begin(witness)
  await harness.far.connect()
  await witness.until(() => witness.peers.length === 1)
  const second = connect(harness.place)
  await once(second, 'close')
  await harness.far.send(Uint8Array.of(1))
  await witness.until(() => witness.receivedBytes === 1)
  expect(witness.peers).toEqual([true])
})
