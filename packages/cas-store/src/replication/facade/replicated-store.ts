import type { NodeId } from '@flotilla/core/ids'
import type {
  BlobCallOptions,
  BlobContent,
  BlobSource,
  GetOptions,
  ListOptions,
  NamedBlob,
  PutOptions,
  PutResult,
} from '../../blobs.ts'
import type { StatementRow } from '../../catalogue/contract.ts'
import type { CheckOptions, CheckReport, LocalStore } from '../../store/contract.ts'
import { blobError } from '../../store/errors.ts'
import { checkName, quoted } from '../../store/names.ts'
import { Work } from '../../store/work.ts'
import type { RemoteSource } from '../../transfer/contract.ts'
import type { BlobId } from '../../types.ts'
import type { KeepOptions, ReplicatedBlobStat, ReplicatedStore, ReplicationStatus } from '../contract.ts'
import { keptNote } from '../ledger/effects.ts'
import { mendBlobs } from '../repair/mending.ts'
import { blobKey, nameKey, pinKey, type BlobSaid, type Said } from '../statements/statement.ts'
import { contentOf } from './content.ts'
import { Directory } from './directory.ts'
import type { ReplicatedStoreOptions } from './options.ts'
import { openParts, type ReplicationParts } from './parts.ts'
import { putReplicated } from './putting.ts'
import { spread } from './spreading.ts'
import { statusOf } from './status.ts'

/** Begins to talk to the other members; resolves when it can be used. It closes none of what it was given. */
export async function createReplicatedStore(options: ReplicatedStoreOptions): Promise<ReplicatedStore> {
  return new SpreadStore(options, await openParts(options))
}

class SpreadStore implements ReplicatedStore {
  readonly local: LocalStore
  readonly #options: ReplicatedStoreOptions
  readonly #parts: ReplicationParts
  readonly #directory: Directory
  readonly #work = new Work()

  constructor(options: ReplicatedStoreOptions, parts: ReplicationParts) {
    const { local, self } = options
    const { ledger, membership } = parts
    this.local = local
    this.#options = options
    this.#parts = parts
    this.#directory = new Directory({ catalogue: local.vault.catalogue, ledger, membership, self })
  }

  put(source: BlobSource, options: PutOptions = {}): Promise<PutResult> {
    return this.#work.runLong(options, async (signal) => {
      this.#checkMayState()
      const { local, transfer, clock, entropy } = this.#options
      const { ledger, settings, view } = this.#parts
      const { catalogue } = local.vault
      const putting = { local, catalogue, transfer, ledger, clock, entropy, settings, view: () => view.plan() }
      const spreading = (rows: readonly StatementRow[], to: readonly NodeId[], blob: BlobId) =>
        this.#spread(rows, to, { blob })
      return putReplicated({ ...putting, spread: spreading }, source, { ...options, signal })
    })
  }

  get(ref: string, options: GetOptions = {}): Promise<BlobContent> {
    return this.#work.run(options, async () => {
      const blob = await this.#found(ref)
      const isHere = (await this.local.vault.catalogue.blob(blob.id)) !== undefined
      const remote = (): Promise<RemoteSource> => this.#remote(blob.id)
      return contentOf(blob, { local: this.local, remote, get: options, isHere })
    })
  }

  stat(ref: string, options?: BlobCallOptions): Promise<ReplicatedBlobStat | undefined> {
    return this.#work.run(options, () => this.#directory.stat(ref))
  }

  list(options: ListOptions = {}): Promise<readonly NamedBlob[]> {
    return this.#work.run(options, () => this.#directory.list(options))
  }

  listIds(options: Omit<ListOptions, 'prefix'> = {}): Promise<readonly ReplicatedBlobStat[]> {
    return this.#work.run(options, () => this.#directory.listIds(options))
  }

  name(name: string, ref: string, options?: BlobCallOptions): Promise<void> {
    return this.#say(options, ref, ({ id }) => [{ type: 'name', name: checkName(name), blob: id }])
  }

  unname(name: string, options?: BlobCallOptions): Promise<boolean> {
    return this.#work.run(options, async () => {
      this.#checkMayState()
      const key = nameKey(checkName(name))
      const rows = await this.#parts.ledger.make(async (look) =>
        (await look(key))?.said.type === 'name' ? [{ type: 'gone', key }] : [],
      )
      await this.#tell(rows)
      return rows.length > 0
    })
  }

  delete(ref: string, options?: BlobCallOptions): Promise<boolean> {
    return this.#work.run(options, async () => {
      this.#checkMayState()
      const { catalogue } = this.local.vault
      const rows = await this.#parts.ledger.make(
        async (look) => {
          const blob = await this.#directory.find(ref, look)
          if (blob === undefined) return []
          if ((await look(pinKey(blob.id)))?.said.type === 'pin') {
            throw blobError('pinned', `${quoted(ref)} is pinned, so it is not deleted`)
          }
          const names = await catalogue.namesOf(blob.id)
          const keys = [blobKey(blob.id), ...names.map(nameKey)]
          return keys.map((key): Said => ({ type: 'gone', key }))
        },
        { isAlone: true },
      )
      await this.#tell(rows)
      return rows.length > 0
    })
  }

  pin(ref: string, options?: BlobCallOptions): Promise<void> {
    return this.#say(options, ref, ({ id }) => [{ type: 'pin', id }])
  }

  unpin(ref: string, options?: BlobCallOptions): Promise<void> {
    return this.#say(options, ref, ({ id }) => [{ type: 'gone', key: pinKey(id) }])
  }

  keep(ref: string, options: KeepOptions = {}): Promise<void> {
    return this.#work.runLong(options, async (signal) => {
      const blob = await this.#found(ref)
      const { catalogue } = this.local.vault
      await catalogue.commit([{ type: 'set-note', key: keptNote(blob.id), value: 'kept' }])
      if ((await catalogue.blob(blob.id)) !== undefined) return
      if (!(await this.#parts.errands.fetch(blob, { ...options, signal }))) throw notFound(ref)
      this.#parts.feeds.tell()
    })
  }

  release(ref: string, options?: BlobCallOptions): Promise<void> {
    return this.#work.run(options, async () => {
      const { id } = await this.#found(ref)
      await this.local.vault.catalogue.commit([{ type: 'set-note', key: keptNote(id), value: undefined }])
      this.#parts.repairs.changed([id])
    })
  }

  check(options: Omit<CheckOptions, 'bring'> = {}): Promise<CheckReport> {
    return this.#work.runLong(options, async (signal) => {
      const report = await this.local.check({ ...options, signal })
      const { vault } = this.local
      const rows = await Promise.all(report.blobsHurt.map((id) => vault.catalogue.blob(id)))
      // Replicas that cannot read it among them: what they have may be the last copy.
      const others = (): readonly NodeId[] =>
        this.#parts.membership.others().flatMap(({ node, isAlive }) => (isAlive ? [node] : []))
      await using far = this.#options.transfer.source(others)
      const hurt = rows.filter((row) => row !== undefined)
      const { whole, chunks } = await mendBlobs(hurt, { vault, far, signal })
      const mended = new Set(whole.map(({ id }) => id))
      const blobsHurt = report.blobsHurt.filter((id) => !mended.has(id))
      return { ...report, mended: report.mended + chunks, blobsHurt }
    })
  }

  status(options: BlobCallOptions = {}): Promise<ReplicationStatus> {
    return this.#work.runLong(options, (signal) => {
      const { limits, repairs, view } = this.#parts
      const { liesOf = () => 0 } = this.#options
      const { pageRows, outOfReachMax } = limits
      return statusOf({
        catalogue: this.local.vault.catalogue,
        pageRows,
        outOfReachMax,
        signal,
        liesOf,
        view: view.plan(),
        isRepairing: repairs.isRepairing,
        freeBytesOf: (node) => view.freeBytesOf(node),
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work[Symbol.asyncDispose]()
    await this.#parts[Symbol.asyncDispose]()
  }

  /** Says something about a blob that there is. */
  #say(options: BlobCallOptions | undefined, ref: string, say: (blob: BlobSaid) => readonly Said[]): Promise<void> {
    return this.#work.run(options, async () => {
      this.#checkMayState()
      const rows = await this.#parts.ledger.make(async (look) => {
        const blob = await this.#directory.find(ref, look)
        if (blob === undefined) throw notFound(ref)
        return say(blob)
      })
      await this.#tell(rows)
    })
  }

  /** Waits until so many know of it that it survives as much as a blob does, if they can be reached. */
  async #tell(rows: readonly StatementRow[]): Promise<void> {
    if (rows.length === 0) return
    const others = this.#living().filter((node) => node !== this.#options.self)
    if (others.length === 0) return
    const enough = Math.min(others.length, this.#parts.settings.copies - 1)
    await this.#spread(rows, others, { enough })
  }

  #spread(
    rows: readonly StatementRow[],
    to: readonly NodeId[],
    options: { readonly blob?: BlobId; readonly enough?: number },
  ): Promise<{ readonly holding: readonly NodeId[] }> {
    const { clock } = this.#options
    const { feeds, limits } = this.#parts
    const ask: typeof feeds.ask = (peer, request, signal) => feeds.ask(peer, request, signal)
    return spread(rows, to, { ...options, clock, timeoutMs: limits.spreadTimeoutMs, ask })
  }

  async #found(ref: string): Promise<BlobSaid> {
    const blob = await this.#directory.find(ref)
    if (blob === undefined) throw notFound(ref)
    return blob
  }

  #living(): readonly NodeId[] {
    const { membership } = this.#parts
    return membership.all().flatMap(({ node, isAlive, isUntrusted }) => (isAlive && isUntrusted !== true ? [node] : []))
  }

  /** Those that have the blob; where nobody is known to, all are asked. */
  async #remote(id: BlobId): Promise<RemoteSource> {
    const known = await this.#parts.errands.livingHolders(id)
    const others = (): readonly NodeId[] => this.#living().filter((node) => node !== this.#options.self)
    return this.#options.transfer.source(() => (known.length > 0 ? known : others()))
  }

  #checkMayState(): void {
    if (this.#parts.membership.isTrusted(this.#options.self)) return
    throw blobError('wrong-request', 'this node is an untrusted replica, which only keeps what others put', {
      hint: 'do it on another node',
    })
  }
}

function notFound(ref: string): Error {
  return blobError('not-found', `there is no blob ${quoted(ref)}`)
}
