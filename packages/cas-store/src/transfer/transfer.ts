import type { Crypto } from '@flotilla/core/crypto'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { ByteStream, Channel, Network } from '@flotilla/core/network'
import { silentLogger, silentMetrics, type Logger, type Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { Workshop } from '../sealing/contract.ts'
import type { BlobDescriptor, BlobId } from '../types.ts'
import type { Vault } from '../vault/contract.ts'
import type {
  BringOptions,
  BringReport,
  Broadcast,
  IdentifiedBlob,
  PullOptions,
  PullReport,
  RemoteSource,
  Standing,
  Transfer,
  TransferErrorCode,
  TransferHooks,
} from './contract.ts'
import { ChunkFetcher } from './fetching/chunk-fetcher.ts'
import { acceptByTaking, Pulling } from './fetching/pulling.ts'
import { FetchingSource } from './fetching/remote-source.ts'
import { validateTransferSettings, type TransferSettings } from './limits.ts'
import { bringBlob } from './pushing/bringing.ts'
import { Broadcasting } from './pushing/broadcasting.ts'
import { Serving } from './serving/serving.ts'
import { StrangerSeal } from './strangers/stranger-seal.ts'
import { transferInstruments, type TransferContext } from './transfer-context.ts'
import { decodeStanding, encodeStandingQuestion } from './wire/codec.ts'

export interface TransferOptions {
  readonly network: Network
  /** It is not closed with the transfer. */
  readonly vault: Vault
  readonly workshop: Pick<Workshop, 'slab' | 'identify'>
  /** Left out on a node that keeps what it cannot read: there a blob is what whoever may push says. */
  readonly blobIdOf?: ((descriptor: BlobDescriptor) => BlobId | Promise<BlobId>) | undefined
  readonly clock: Clock
  readonly hooks: TransferHooks
  readonly settings?: Partial<TransferSettings>
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** This node keeps what it cannot read, in a vault over an `opaqueWorkshop`; let it admit trusted nodes only. */
  readonly isUntrusted?: boolean
  /** Which peers must not read anything: what goes there is sealed for them. Without it nothing goes to such peers. */
  readonly strangers?: {
    readonly isUntrusted: (peer: NodeId) => boolean
    /** With the identity of this cluster, and `strangerKeys`. */
    readonly workshop: Pick<Workshop, 'seal' | 'open' | 'giveBack'>
    readonly crypto: Pick<Crypto, 'sha256'>
  }
  /** Default `cas`. */
  readonly channel?: string
}

/** Begins to serve at once. */
export function createTransfer(options: TransferOptions): Transfer {
  return new NodeTransfer(options)
}

class NodeTransfer implements Transfer {
  readonly #context: TransferContext
  readonly #serving: Serving
  readonly #closed = new AbortController()
  readonly #fetchers = new Set<ChunkFetcher>()
  readonly #broadcasts = new Set<Broadcasting>()
  /** Pulls and brings. */
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(options: TransferOptions) {
    const { network, hooks, logger = silentLogger, strangers, isUntrusted = false } = options
    if (!isUntrusted && options.blobIdOf === undefined) {
      throw new FlotillaError('wrong-setting', 'transfer: blobIdOf is left out; only an untrusted node may do without')
    }
    const settings = validateTransferSettings(options.settings)
    const channel: Channel = network.open(options.channel ?? 'cas', {
      peer: ({ type, peer }) => this.#peer(type, peer),
      request: ({ payload }) => this.#serving.question(payload),
      stream: (stream) => this.#serve(stream),
    })
    this.#context = {
      network,
      channel,
      vault: options.vault,
      workshop: options.workshop,
      blobIdOf: options.blobIdOf,
      isUntrusted,
      strangers: strangers && { ...strangers, seal: new StrangerSeal(strangers.workshop, strangers.crypto) },
      clock: options.clock,
      hooks,
      settings,
      logger,
      instruments: transferInstruments(options.metrics ?? silentMetrics),
      tellLie: (peer, error) => {
        const why = error instanceof Error ? error.message : String(error)
        logger.warn({ err: error, peer }, 'a peer sent chunks, or words about them, that no honest one sends')
        hooks.onLie?.(peer, why)
      },
    }
    this.#serving = new Serving(this.#context, this.#closed.signal)
  }

  source(holders: () => readonly NodeId[]): RemoteSource {
    this.#closed.signal.throwIfAborted()
    const source = new FetchingSource(this.#context, holders, (fetcher) => this.#fetchers.delete(fetcher))
    this.#fetchers.add(source.fetcher)
    return source
  }

  pull(blob: IdentifiedBlob, holders: () => readonly NodeId[], options: PullOptions = {}): Promise<PullReport> {
    return this.#tracked(this.#pull(blob, holders, options))
  }

  bring(blob: IdentifiedBlob, to: NodeId, options: BringOptions = {}): Promise<BringReport> {
    const signal = this.#signal(options.signal)
    return this.#tracked(bringBlob(this.#context, blob, to, options.bytesPerSecond, signal))
  }

  broadcast(to: readonly NodeId[]): Broadcast {
    this.#closed.signal.throwIfAborted()
    const broadcast = new Broadcasting(this.#context, to, () => this.#broadcasts.delete(broadcast))
    this.#broadcasts.add(broadcast)
    return broadcast
  }

  async standing(of: NodeId, options: { readonly signal?: AbortSignal } = {}): Promise<Standing> {
    const { channel, settings } = this.#context
    const timeoutMs = settings.openMs
    const request = { timeoutMs, signal: this.#signal(options.signal) }
    return decodeStanding(await channel.request(of, encodeStandingQuestion(), request))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort(new FlotillaError<TransferErrorCode>('closed', 'moving chunks has ended on this node'))
    for (const each of [...this.#fetchers, ...this.#broadcasts]) await each[Symbol.asyncDispose]()
    await this.#context.channel[Symbol.asyncDispose]()
    await this.#serving[Symbol.asyncDispose]()
    // Nothing uses the vault any more when this resolves.
    await Promise.allSettled(this.#underWay)
  }

  async #pull(blob: IdentifiedBlob, holders: () => readonly NodeId[], options: PullOptions): Promise<PullReport> {
    const signal = this.#signal(options.signal)
    signal.throwIfAborted()
    const context = this.#context
    await using session = context.vault.session()
    await using fetcher = new ChunkFetcher({
      context,
      holders,
      accept: acceptByTaking(context, session),
      gives: 'lists',
    })
    this.#fetchers.add(fetcher)
    try {
      return await new Pulling({ context, session, fetcher, options, signal }).run(blob)
    } finally {
      this.#fetchers.delete(fetcher)
    }
  }

  async #tracked<Result>(work: Promise<Result>): Promise<Result> {
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([this.#closed.signal, signal])
  }

  #peer(type: 'up' | 'down', peer: NodeId): void {
    if (type === 'up') for (const fetcher of this.#fetchers) fetcher.peerIsUp(peer)
  }

  async #serve(stream: ByteStream): Promise<void> {
    try {
      await this.#serving.stream(stream)
    } catch (error) {
      if (isLie(error)) this.#context.tellLie(stream.peer, error)
      throw error
    }
  }
}

function isLie(error: unknown): boolean {
  return error instanceof ProtocolError || (error instanceof FlotillaError && error.code === 'wrong-chunk')
}
