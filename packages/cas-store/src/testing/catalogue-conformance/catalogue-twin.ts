import { unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type {
  BlobRow,
  CatalogueChange,
  ChunkRow,
  FileColumns,
  KeyRow,
  NameRow,
  PartialRow,
  PeerRow,
  SeenFileRow,
  ShareRow,
  StatementRow,
} from '../../catalogue/contract.ts'
import type { BlobId, ChunkId, ChunkPlace, KeyEpoch } from '../../types.ts'

/** What a catalogue should hold, as plainly as it can be said. `touched` and `marked` are generations. */
export class CatalogueTwin {
  readonly chunks: Map<ChunkId, ChunkRow> = new Map()
  readonly touched: Map<ChunkId, number> = new Map()
  readonly marked: Map<ChunkId, number> = new Map()
  readonly blobs: Map<BlobId, BlobRow> = new Map()
  /** The blobs that are and that were here, in the order of what became of them last. */
  readonly blobFeed: Map<BlobId, boolean> = new Map()
  readonly names: Map<string, NameRow> = new Map()
  readonly pins: Set<BlobId> = new Set()
  readonly keys: Map<KeyEpoch, KeyRow> = new Map()
  readonly partials: Map<BlobId, PartialRow> = new Map()
  readonly shares: Map<string, ShareRow> = new Map()
  readonly peers: Map<NodeId, PeerRow> = new Map()
  /** In the order in which they were heard. */
  readonly statements: Map<string, StatementRow> = new Map()
  readonly seen: Map<string, SeenFileRow> = new Map()
  readonly notes: Map<string, string> = new Map()
  retired = 0
  generation = 0

  /** Another one, which holds the same. */
  copy(): CatalogueTwin {
    return copyOf(this)
  }

  /** All of them and true, or none and false. */
  commit(changes: readonly CatalogueChange[]): boolean {
    const tried = this.copy()
    for (const change of changes) if (!tried.#apply(change)) return false
    for (const change of changes) this.#apply(change)
    return true
  }

  touch(ids: readonly ChunkId[]): (ChunkPlace | undefined)[] {
    return ids.map((id) => {
      const there = this.chunks.get(id)
      if (there !== undefined) this.touched.set(id, this.generation)
      return there?.place
    })
  }

  mark(ids: readonly ChunkId[]): boolean[] {
    this.touch(ids)
    return ids.map((id) => {
      if (!this.chunks.has(id)) return true
      if (this.marked.get(id) === this.generation) return false
      this.marked.set(id, this.generation)
      return true
    })
  }

  /** All that a sweep may take. */
  sweepable(keepFrom: number): ChunkId[] {
    return [...this.chunks.keys()].filter((id) => (this.touched.get(id) ?? -1) < keepFrom).toSorted()
  }

  forget(ids: readonly ChunkId[]): void {
    for (const id of ids) this.#forgetChunk(id)
  }

  /** A new life. */
  restart(): void {
    this.touched.clear()
    this.marked.clear()
    this.generation = 0
  }

  /** False: it is refused. */
  #apply(change: CatalogueChange): boolean {
    if (!isChunkChange(change)) {
      this.#set(change)
      return true
    }
    return this.#applyToChunks(change)
  }

  #applyToChunks(change: ChunkChange): boolean {
    switch (change.type) {
      case 'add-chunks':
        if (change.chunks.some(({ epoch }) => this.#isRetired(epoch))) return false
        for (const row of change.chunks) {
          if (!this.chunks.has(row.id)) this.chunks.set(row.id, row)
          this.touched.set(row.id, this.generation)
        }
        return true
      case 'move-chunks':
        if (change.moves.some(({ epoch }) => this.#isRetired(epoch))) return false
        for (const { id, from, to, epoch } of change.moves) {
          const row = this.#chunkAt(id, from)
          if (row !== undefined) this.chunks.set(id, { ...row, place: to, epoch })
        }
        return true
      case 'drop-chunks':
        for (const { id, place } of change.chunks) if (this.#chunkAt(id, place) !== undefined) this.#forgetChunk(id)
        return true
      case 'remove-key':
        if ([...this.chunks.values()].some(({ epoch }) => epoch === change.epoch)) return false
        if (this.keys.delete(change.epoch)) this.retired = Math.max(this.retired, change.epoch)
        return true
      default:
        return unreachable(change, 'change of chunks')
    }
  }

  #set(change: Exclude<CatalogueChange, { type: ChunkChange['type'] }>): void {
    switch (change.type) {
      case 'add-blob':
        if (this.blobs.has(change.blob.id)) return
        this.blobs.set(change.blob.id, change.blob)
        return moveToEnd(this.blobFeed, change.blob.id, false)
      case 'remove-blob':
        for (const { name, blob } of this.names.values()) if (blob === change.id) this.names.delete(name)
        if (this.blobs.delete(change.id)) moveToEnd(this.blobFeed, change.id, true)
        return
      case 'trim-gone':
        // Only all of them, so that the twin needs no numbers.
        for (const [id, isGone] of this.blobFeed) if (isGone) this.blobFeed.delete(id)
        return
      case 'set-name':
        return void this.names.set(change.name.name, change.name)
      case 'remove-name':
        return void this.names.delete(change.name)
      case 'add-pin':
        return void this.pins.add(change.id)
      case 'remove-pin':
        return void this.pins.delete(change.id)
      case 'set-key':
        return void this.keys.set(change.key.epoch, change.key)
      case 'set-partial':
        return void this.partials.set(change.partial.id, change.partial)
      case 'remove-partial':
        return void this.partials.delete(change.id)
      case 'set-share':
        return void this.shares.set(`${change.share.blob} ${change.share.node}`, change.share)
      case 'remove-share':
        return void this.shares.delete(`${change.share.blob} ${change.share.node}`)
      case 'set-peer':
        return void this.peers.set(change.peer.node, change.peer)
      case 'remove-peer':
        this.peers.delete(change.node)
        for (const [key, { node }] of this.shares) if (node === change.node) this.shares.delete(key)
        return
      case 'set-statement':
        return this.#state(change.statement)
      case 'remove-statement':
        if (this.statements.get(change.key)?.stamp === change.stamp) this.statements.delete(change.key)
        return
      case 'see-file':
        return void this.seen.set(change.file.path, change.file)
      case 'add-files':
        return this.#addFiles(change.files)
      case 'set-note':
        if (change.value === undefined) this.notes.delete(change.key)
        else this.notes.set(change.key, change.value)
    }
  }

  #addFiles({ atMs, blobs, sizes, roots, names, paths, signatures }: FileColumns): void {
    for (const [index, id] of blobs.entries()) {
      const [size = 0, root = '' as ChunkId, name = ''] = [sizes[index], roots[index], names[index]]
      const [path = '', signature = ''] = [paths[index], signatures[index]]
      this.#set({ type: 'add-blob', blob: { id, size, depth: 0, root, putAtMs: atMs } })
      if (name !== '') this.#set({ type: 'set-name', name: { name, blob: id, atMs } })
      if (signature !== '') this.#set({ type: 'see-file', file: { path, signature, blob: id } })
    }
  }

  #state(row: StatementRow): void {
    const there = this.statements.get(row.key)
    const order = (each: StatementRow): string => `${each.stamp}\0${each.author}`
    if (there === undefined || order(row) > order(there)) moveToEnd(this.statements, row.key, row)
  }

  #isRetired(epoch: KeyEpoch): boolean {
    return epoch <= this.retired && !this.keys.has(epoch)
  }

  #chunkAt(id: ChunkId, { pack, position, length }: ChunkPlace): ChunkRow | undefined {
    const row = this.chunks.get(id)
    const isThere = row?.place.pack === pack && row.place.position === position && row.place.length === length
    return isThere ? row : undefined
  }

  #forgetChunk(id: ChunkId): void {
    this.chunks.delete(id)
    this.touched.delete(id)
    this.marked.delete(id)
  }
}

type ChunkChange = Extract<CatalogueChange, { type: 'add-chunks' | 'move-chunks' | 'drop-chunks' | 'remove-key' }>

function isChunkChange(change: CatalogueChange): change is ChunkChange {
  return ['add-chunks', 'move-chunks', 'drop-chunks', 'remove-key'].includes(change.type)
}

function moveToEnd<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key)
  map.set(key, value)
}

function copyOf(twin: CatalogueTwin): CatalogueTwin {
  const copy = new CatalogueTwin()
  copy.retired = twin.retired
  copy.generation = twin.generation
  const maps = [
    'chunks',
    'touched',
    'marked',
    'blobs',
    'blobFeed',
    'names',
    'keys',
    'partials',
    'shares',
    'peers',
  ] as const
  for (const name of [...maps, 'statements', 'seen', 'notes'] as const) {
    const into = copy[name] as Map<unknown, unknown>
    for (const [key, value] of twin[name]) into.set(key, value)
  }
  for (const pin of twin.pins) copy.pins.add(pin)
  return copy
}
