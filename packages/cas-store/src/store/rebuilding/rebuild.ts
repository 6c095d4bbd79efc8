import type { Disk } from '@flotilla/core/disk'
import type { Logger } from '@flotilla/core/observe'
import type { BlobRow, Catalogue, ChunkRow } from '../../catalogue/contract.ts'
import { packsOnDisk, PackFiles } from '../../packs/index.ts'
import { PackScan } from '../../packs/pack-scan.ts'
import type { SealedChunk, Workshop } from '../../sealing/contract.ts'
import { sealedEpoch } from '../../sealing/sealed-chunk.ts'
import { decodeList, type ChunkList } from '../../tree/list-codec.ts'
import { sizeUnknown } from '../../tree/size-unknown.ts'
import type { BlobDescriptor, BlobId, ChunkId, ChunkKind, KeyEpoch, PackId } from '../../types.ts'
import type { Vault } from '../../vault/contract.ts'
import { giveBackOpened } from '../../vault/opened-memory.ts'
import { codeOf } from '../errors.ts'

export interface RebuildParts {
  readonly disk: Disk
  /** Empty, but for the keys. */
  readonly catalogue: Catalogue
  /** Over both. */
  readonly vault: Pick<Vault, 'read' | 'letGo'>
  readonly workshop: Pick<Workshop, 'open' | 'giveBack'>
  readonly epochs: ReadonlySet<KeyEpoch>
  readonly blobIdOf: (descriptor: BlobDescriptor) => BlobId
  readonly wallNow: () => number
  readonly logger: Logger
  readonly pageRows: number
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: RebuildProgress) => void) | undefined
}

export interface RebuildProgress {
  readonly packsRead: number
  readonly packsInAll: number
}

export interface FoundChunks {
  readonly packs: number
  readonly chunks: number
  /** In packs, and no whole record that a known key opens. */
  readonly bytesPassedOver: number
}

/** Chunks that are opened at the same time to see how much is in them. */
const rootsAtOnceMax = 8

/** Reads all packs, and adds a row for each chunk of which a whole record is there. */
export async function findChunks(parts: RebuildParts): Promise<FoundChunks> {
  const { disk, catalogue, signal, onProgress, logger } = parts
  await using files = new PackFiles({ disk, openFilesMax: 1 })
  const packs = await packsOnDisk(disk, signal)
  let packsRead = 0
  let bytesPassedOver = 0
  for (const pack of packs) {
    onProgress?.({ packsRead, packsInAll: packs.length })
    const passedOver = await addChunksOf(pack, files, parts)
    if (passedOver > 0)
      logger.warn({ pack, bytes: passedOver }, 'part of a pack is no whole chunk that a known key opens')
    bytesPassedOver += passedOver
    packsRead++
  }
  onProgress?.({ packsRead, packsInAll: packs.length })
  // Not as many as were found: a chunk may stand in two packs.
  const { chunks } = await catalogue.counts()
  return { packs: packs.length, chunks, bytesPassedOver }
}

/** How many bytes of it are of no use. */
async function addChunksOf(pack: PackId, files: PackFiles, parts: RebuildParts): Promise<number> {
  const { catalogue, workshop, epochs, pageRows, signal } = parts
  const scan = new PackScan(files, pack)
  let rows: ChunkRow[] = []
  let bytesOfNoKey = 0
  const commit = async (): Promise<void> => {
    if (rows.length > 0) await catalogue.commit([{ type: 'add-chunks', chunks: rows }])
    rows = []
  }
  for await (const { id, kind, position, length, sealed } of scan.records(signal)) {
    const epoch = sealedEpoch(sealed)
    if (epoch === undefined || !epochs.has(epoch) || !(await opens({ id, kind, sealed }, workshop))) {
      bytesOfNoKey += length
      continue
    }
    rows.push({ id, kind, epoch, place: { pack, position, length } })
    if (rows.length >= pageRows) await commit()
  }
  await commit()
  return scan.bytesPassedOver + bytesOfNoKey
}

/**
 * A record of another store, or of an earlier life of this one, is whole by its checksum too, may say the same epoch,
 * and in a cluster has the same id: it would stand in the way of one that can be read.
 */
async function opens(chunk: SealedChunk, workshop: RebuildParts['workshop']): Promise<boolean> {
  const found = await workshop.open([chunk], { verify: 'seal' })
  giveBackOpened(workshop, found)
  return found[0]?.type === 'opened'
}

/**
 * Adds a blob for everything that no list names: a list that is the root of its tree, or content of a single chunk. Of
 * what was deleted and not collected yet nothing can be told apart from what was not, nor what a put has left that
 * failed; what hangs on a list that is lost comes in parts.
 */
export async function findBlobs(parts: RebuildParts): Promise<{ readonly blobs: number }> {
  const { catalogue } = parts
  await catalogue.beginMarking()
  for await (const rows of rowsOf(parts)) {
    for (const { id, kind } of rows) {
      if (kind !== 'list') continue
      const list = await listOf(id, parts)
      if (list !== undefined) await catalogue.mark([...new Set(list.entries.map((entry) => entry.id))])
    }
  }
  for await (const rows of rowsOf(parts)) {
    const isRoot = await catalogue.mark(rows.map(({ id }) => id))
    await addBlobs(
      rows.filter((_row, index) => isRoot[index]),
      parts,
    )
  }
  return { blobs: (await catalogue.counts()).blobs }
}

async function addBlobs(roots: readonly ChunkRow[], parts: RebuildParts): Promise<void> {
  const { catalogue, blobIdOf, wallNow } = parts
  for (let first = 0; first < roots.length; first += rootsAtOnceMax) {
    const some = roots.slice(first, first + rootsAtOnceMax)
    const found = await Promise.all(some.map((root) => descriptorOf(root, parts)))
    const blobs = found.flatMap((descriptor): readonly BlobRow[] =>
      descriptor === undefined ? [] : [{ ...descriptor, id: blobIdOf(descriptor), putAtMs: wallNow() }],
    )
    if (blobs.length > 0) await catalogue.commit(blobs.map((blob) => ({ type: 'add-blob', blob })))
  }
}

async function descriptorOf({ id, kind }: ChunkRow, parts: RebuildParts): Promise<BlobDescriptor | undefined> {
  if (kind === 'list') {
    const list = await listOf(id, parts)
    if (list === undefined) return undefined
    return { root: id, depth: list.depth, size: list.entries.reduce((sum, { size }) => sum + size, 0) }
  }
  const size = await opened(id, 'data', parts, (bytes) => bytes.length)
  return size === undefined ? undefined : { root: id, depth: 0, size }
}

function listOf(id: ChunkId, parts: RebuildParts): Promise<ChunkList | undefined> {
  return opened(id, 'list', parts, decodeList)
}

/** Undefined where it cannot be opened, or is no list. */
async function opened<Value>(
  id: ChunkId,
  kind: ChunkKind,
  { vault, signal, logger }: RebuildParts,
  look: (bytes: Uint8Array) => Value,
): Promise<Value | undefined> {
  try {
    const chunks = await vault.read([{ id, kind, size: sizeUnknown }], { signal })
    const value = look(chunks[0] ?? new Uint8Array())
    vault.letGo?.(chunks)
    return value
  } catch (error) {
    if (codeOf(error) !== 'corrupt' && codeOf(error) !== 'malformed-list') throw error
    logger.warn({ id, kind, err: error }, 'a chunk cannot be read')
    return undefined
  }
}

async function* rowsOf({ catalogue, pageRows }: RebuildParts): AsyncGenerator<readonly ChunkRow[]> {
  for (const { pack } of await catalogue.packs()) {
    let after: number | undefined
    for (;;) {
      const rows = await catalogue.chunksOf(
        pack,
        after === undefined ? { limit: pageRows } : { after, limit: pageRows },
      )
      if (rows.length > 0) yield rows
      after = rows.at(-1)?.place.position
      if (rows.length < pageRows) break
    }
  }
}
