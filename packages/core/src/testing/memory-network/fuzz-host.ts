import { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { ByteStream, Channel, IncomingRequest, Network } from '../../network/index.ts'
import { Prng } from '../../random/index.ts'
import { content, equal } from '../network-conformance/content.ts'
import { never } from '../../network/sessions/index.ts'
import { deadlineMsMax, type FuzzLedger } from './fuzz-ledger.ts'
import { idOf, intact, message } from './fuzz-message.ts'
import { FuzzTopics } from './fuzz-topics.ts'
import type { MemoryNode } from './hub.ts'

/** The codes that a call may fail with here. */
const expectedCodes: readonly string[] = [
  'peer-unreachable',
  'deadline-exceeded',
  'remote-failed',
  'not-served',
  'too-large',
  'overloaded',
  'closed',
  'stream-reset',
]

/** One life of a node: what it does to others and how it handles what they do, checking all it sees. */
export class FuzzHost {
  readonly id: NodeId
  /** What it waits for. */
  readonly waiting: Set<string> = new Set()
  handlersRunning = 0
  readonly topics: FuzzTopics
  readonly #node: MemoryNode
  readonly #network: Network
  readonly #ledger: FuzzLedger
  readonly #running = new Map<string, number>()
  #up: ReadonlySet<NodeId> = new Set()
  #channel: Channel
  #alive = true

  constructor(node: MemoryNode, ledger: FuzzLedger) {
    this.id = node.network.self
    this.#node = node
    this.#network = node.network
    this.#ledger = ledger
    this.#channel = this.#open()
    this.topics = new FuzzTopics(this.#network, ledger, this.#channel, (peer) => this.#alive && this.#up.has(peer))
  }

  notify(peer: NodeId, random: Prng): void {
    const id = this.#ledger.newId()
    const { noticesQueuedMax, messageBytesMax } = this.#network.limits
    const most = this.#network.peers().includes(peer) ? noticesQueuedMax : 0
    let accepted = 0
    for (let times = random.between(1, 8); times > 0; times--) {
      if (this.#channel.notify(peer, message(id, random.between(8, messageBytesMax)))) accepted++
    }
    this.#ledger.expect(accepted <= most, `${accepted} notices were accepted, where ${most} have room`)
  }

  request(peer: NodeId, random: Prng): void {
    const id = this.#ledger.newId()
    const payload = message(id, random.between(8, 1_030))
    const signal = this.#cancelSignal(random)
    const asked = this.#channel.request(peer, payload, { timeoutMs: random.between(0, deadlineMsMax), signal })
    payload.fill(0)
    this.#watch(`request ${id} to ${peer}`, async () => {
      const answer = await asked
      this.#ledger.expect(idOf(answer) === id, `request ${id} got the answer to another`)
    })
  }

  /** Opens a stream and exchanges bytes both ways, or gives up halfway. */
  exchange(peer: NodeId, random: Prng): void {
    const id = this.#ledger.newId()
    const script = random.split('script')
    const opening = this.#channel.openStream(peer, { header: message(id, 8), signal: this.#cancelSignal(random) })
    this.#watch(`stream ${id} to ${peer}`, async () => {
      await using stream = await opening
      await this.#talk(stream, id, 0, script)
    })
  }

  async prove(peer: NodeId): Promise<boolean> {
    const answer = await this.#channel.request(peer, message(0, 8), { timeoutMs: 1_000_000 })
    const stream = await this.#channel.openStream(peer, { header: message(0, 8) })
    await stream.write(answer)
    await stream.end()
    return idOf(answer) === 0
  }

  reopen(): void {
    void this.#channel[Symbol.asyncDispose]()
    this.#channel = this.#open()
    this.topics.reopened(this.#channel)
  }

  crash(): void {
    this.#alive = false
    this.#node.crash()
  }

  leave(): void {
    void this.#node[Symbol.asyncDispose]()
  }

  #open(): Channel {
    const up = new Set<NodeId>()
    this.#up = up
    const { requestsInFlightMax, streamsOpenMax } = this.#network.limits
    return this.#network.open('fuzz', {
      peer: ({ type, peer }) => {
        this.#ledger.expect(this.#alive, 'a dead node was told of a peer')
        this.#ledger.expect(up.has(peer) === (type === 'down'), `${peer} was reported as ${type} twice`)
        if (type === 'up') up.add(peer)
        else up.delete(peer)
      },
      notice: (from, payload) => {
        this.#ledger.expect(this.#alive && up.has(from), 'a notice came at the wrong time')
        this.#ledger.expect(intact(payload), 'a notice is not intact')
        payload.fill(0)
      },
      request: (request) =>
        this.#handled(`requests of ${request.from}`, requestsInFlightMax, () => this.#answer(request, up)),
      stream: (stream) => this.#handled(`streams of ${stream.peer}`, streamsOpenMax, () => this.#take(stream, up)),
    })
  }

  /** Counts the handlers that run for one peer, which may be no more than that. */
  async #handled<Result>(what: string, most: number, handle: () => Promise<Result>): Promise<Result> {
    const running = (this.#running.get(what) ?? 0) + 1
    this.#running.set(what, running)
    this.handlersRunning++
    this.#ledger.expect(running <= most, `${running} ${what} are handled at once`)
    try {
      return await handle()
    } finally {
      this.#running.set(what, (this.#running.get(what) ?? 0) - 1)
      this.handlersRunning--
    }
  }

  async #answer({ from, payload, signal }: IncomingRequest, up: ReadonlySet<NodeId>): Promise<Uint8Array> {
    this.#ledger.expect(this.#alive && up.has(from), 'a request came at the wrong time')
    this.#ledger.expect(intact(payload), 'a request is not intact')
    const id = idOf(payload)
    this.#ledger.expect(id === 0 || !this.#ledger.served.has(id), `request ${id} was handled twice`)
    this.#ledger.served.add(id)
    switch (id % 7) {
      case 1:
        throw new Error('planned')
      case 2:
        throw new FlotillaError('planned', 'planned')
      case 3:
        await this.#pause()
        return payload
      case 4:
        return new Uint8Array(this.#network.limits.messageBytesMax + 1)
      case 5:
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error))
        })
      default:
        return payload
    }
  }

  async #take(stream: ByteStream, up: ReadonlySet<NodeId>): Promise<void> {
    this.#ledger.expect(this.#alive && up.has(stream.peer), 'a stream came at the wrong time')
    const id = idOf(stream.header)
    if (id === 0) for await (const _piece of stream) continue
    else await this.#talk(stream, id, 1, new Prng(id))
  }

  /** Writes and reads at once, at a drawn pace, to the end or to a drawn point. */
  async #talk(stream: ByteStream, id: number, side: 0 | 1, random: Prng): Promise<void> {
    const flowOut = this.#ledger.flow(`${id} ${side}`)
    const flowIn = this.#ledger.flow(`${id} ${1 - side}`)
    const length = random.below(6_000)
    const resetAt = random.chance(1, 4) ? random.below(6_000) : Infinity
    const [pace, patience] = [random.split('pace'), random.split('patience')]
    const write = async (): Promise<void> => {
      while (flowOut.written < length) {
        const piece = content(Math.min(pace.below(1_500), length - flowOut.written), id + side, flowOut.written)
        await stream.write(piece)
        piece.fill(0)
        flowOut.written += piece.byteLength
        const unread = flowOut.written - flowOut.read
        this.#ledger.expect(
          unread <= this.#network.limits.streamWindowBytes,
          'more than a window was written and not read',
        )
        if (flowOut.written >= resetAt) stream.reset('planned')
        if (pace.chance(1, 4)) await this.#pause()
      }
      await stream.end()
      this.#ledger.expect(flowOut.read === length, 'the end was reached before all was read')
    }
    const read = async (): Promise<void> => {
      for await (const piece of stream) {
        this.#ledger.expect(
          equal(piece, content(piece.byteLength, id + 1 - side, flowIn.read)),
          'bytes are out of order',
        )
        flowIn.read += piece.byteLength
        if (patience.chance(1, 3)) await this.#pause()
      }
    }
    const outcomes = await Promise.allSettled([write(), read()])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  /** Waits until the world lets it go on; a dead process never does. */
  async #pause(): Promise<void> {
    await this.#ledger.pause()
    if (!this.#alive) await never()
  }

  #cancelSignal(random: Prng): AbortSignal {
    const cancel = new AbortController()
    if (random.chance(1, 3)) this.#ledger.cancels.push(cancel)
    return cancel.signal
  }

  /** Sees to it that it settles while the node lives, and not after, and fails only in documented ways. */
  #watch(what: string, run: () => Promise<void>): void {
    this.waiting.add(what)
    const check = (error?: unknown): void => {
      this.waiting.delete(what)
      const code = error instanceof FlotillaError ? String(error.code) : ''
      const fine = error === undefined || (error as Error).message === 'given up' || expectedCodes.includes(code)
      this.#ledger.expect(fine, `${what} failed with ${String(error)}`)
      this.#ledger.expect(this.#alive, `${what} settled although its process is dead`)
    }
    run().then(() => check(), check)
  }
}
