import { FlotillaError } from '@flotilla/core/errors'
import type { Disk } from '@flotilla/core/disk'
import type { EventStream } from '../http/event-stream.ts'
import type { AnyRoute, ContentQuestion } from '../http/route.ts'
import type {
  BlobEvent,
  BlobIdsAnswer,
  BlobsAnswer,
  BlobsRebuilt,
  BlobStatAnswer,
  BlobStatsAnswer,
} from './blob-answers.ts'
import { BlobContents, notFound, type ContentCall, type PutCall } from './blob-content.ts'
import { BlobGauges } from './blob-gauges.ts'
import { blobRoutes, type IdsQuery, type NamesQuery, type PutQuery } from './blob-routes.ts'
import { BlobSecretNote } from './blob-secret.ts'
import type { BlobCluster } from './blob-replication.ts'
import { checkEmpty, openBlobs, rebuildBlobs, type OpenBlobs } from './blob-store.ts'
import { blobEntry, namesAnswer, statAnswer, statsAnswer, type BlobViewer } from './blob-views.ts'
import { BlobWork, type WorkCall } from './blob-work.ts'
import type { Service, ServiceParts } from './service.ts'

export interface BlobsServiceOptions extends ServiceParts {
  readonly dataFolder: string
  readonly disk: Disk
  readonly viewer: BlobViewer
}

/** Blobs, for programs on this machine: of this node where it is alone, else of the whole cluster. */
export class BlobsService implements Service {
  readonly routes: readonly AnyRoute[]
  readonly #options: BlobsServiceOptions
  readonly #note: BlobSecretNote
  readonly #contents: BlobContents
  readonly #work: BlobWork
  readonly #gauges: BlobGauges
  readonly #stopping = new AbortController()
  /** Why there is none is said to whoever asks. */
  #blobs: OpenBlobs | FlotillaError = notYet()
  #cluster: BlobCluster | undefined
  #stats: BlobStatsAnswer | undefined
  /** Nothing may be put now that joining a cluster would leave behind. */
  #isJoining = false

  constructor(options: BlobsServiceOptions) {
    this.#options = options
    this.#note = new BlobSecretNote(options)
    this.#contents = new BlobContents(options.clock)
    this.#work = new BlobWork(options.clock)
    this.#gauges = new BlobGauges(options.metrics)
    this.routes = blobRoutes({
      contents: this.#contents,
      work: this.#work,
      opened: () => this.#opened(),
      list: (query) => this.#list(query),
      listIds: (query) => this.#listIds(query),
      stat: (ref) => this.#stat(ref),
      stats: () => this.#readStats(),
      call: (question, events) => this.#call(question, events),
      putCall: (question, events) => this.#putCall(question, events),
      workCall: (events) => this.#workCall(events),
      rebuild: (events) => this.#rebuild({ events, signal: this.#signal(events.signal) }),
    })
  }

  /** Opens what there is, and goes over to the cluster's where there was one of this node alone. Never rejects. */
  async begin(cluster: BlobCluster | undefined): Promise<void> {
    const { logger } = this.#options
    this.#cluster = cluster
    await this.#close()
    try {
      this.#blobs = await openBlobs({ ...this.#options, note: this.#note }, cluster)
      this.#stats = await this.#readStats()
      const { blobs, blobBytes, diskBytes } = this.#stats
      // A node that is alone starts without a word, unless something is wrong.
      const level = cluster === undefined ? 'debug' : 'info'
      logger[level]({ part: 'blobs', blobs, blobBytes, diskBytes }, 'blobs can be put and fetched')
    } catch (error) {
      this.#blobs = asRefusal(error)
      logger.error({ part: 'blobs', err: error }, 'this node keeps no blobs')
    }
    this.#isJoining = false
  }

  /** Whether it has failed, and not only has none. */
  get isFailed(): boolean {
    return this.#blobs instanceof FlotillaError && this.#blobs.code !== 'no-blobs'
  }

  /** The secret of a cluster that this node makes, so that what is here keeps its ids. */
  ownSecret(): Promise<Uint8Array> {
    return this.#note.readOrDraw()
  }

  /** Rejects unless there is nothing that joining would leave behind; nothing can be put then until `joined`. */
  async joins(): Promise<void> {
    this.#isJoining = true
    try {
      if (!(this.#blobs instanceof FlotillaError)) await checkEmpty(this.#blobs.local)
    } catch (error) {
      this.#isJoining = false
      throw error
    }
  }

  /** Joining is over, whatever has come of it. */
  joined(): void {
    this.#isJoining = false
  }

  measure(): void {
    if (this.#stats !== undefined) this.#gauges.set(this.#stats)
    // Gauges are asked for without waiting, so they are as old as the last question.
    void this.#readStats().then(
      (stats) => (this.#stats = stats),
      () => {},
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new FlotillaError('closed', 'the node stops', { hint: 'try again when it runs' }))
    await this.#close()
  }

  async #close(): Promise<void> {
    const blobs = this.#blobs
    this.#blobs = notYet()
    if (!(blobs instanceof FlotillaError)) await blobs[Symbol.asyncDispose]()
  }

  /** And opens what came of it. */
  #rebuild(call: Omit<WorkCall<BlobsRebuilt>, 'blobs'>): Promise<void> {
    return this.#work.rebuild(call, async (onProgress) => {
      if (!(this.#blobs instanceof FlotillaError)) {
        throw new FlotillaError('wrong-request', 'the blobs of this node can be read, so nothing is rebuilt', {
          hint: 'run `flotilla blob fsck`, which mends what is damaged',
        })
      }
      if (!this.isFailed) throw this.#blobs
      const parts = { ...this.#options, note: this.#note }
      const { keptAs, ...rebuilt } = await rebuildBlobs(parts, this.#cluster, { signal: call.signal, onProgress })
      await this.begin(this.#cluster)
      this.#opened()
      return { ...rebuilt, ...(keptAs === undefined ? {} : { keptAs }) }
    })
  }

  #workCall<Done>(events: EventStream<BlobEvent<Done>>): WorkCall<Done> {
    return { blobs: this.#opened(), events, signal: this.#signal(events.signal) }
  }

  #call(question: ContentQuestion, events: EventStream): ContentCall {
    return { store: this.#opened().store, question, events, signal: this.#signal(events.signal) }
  }

  #putCall(question: ContentQuestion<PutQuery>, events: EventStream): PutCall {
    const call = this.#call(question, events)
    if (this.#isJoining) {
      throw new FlotillaError('busy', 'this node is joining a cluster', { hint: 'put it when that is done' })
    }
    return { ...call, copies: question.query.copies }
  }

  #signal(gone: AbortSignal): AbortSignal {
    return AbortSignal.any([gone, this.#stopping.signal])
  }

  async #list({ prefix, limit, after }: NamesQuery): Promise<BlobsAnswer> {
    const page = { prefix, limit, ...(after === undefined ? {} : { after }) }
    return namesAnswer(await this.#opened().store.list(page), limit)
  }

  async #listIds({ limit, after }: IdsQuery): Promise<BlobIdsAnswer> {
    const blobs = await this.#opened().store.listIds({ limit, ...(after === undefined ? {} : { after }) })
    return { blobs: blobs.map(blobEntry), next: blobs.length < limit ? null : (blobs.at(-1)?.id ?? null) }
  }

  async #stat(ref: string): Promise<BlobStatAnswer> {
    const stat = await this.#opened().store.stat(ref)
    if (stat === undefined) throw notFound(ref)
    return statAnswer(stat, this.#options.viewer)
  }

  async #readStats(signal?: AbortSignal): Promise<BlobStatsAnswer> {
    const { local, replicated, unreadable } = this.#opened()
    const stats = await local.stats(signal === undefined ? {} : { signal })
    const shown = unreadable === undefined ? stats : { ...stats, blobBytes: null }
    return statsAnswer(shown, await replicated?.status(), this.#options.viewer)
  }

  #opened(): OpenBlobs {
    if (this.#blobs instanceof FlotillaError) throw this.#blobs
    return this.#blobs
  }
}

function notYet(): FlotillaError {
  return new FlotillaError('no-blobs', 'the blobs of this node are not open', { hint: 'try again in a moment' })
}

function asRefusal(error: unknown): FlotillaError {
  if (isRefusal(error)) return error
  const said = error instanceof Error ? error.message : String(error)
  const hint = "see the log of the node, mend that and start it again; 'blobs' in the data folder was left as it is"
  return new FlotillaError('blobs-failed', `the blobs of this node cannot be opened (${said})`, { hint, cause: error })
}

function isRefusal(error: unknown): error is FlotillaError {
  return error instanceof FlotillaError
}
