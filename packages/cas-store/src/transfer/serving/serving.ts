import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { ByteStream } from '@flotilla/core/network'
import type { TransferErrorCode } from '../contract.ts'
import { Pace } from '../pace.ts'
import type { TransferContext } from '../transfer-context.ts'
import { decodeHeader, decodeStandingQuestion, encodeStanding } from '../wire/codec.ts'
import { ByteBudget } from './byte-budget.ts'
import { serveChunks } from './chunk-serving.ts'
import { receivePush } from './push-receiving.ts'

/** What this node does for its peers, within its limits. */
export class Serving implements AsyncDisposable {
  readonly #context: TransferContext
  readonly #signal: AbortSignal
  readonly #budget: ByteBudget
  readonly #pace: Pace
  readonly #streamsOf = new Map<NodeId, number>()
  readonly #underWay = new Set<Promise<void>>()

  constructor(context: TransferContext, signal: AbortSignal) {
    const { servedBytesMax, servedBytesPerPeerMax, servedBytesPerSecond } = context.settings
    this.#context = context
    this.#signal = signal
    this.#budget = new ByteBudget({ bytesMax: servedBytesMax, bytesPerPeerMax: servedBytesPerPeerMax })
    this.#pace = new Pace(context.clock, servedBytesPerSecond)
  }

  async question(payload: Uint8Array): Promise<Uint8Array> {
    decodeStandingQuestion(payload)
    const freeBytes = Math.max(0, Math.trunc(await this.#context.hooks.freeBytes()))
    return encodeStanding({ freeBytes, isUntrusted: this.#context.isUntrusted })
  }

  async stream(stream: ByteStream): Promise<void> {
    this.#signal.throwIfAborted()
    const { peer } = stream
    const purpose = decodeHeader(stream.header)
    this.#admit(peer)
    const options = {
      context: this.#context,
      stream,
      budget: this.#budget,
      pace: this.#pace,
      signal: this.#signal,
    }
    const work = purpose === 'fetch' ? serveChunks(options) : this.#receive(options)
    const settled = work.catch(() => {})
    this.#underWay.add(settled)
    try {
      await work
    } finally {
      this.#underWay.delete(settled)
      this.#leave(peer)
    }
  }

  /** Resolves when nothing uses the vault any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #receive(options: Parameters<typeof receivePush>[0]): Promise<void> {
    const { pushesEnded } = this.#context.instruments
    try {
      await receivePush(options)
      pushesEnded.inc({ end: 'done' })
    } catch (error) {
      pushesEnded.inc({ end: 'failed' })
      throw error
    }
  }

  #admit(peer: NodeId): void {
    const { hooks, settings, strangers } = this.#context
    // Who must not read anything would get it by its id, which is no secret to him.
    if (hooks.admits?.(peer) === false || strangers?.isUntrusted(peer) === true) {
      throw new FlotillaError<TransferErrorCode>('not-admitted', `${peer} may not fetch chunks here, nor push any`)
    }
    const ofPeer = this.#streamsOf.get(peer) ?? 0
    const { servedStreamsMax, servedStreamsPerPeerMax } = settings
    if (ofPeer >= servedStreamsPerPeerMax || this.#underWay.size >= servedStreamsMax) {
      throw new FlotillaError<TransferErrorCode>('overloaded', 'too many streams of chunks are open here', {
        hint: 'try again later (servedStreamsPerPeerMax, servedStreamsMax)',
      })
    }
    this.#streamsOf.set(peer, ofPeer + 1)
  }

  #leave(peer: NodeId): void {
    const left = (this.#streamsOf.get(peer) ?? 1) - 1
    if (left === 0) this.#streamsOf.delete(peer)
    else this.#streamsOf.set(peer, left)
  }
}
