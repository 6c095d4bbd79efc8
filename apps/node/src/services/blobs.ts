import { FlotillaError } from '@flotilla/core/errors'
import type { Disk } from '@flotilla/core/disk'
import type { EventStream } from '../http/event-stream.ts'
import { jsonReply } from '../http/reply.ts'
import type { AnyRoute, ContentQuestion } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import type { BlobIdsAnswer, BlobsAnswer, BlobsShown, BlobStatAnswer, BlobStatsAnswer } from './blob-answers.ts'
import { BlobContents, notFound, type ContentCall } from './blob-content.ts'
import { BlobGauges } from './blob-gauges.ts'
import { postedRoutes } from './blob-posts.ts'
import { BlobSecretNote } from './blob-secret.ts'
import type { BlobCluster } from './blob-replication.ts'
import { checkEmpty, openBlobs, rebuildBlobs, type OpenBlobs } from './blob-store.ts'
import { blobEntry, namesAnswer, statAnswer, statsAnswer, type BlobViewer } from './blob-views.ts'
import { BlobWork, type WorkCall } from './blob-work.ts'
import { checkParameters, decodedRest, limitIn, wrongParameter } from './query-parameters.ts'
import type { Service, ServiceParts } from './service.ts'

const { blobsAnsweredMax, blobNamesShownMax, pageBlobsMsMax } = nodeLimitsDefaults

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
    this.routes = [...this.#contentRoutes(), ...this.#askedRoutes(), ...this.#doneRoutes()]
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

  /** For the page: what can be had at once. */
  async shown(): Promise<BlobsShown> {
    if (this.#blobs instanceof FlotillaError) return { type: 'off', why: this.#blobs.message }
    const signal = AbortSignal.timeout(pageBlobsMsMax)
    const { unreadable } = this.#blobs
    try {
      if (unreadable !== undefined) return { type: 'unreadable', stats: await this.#readStats(signal) }
      const names = await this.#blobs.store.list({ limit: blobNamesShownMax, signal })
      return { type: 'shown', stats: await this.#readStats(signal), names: namesAnswer(names, blobNamesShownMax) }
    } catch {
      return { type: 'silent' }
    }
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

  #contentRoutes(): readonly AnyRoute[] {
    return [
      {
        path: '/v1/blobs',
        methods: ['GET', 'HEAD', 'PUT'],
        content: async (question, events) => {
          if (question.method === 'PUT') return await this.#contents.put(undefined, this.#call(question, events))
          return jsonReply(200, await this.#list(question.query))
        },
      },
      {
        path: '/v1/blobs/*',
        methods: ['GET', 'HEAD', 'PUT', 'DELETE'],
        content: async (question, events) => {
          const ref = decodedRest(question.rest, 'the name')
          if (ref === '') throw wrongParameter('there is no name', 'write it behind /v1/blobs/')
          return await this.#contents.serve(ref, this.#call(question, events))
        },
      },
    ]
  }

  #askedRoutes(): readonly AnyRoute[] {
    return [
      { path: '/v1/blob-ids', answer: async ({ query }) => jsonReply(200, await this.#listIds(query)) },
      { path: '/v1/blob-stats', answer: async () => jsonReply(200, await this.#readStats()) },
      { path: '/v1/blob/stat', answer: async ({ query }) => jsonReply(200, await this.#stat(query)) },
    ]
  }

  #doneRoutes(): readonly AnyRoute[] {
    const streamed = (path: string, work: (call: WorkCall) => Promise<void>): AnyRoute => ({
      path,
      isPosted: true,
      stream: ({ document }, events) =>
        work({ blobs: this.#opened(), document, events, signal: this.#signal(events.signal) }),
    })
    return [
      ...postedRoutes(() => this.#opened()),
      streamed('/v1/blob/keep', (call) => this.#work.keep(call)),
      streamed('/v1/blob/gc', (call) => this.#work.collect(call)),
      streamed('/v1/blob/fsck', (call) => this.#work.check(call)),
      {
        path: '/v1/blob/rebuild',
        isPosted: true,
        stream: ({ document }, events) => this.#rebuild({ document, events, signal: this.#signal(events.signal) }),
      },
      streamed('/v1/blob/rotate-key', (call) => this.#work.rotateKey(call)),
    ]
  }

  /** And opens what came of it. */
  #rebuild(call: Omit<WorkCall, 'blobs'>): Promise<void> {
    return this.#work.rebuild(call, async (onProgress) => {
      if (!(this.#blobs instanceof FlotillaError)) {
        throw new FlotillaError('wrong-request', 'the blobs of this node can be read, so nothing is rebuilt', {
          hint: 'run `flotilla blob fsck`, which mends what is damaged',
        })
      }
      if (!this.isFailed) throw this.#blobs
      const parts = { ...this.#options, note: this.#note }
      const rebuilt = await rebuildBlobs(parts, this.#cluster, { signal: call.signal, onProgress })
      await this.begin(this.#cluster)
      this.#opened()
      return rebuilt
    })
  }

  #call(question: ContentQuestion, events: EventStream): ContentCall {
    const { store } = this.#opened()
    if (question.method === 'PUT' && this.#isJoining) {
      throw new FlotillaError('busy', 'this node is joining a cluster', { hint: 'put it when that is done' })
    }
    return { store, question, events, signal: this.#signal(events.signal) }
  }

  #signal(gone: AbortSignal): AbortSignal {
    return AbortSignal.any([gone, this.#stopping.signal])
  }

  async #list(query: URLSearchParams): Promise<BlobsAnswer> {
    checkParameters(query, ['prefix', 'after', 'limit'])
    const limit = limitIn(query, blobsAnsweredMax)
    const [prefix, after] = [query.get('prefix') ?? '', query.get('after')]
    return namesAnswer(await this.#opened().store.list({ prefix, limit, ...(after === null ? {} : { after }) }), limit)
  }

  async #listIds(query: URLSearchParams): Promise<BlobIdsAnswer> {
    checkParameters(query, ['after', 'limit'])
    const limit = limitIn(query, blobsAnsweredMax)
    const after = query.get('after')
    const blobs = await this.#opened().store.listIds({ limit, ...(after === null ? {} : { after }) })
    return { blobs: blobs.map(blobEntry), next: blobs.length < limit ? null : (blobs.at(-1)?.id ?? null) }
  }

  async #stat(query: URLSearchParams): Promise<BlobStatAnswer> {
    checkParameters(query, ['ref'])
    const ref = query.get('ref')
    if (ref === null) throw wrongParameter('there is no ref', 'write ?ref=NAME, or an id')
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
