import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { ByteStream, Channel } from '@flotilla/core/network'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import { createTransport, type Address, type Transport } from '../../src/index.ts'
import { memoryFacts, type MemoryLinkWorld } from '../../src/testing/index.ts'
import { contentOf, idOf, isContentOf } from './content.ts'
import type { MeshLedger } from './mesh-ledger.ts'
import { again, type SimulatedHost } from './simulated-host.ts'

export interface MeshNodeOptions {
  readonly host: SimulatedHost
  readonly links: ReturnType<MemoryLinkWorld['links']>
  readonly others: readonly NodeId[]
  readonly ledger: MeshLedger
}

const messageBytesMax = 64 * 2 ** 10
const messageBytesHeldMax = 256 * 2 ** 10
const backoffCapMs = 3_000
/** More than the limits of one session allow, all kinds together. */
const queuedBytesMax = 8 * 2 ** 20
const topic = 'news'
/** Endings that honest nodes never have reason for. */
const accusations: ReadonlySet<unknown> = new Set(['protocol', 'wrong-identity', 'version', 'self', 'overloaded'])
const errorsOfLosses: ReadonlySet<string> = new Set([
  'peer-unreachable',
  'deadline-exceeded',
  'stream-reset',
  'overloaded',
  'closed',
  'not-served',
])

export function addressOf(id: NodeId): Address {
  return { host: id, port: 1 }
}

/** One life of a node of the mesh: it talks to the others in all ways, and checks what it hears. */
export class MeshNode implements AsyncDisposable {
  readonly transport: Transport
  readonly #options: MeshNodeOptions
  readonly #channel: Channel
  readonly #acting: AsyncDisposable
  readonly #up = new Set<NodeId>()

  static async start(options: MeshNodeOptions): Promise<MeshNode> {
    const { host, links, ledger } = options
    const transport = await createTransport({
      self: memoryFacts(host.id),
      links,
      clock: host.clock,
      entropy: host.entropy,
      networkLimits: { messageBytesMax, messageBytesHeldMax },
      limits: { dialBackoffCapMs: backoffCapMs },
      logger: accusing(host, ledger),
      turnEnd: queueMicrotask,
      onHandlerError: ({ error }) => (ledger.accused ??= `a handler of ${host.name} failed: ${String(error)}`),
    })
    return new MeshNode(options, transport)
  }

  private constructor(options: MeshNodeOptions, transport: Transport) {
    const { host, others } = options
    this.#options = options
    this.transport = transport
    this.#channel = transport.network.open('mesh', {
      peer: ({ type, peer }) => this.#report(type, peer),
      notice: (from, payload) => this.#check('notice', from, payload),
      request: ({ from, payload }) => this.#answer(from, payload),
      stream: (stream) => this.#read(stream),
    })
    this.#channel.subscribe(topic, ({ from, payload }) => this.#check('publication', from, payload))
    transport.setTargets(others.map((id) => ({ id, addresses: [addressOf(id)] })))
    this.#acting = again(host, [100, 1_000], () => this.#act())
  }

  /** Whether a request to that peer goes through now. */
  async reaches(peer: NodeId): Promise<boolean> {
    const id = this.#options.ledger.newId(this.#options.host.id)
    const answer = await this.#channel.request(peer, contentOf(id, 8), { timeoutMs: 1_000 }).catch(() => undefined)
    return answer !== undefined && idOf(answer) === id
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#acting[Symbol.asyncDispose]()
    await this.transport[Symbol.asyncDispose]()
  }

  #act(): void {
    const { host, others, ledger } = this.#options
    const { random } = host
    const peer = random.pick(others)
    const id = ledger.newId(host.id)
    const bytes = contentOf(id, random.chance(1, 16) ? random.below(messageBytesMax) : random.below(300))
    switch (random.below(4)) {
      case 0:
        this.#channel.notify(peer, bytes)
        break
      case 1:
        this.#channel.publish(topic, bytes)
        break
      case 2:
        void this.#attempt('a request', async () => {
          const answer = await this.#channel.request(peer, bytes, { timeoutMs: random.between(1, 3_000) })
          if (idOf(answer) !== id) ledger.forged ??= `request ${id} got the answer to ${idOf(answer)}`
        })
        break
      default:
        void this.#attempt('a stream', () => this.#write(peer, id))
    }
    this.#checkBounds()
  }

  async #write(peer: NodeId, id: number): Promise<void> {
    const { random } = this.#options.host
    await using stream = await this.#channel.openStream(peer, { header: contentOf(id, 4) })
    const whole = contentOf(id, random.chance(1, 8) ? random.below(100_000) : random.below(5_000))
    for (let at = 0; at < whole.byteLength;) {
      const piece = whole.slice(at, at + random.between(1, 40_000))
      at += piece.byteLength
      await stream.write(piece)
    }
    await stream.end()
  }

  async #read(stream: ByteStream): Promise<void> {
    const { ledger } = this.#options
    const id = idOf(stream.header)
    if (ledger.sent.get(id) !== stream.peer) ledger.forged ??= `stream ${id} did not come from ${stream.peer}`
    let at = 0
    for await (const piece of stream) {
      if (!isContentOf(id, piece, at)) ledger.disordered ??= `stream ${id} is wrong after ${at} bytes`
      at += piece.byteLength
    }
  }

  #answer(from: NodeId, payload: Uint8Array): Promise<Uint8Array> {
    const { ledger } = this.#options
    const id = idOf(payload)
    this.#check('request', from, payload)
    if (ledger.handled.has(id)) ledger.handledTwice ??= `request ${id}`
    ledger.handled.add(id)
    return Promise.resolve(payload)
  }

  #check(what: string, from: NodeId, payload: Uint8Array): void {
    const { ledger, host } = this.#options
    const id = idOf(payload)
    if (!this.#up.has(from)) ledger.misreported ??= `a ${what} came to ${host.name} from ${from}, who is not up`
    if (ledger.sent.get(id) !== from || !isContentOf(id, payload, 0)) ledger.forged ??= `${what} ${id} from ${from}`
  }

  #report(type: 'up' | 'down', peer: NodeId): void {
    const { ledger, host } = this.#options
    if (this.#up.has(peer) === (type === 'up'))
      ledger.misreported ??= `${host.name} was told twice that ${peer} is ${type}`
    if (type === 'up') this.#up.add(peer)
    else this.#up.delete(peer)
  }

  #checkBounds(): void {
    const { ledger, host, others } = this.#options
    const { peers } = this.transport.figures()
    if (peers.length > others.length) ledger.unbounded ??= `${host.name} has ${peers.length} peers`
    const most = Math.max(0, ...peers.map(({ queuedBytes }) => queuedBytes))
    if (most > queuedBytesMax) ledger.unbounded ??= `${most} bytes wait at ${host.name} for one peer`
  }

  async #attempt(what: string, run: () => Promise<void>): Promise<void> {
    const { ledger, host } = this.#options
    try {
      await run()
    } catch (error) {
      if (error instanceof FlotillaError && errorsOfLosses.has(String(error.code))) return
      ledger.accused ??= `${what} of ${host.name} failed: ${String(error)}`
    }
  }
}

/** Listens to what the transport has to say of connections that ended. */
function accusing(host: SimulatedHost, ledger: MeshLedger): Logger {
  return {
    ...silentLogger,
    info(fields, message) {
      host.note(message, JSON.stringify(fields))
      if (accusations.has(fields['code'])) ledger.accused ??= `${host.name}: ${JSON.stringify(fields)}`
    },
  }
}
