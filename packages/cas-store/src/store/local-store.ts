import { silentLogger, silentMetrics, type Logger, type Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type {
  BlobCallOptions,
  BlobContent,
  BlobSource,
  BlobStat,
  GetOptions,
  ListOptions,
  NamedBlob,
  PutResult,
} from '../blobs.ts'
import type { BlobRow } from '../catalogue/contract.ts'
import type { Gear } from '../chunking/gear.ts'
import type { ChunkPlan } from '../chunking/contract.ts'
import { validateLocalStoreLimits, type LocalStoreLimits } from '../limits.ts'
import type { Workshop } from '../sealing/contract.ts'
import { readBlob } from '../tree/blob-reader.ts'
import type { FillingSource } from '../tree/blob-writer.ts'
import type { BlobDescriptor, BlobId, KeyEpoch } from '../types.ts'
import type { CollectionReport, Vault } from '../vault/contract.ts'
import { Background } from './background/background.ts'
import { BlobBook, notFound } from './blob-book.ts'
import { check } from './checking/check.ts'
import { collectGarbage } from './collecting.ts'
import type { CheckOptions, CheckReport, CollectOptions, LocalPutOptions, LocalStore, StoreStats } from './contract.ts'
import { blobError } from './errors.ts'
import { HeldContent } from './held-content.ts'
import { Holds, type Hold } from './holds.ts'
import { instruments, type Instruments } from './instruments.ts'
import { checkId, checkLimit } from './paging.ts'
import { checkPut, putBlob, type PuttingParts } from './putting.ts'
import { smallFilesPut } from './putting-files.ts'
import { PutsUnderWay } from './puts-under-way.ts'
import { checkRange } from './ranges.ts'
import { Slots } from './slots.ts'
import { StoreKeys, type RotatingKeys } from './store-keys.ts'
import { statsOf } from './stats.ts'
import { Work } from './work.ts'

export interface LocalStoreOptions {
  readonly vault: Vault
  readonly keyring: RotatingKeys
  readonly workshop: Pick<Workshop, 'slab' | 'giveBack' | 'identify' | 'sealFiles' | 'useKeys'>
  readonly blobIdOf: (descriptor: BlobDescriptor) => BlobId
  /** How content is cut. All nodes of a cluster have the same. */
  readonly plan: ChunkPlan
  readonly gear: Gear
  readonly clock: Clock
  readonly limits?: Partial<LocalStoreLimits>
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** Asked before so many bytes are written for a put; it rejects with `disk-full` where there is no room for them. */
  readonly checkRoom?: (bytes: number) => Promise<void>
  /** Disposed of after the vault, when the store is closed. */
  readonly owned?: AsyncDisposable
  /** Without it nothing is scrubbed or sealed again unless asked for. Default true. */
  readonly background?: boolean
}

/** A store on one vault, which is disposed of with it. */
export function createLocalStore(options: LocalStoreOptions): LocalStore {
  return new VaultStore(options)
}

class VaultStore implements LocalStore {
  readonly vault: Vault
  readonly workshop: LocalStore['workshop']
  readonly putSmallFiles: LocalStore['putSmallFiles']
  readonly #options: LocalStoreOptions
  readonly #limits: LocalStoreLimits
  readonly #logger: Logger
  readonly #instruments: Instruments
  readonly #work = new Work()
  readonly #holds: Holds
  readonly #streams: Slots
  readonly #book: BlobBook
  readonly #putting: PuttingParts
  readonly #puts: PutsUnderWay
  readonly #keys: StoreKeys
  readonly #background: Background
  #isChecking = false
  #closing: Promise<void> | undefined

  constructor(options: LocalStoreOptions) {
    const { vault, clock, workshop, blobIdOf, plan, gear, checkRoom } = options
    this.vault = vault
    this.workshop = workshop
    this.#options = options
    this.#limits = validateLocalStoreLimits(options.limits)
    this.#logger = options.logger ?? silentLogger
    this.#instruments = instruments(options.metrics ?? silentMetrics)
    this.#holds = new Holds(clock, this.#limits)
    this.#streams = new Slots(this.#limits.streamsMax)
    const wallNow = (): number => Math.trunc(clock.wallNow())
    this.#book = new BlobBook(vault.catalogue, wallNow)
    const { batchBytes, fileBatchBytes, putsMax } = this.#limits
    const slab = (byteLength: number): Uint8Array => workshop.slab(byteLength)
    const giveBack = (slabs: readonly Uint8Array[]): void => workshop.giveBack?.(slabs)
    this.#putting = { vault, blobIdOf, plan, gear, slab, giveBack, batchBytes, wallNow, checkRoom }
    this.#keys = new StoreKeys(options.keyring, (keys) => workshop.useKeys(keys))
    this.#background = new Background({
      vault,
      clock,
      keys: this.#keys,
      logger: this.#logger,
      work: this.#work,
      instruments: this.#instruments,
      collect: () => this.collectGarbage(),
      limits: this.#limits,
    })
    this.#puts = new PutsUnderWay({
      work: this.#work,
      putsMax,
      newestKey: () => this.#keys.newest,
      reseal: () => this.#background.reseal(),
    })
    this.putSmallFiles = smallFilesPut(workshop, {
      ...this.#putting,
      puts: this.#puts,
      name: (name, id) => this.#book.name(name, id),
      instruments: this.#instruments,
      fileBatchBytes,
    })
    if (options.background !== false) this.#background.begin()
  }

  put(source: BlobSource | FillingSource, options: LocalPutOptions = {}): Promise<PutResult> {
    return this.#puts.run(options, async (signal) => {
      checkPut(source, options)
      const result = await this.#put(source, options, signal)
      this.#instruments.put(result.size, result.bytesKnown, result.bytesStored)
      return result
    })
  }

  /** Small ones need little memory; of the others there are only so many at a time. */
  async #put(source: BlobSource | FillingSource, options: LocalPutOptions, signal: AbortSignal): Promise<PutResult> {
    if (source instanceof Uint8Array) return putBlob(this.#putting, source, options, signal)
    // A file does not keep others waiting; who sends a stream may.
    if ('fill' in source) await this.#streams.take(signal)
    else if (!this.#streams.tryTake()) {
      throw blobError('overloaded', `${this.#limits.streamsMax} streams are put, which is the limit (streamsMax)`)
    }
    try {
      return await putBlob(this.#putting, source, options, signal)
    } finally {
      this.#streams.give()
    }
  }

  get(ref: string, options: GetOptions = {}): Promise<BlobContent> {
    return this.#work.run(options, async () => {
      const found = await this.#holds.look(async () => {
        const row = await this.#book.find(ref)
        return row === undefined ? [] : [row]
      })
      const [row] = found?.roots ?? []
      if (found === undefined || row === undefined) throw notFound(ref)
      const { hold } = found
      try {
        return this.#content(row, hold, options)
      } catch (error) {
        hold[Symbol.dispose]()
        throw error
      }
    })
  }

  #content(row: BlobRow, hold: Hold, options: GetOptions): BlobContent {
    const range = checkRange(options.range, row.size)
    const { signal } = options
    return new HeldContent({
      id: row.id,
      size: row.size,
      range,
      hold,
      read: () => readBlob(row, { source: this.vault, range, signal, borrow: options.borrow }),
      step: (act) => this.#work.run(options, act),
      given: (bytes) => this.#instruments.read(bytes),
      isKnown: () =>
        this.#book.find(row.id).then(
          (found) => found !== undefined,
          () => true,
        ),
    })
  }

  blobIdOf(descriptor: BlobDescriptor): BlobId {
    return this.#options.blobIdOf(descriptor)
  }

  resolve(ref: string, options?: BlobCallOptions): Promise<BlobRow | undefined> {
    return this.#work.run(options, () => this.#book.find(ref))
  }

  hold(root: BlobDescriptor): Disposable {
    return this.#holds.keep([root])
  }

  stat(ref: string, options?: BlobCallOptions): Promise<BlobStat | undefined> {
    return this.#work.run(options, () => this.#book.stat(ref))
  }

  list(options: ListOptions = {}): Promise<readonly NamedBlob[]> {
    return this.#work.run(options, () => {
      const { prefix = '', after } = options
      const limit = checkLimit(options.limit, this.#limits)
      return this.#book.names(after === undefined ? { prefix, limit } : { prefix, after, limit })
    })
  }

  listIds(options: Omit<ListOptions, 'prefix'> = {}): Promise<readonly BlobStat[]> {
    return this.#work.run(options, () => {
      const { after } = options
      const limit = checkLimit(options.limit, this.#limits)
      return this.#book.blobs(after === undefined ? { limit } : { after: checkId(after), limit })
    })
  }

  name(name: string, ref: string, options?: BlobCallOptions): Promise<void> {
    return this.#work.run(options, () => this.#book.name(name, ref))
  }

  unname(name: string, options?: BlobCallOptions): Promise<boolean> {
    return this.#work.run(options, () => this.#book.unname(name))
  }

  delete(ref: string, options?: BlobCallOptions): Promise<boolean> {
    return this.#work.run(options, () => this.#book.delete(ref))
  }

  pin(ref: string, options?: BlobCallOptions): Promise<void> {
    return this.#work.run(options, () => this.#book.pin(ref))
  }

  unpin(ref: string, options?: BlobCallOptions): Promise<void> {
    return this.#work.run(options, () => this.#book.unpin(ref))
  }

  collectGarbage(options: CollectOptions = {}): Promise<CollectionReport> {
    return this.#work.runLong(options, async (signal) => {
      const { clock } = this.#options
      const { pageRows } = this.#limits
      const { onProgress } = options
      const parts = { vault: this.vault, holds: this.#holds, clock, pageRows, onProgress }
      const report = await collectGarbage(parts, signal)
      this.#instruments.collected(report.chunksForgotten, report.bytesFreed)
      this.#logger.info({ ...report }, 'garbage was collected')
      return report
    })
  }

  check(options: CheckOptions = {}): Promise<CheckReport> {
    return this.#work.runLong(options, async (signal) => {
      if (this.#isChecking) throw blobError('overloaded', 'a check is under way')
      this.#isChecking = true
      try {
        const { vault } = this
        const parts = { vault, holds: this.#holds, keys: this.#keys, logger: this.#logger, limits: this.#limits }
        const report = await check(parts, options, signal)
        this.#instruments.checkFound(report.damaged, report.missing, report.mended)
        return report
      } finally {
        this.#isChecking = false
      }
    })
  }

  stats(options?: BlobCallOptions): Promise<StoreStats> {
    return this.#work.run(options, () => statsOf(this.vault, this.#keys.newest))
  }

  rotateKey(options?: BlobCallOptions): Promise<KeyEpoch> {
    return this.#work.run(options, async () => {
      const epoch = await this.#keys.rotate()
      this.#background.reseal()
      return epoch
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#work[Symbol.asyncDispose]()
    try {
      await this.vault[Symbol.asyncDispose]()
    } finally {
      await this.#options.owned?.[Symbol.asyncDispose]()
    }
  }
}
