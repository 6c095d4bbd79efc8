import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { ListEntry, WantedChunk } from '../tree/contract.ts'
import { decodeList, type ChunkList } from '../tree/list-codec.ts'
import type { BlobDescriptor, ChunkId, ChunkKind } from '../types.ts'
import { expectedBytes, type TransferSettings } from './limits.ts'

/** Chunks of one kind and one depth, each once. */
export interface ChunkGroup {
  readonly kind: ChunkKind
  readonly wanted: readonly WantedChunk[]
}

/** Lists that are read together. What is below them is held meanwhile: at most so many times a list's entries. */
const listsPerGroup = 16

export interface WalkOptions {
  readonly settings: TransferSettings
  /** In the order asked for. Called for each group of lists, after whoever walks has seen the group. */
  readonly readLists: (wanted: readonly WantedChunk[]) => Promise<readonly Uint8Array[]>
}

/**
 * Everything that a blob is made of, from the root down, a list before what is below it; each list once, however often
 * it stands in the blob. A blob whose lists do not fit together is a `ProtocolError`: whoever made it lied.
 */
export async function* walkTree(blob: BlobDescriptor, options: WalkOptions): AsyncGenerator<ChunkGroup, void> {
  const { settings, readLists } = options
  const seen = new Map<ChunkId, number>()
  const levels: Level[] = [{ depth: blob.depth, chunks: [{ id: blob.root, size: blob.size }], next: 0 }]
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const { depth } = level
    const group = nextGroup(level, settings)
    if (level.next === level.chunks.length) levels.pop()
    yield group
    if (depth === 0) continue
    const lists = await readLists(group.wanted)
    const below = lists.flatMap((bytes, index) => entriesOf(bytes, depth, group.wanted[index] as WantedChunk))
    const chunks = depth === 1 ? below : unseen(below, seen, settings)
    if (chunks.length > 0) levels.push({ depth: depth - 1, chunks, next: 0 })
  }
}

interface Level {
  readonly depth: number
  readonly chunks: readonly ListEntry[]
  /** Which of them comes next; `0 <= next < chunks.length` between groups. */
  next: number
}

function nextGroup(level: Level, settings: TransferSettings): ChunkGroup {
  const kind = level.depth === 0 ? 'data' : 'list'
  const countMax = kind === 'list' ? listsPerGroup : settings.batchChunksMax
  const wanted: WantedChunk[] = []
  let bytes = 0
  for (; level.next < level.chunks.length && wanted.length < countMax; level.next++) {
    const { id, size } = level.chunks[level.next] as ListEntry
    bytes += expectedBytes({ kind, size }, settings)
    if (wanted.length > 0 && bytes > settings.batchBytesMax) break
    wanted.push({ id, size, kind })
  }
  return { kind, wanted }
}

function entriesOf(bytes: Uint8Array, depth: number, { id, size }: WantedChunk): readonly ListEntry[] {
  const list: ChunkList = decodeList(bytes)
  if (list.depth !== depth) throw misfit(id, `is of depth ${list.depth} and stands where ${depth} belongs`)
  const sum = list.entries.reduce((total, entry) => total + entry.size, 0)
  if (sum !== size) throw misfit(id, `has ${sum} bytes below it, and is said to have ${size}`)
  return list.entries
}

function misfit(id: ChunkId, what: string): ProtocolError<'corrupt'> {
  return new ProtocolError('corrupt', `the list ${id} ${what}`, { hint: 'whoever put this blob made it wrong' })
}

/** Without those that were seen: the same list many times over must not be walked as often. */
function unseen(entries: readonly ListEntry[], seen: Map<ChunkId, number>, settings: TransferSettings): ListEntry[] {
  return entries.filter(({ id, size }) => {
    const sizeSeen = seen.get(id)
    if (sizeSeen !== undefined && sizeSeen !== size) throw misfit(id, `is said to have ${size} bytes, and ${sizeSeen}`)
    if (sizeSeen !== undefined) return false
    if (seen.size >= settings.listsMax) {
      throw new FlotillaError('overloaded', `a blob has more than ${settings.listsMax} lists (listsMax)`)
    }
    seen.set(id, size)
    return true
  })
}
