import type { Disk } from '@flotilla/core/disk'
import { silentLogger, silentMetrics, type Logger, type Metrics } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { Catalogue } from '../catalogue/contract.ts'
import { packsOnDisk, PackFiles, PackReader, PackWriter } from '../packs/index.ts'
import type { Workshop } from '../sealing/contract.ts'
import { blobError } from '../store/errors.ts'
import type { WantedChunk } from '../tree/contract.ts'
import { ByteBudget } from './byte-budget.ts'
import { ChunkReading } from './chunk-reading.ts'
import { ChunksUnderWay } from './chunks-under-way.ts'
import { VaultCollection } from './collection.ts'
import type { Collection, ScrubOptions, ScrubReport, Vault, VaultSession, VaultUsage } from './contract.ts'
import { FinishedIntake } from './finished-intake.ts'
import { vaultInstruments } from './instruments.ts'
import { Intake } from './intake.ts'
import { Leases } from './leases.ts'
import { validateVaultLimits, type VaultLimits } from './limits.ts'
import { Reclaiming } from './reclaiming.ts'
import { Resealing } from './resealing.ts'
import { Scrubbing } from './scrubbing.ts'
import { PackSizes } from './pack-sizes.ts'
import type { VaultParts } from './vault-parts.ts'
import { Session } from './vault-session.ts'

export interface VaultOptions {
  readonly disk: Disk
  readonly catalogue: Catalogue
  readonly workshop: Workshop
  readonly entropy: Entropy
  readonly clock: Clock
  readonly limits?: Partial<VaultLimits>
  readonly logger?: Logger
  readonly metrics?: Metrics
}

/**
 * Touches the disk only when it is first used. Disk, catalogue and workshop stay the caller's, to be closed after it.
 */
export function createVault(options: VaultOptions): Vault {
  return new DiskVault(options)
}

class DiskVault implements Vault {
  readonly catalogue: Catalogue
  readonly #parts: VaultParts
  readonly #intake: Intake
  readonly #finished: FinishedIntake
  readonly #reading: ChunkReading
  readonly #underWay = new ChunksUnderWay()
  readonly #leases = new Leases()
  readonly #sessions = new Set<Session>()
  #isCollecting = false
  #isClosed = false

  constructor(options: VaultOptions) {
    const { disk, catalogue, workshop, entropy, clock, logger = silentLogger } = options
    const limits = validateVaultLimits(options.limits)
    const instruments = vaultInstruments(options.metrics ?? silentMetrics)
    const files = new PackFiles({ disk, openFilesMax: limits.openFilesMax })
    const reader = new PackReader({ files, readsMax: limits.readsMax })
    const writer = new PackWriter({ files, entropy, logger, ...limits })
    const sizes = new PackSizes({ reader, writer })
    this.catalogue = catalogue
    this.#parts = { disk, catalogue, workshop, clock, limits, logger, instruments, files, reader, writer, sizes }
    const budget = new ByteBudget(limits.bytesUnderWayMax)
    this.#finished = new FinishedIntake({ catalogue, writer, underWay: this.#underWay, budget, instruments })
    this.#intake = new Intake({ workshop, catalogue, writer, underWay: this.#underWay, budget, instruments })
    this.#reading = new ChunkReading({ catalogue, workshop, reader, limits, instruments })
  }

  async read(
    wanted: readonly WantedChunk[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly Uint8Array[]> {
    this.#check()
    return this.#reading.read(wanted, options.signal)
  }

  letGo(chunks: readonly Uint8Array[]): void {
    this.#reading.letGo(chunks)
  }

  session(): VaultSession {
    this.#check()
    const { catalogue, workshop, writer, limits } = this.#parts
    if (this.#sessions.size >= limits.sessionsMax) {
      throw blobError('overloaded', `${limits.sessionsMax} sessions write already`)
    }
    const lease = this.#leases.begin(catalogue.generation)
    const session: Session = new Session({
      workshop,
      catalogue,
      writer,
      underWay: this.#underWay,
      intake: this.#intake,
      finished: this.#finished,
      rowsPendingMax: limits.rowsPendingMax,
      ended: () => {
        lease[Symbol.dispose]()
        this.#sessions.delete(session)
      },
    })
    this.#sessions.add(session)
    return session
  }

  async collection(): Promise<Collection> {
    this.#check()
    if (this.#isCollecting) throw blobError('overloaded', 'a collection is under way already')
    this.#isCollecting = true
    const { catalogue } = this.#parts
    const floor = this.#leases.watch()
    const ended = (): void => {
      floor[Symbol.dispose]()
      this.#isCollecting = false
    }
    try {
      const generation = await catalogue.beginMarking()
      return new VaultCollection({ ...this.#parts, generation, floor, reclaiming: new Reclaiming(this.#parts), ended })
    } catch (error) {
      ended()
      throw error
    }
  }

  async scrub(options: ScrubOptions): Promise<ScrubReport> {
    this.#check()
    return new Scrubbing(this.#parts, options).run()
  }

  async reseal(options: { readonly bytesPerSecond: number; readonly signal?: AbortSignal }): Promise<number> {
    this.#check()
    return new Resealing(this.#parts, options).run([...this.#sessions])
  }

  async usage(): Promise<VaultUsage> {
    this.#check()
    const { disk, catalogue, sizes } = this.#parts
    const packs = await packsOnDisk(disk)
    const uses = await catalogue.packs()
    let bytes = 0
    for (const pack of packs) bytes += (await sizes.of(pack)) ?? 0 // It was removed meanwhile.
    return { packs: packs.length, bytes, bytesLive: uses.reduce((sum, use) => sum + use.bytes, 0) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#sessions].map((session) => session[Symbol.asyncDispose]()))
    await this.#parts.writer[Symbol.asyncDispose]()
    await this.#parts.files[Symbol.asyncDispose]()
  }

  #check(): void {
    if (this.#isClosed) throw blobError('closed', 'the chunk store is closed')
  }
}
