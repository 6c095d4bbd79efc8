import type { BlobSource, PutResult } from '../blobs.ts'
import type { BlobRow, CatalogueChange } from '../catalogue/contract.ts'
import type { Gear } from '../chunking/gear.ts'
import type { ChunkPlan } from '../chunking/contract.ts'
import { writeBlob, type FillingSource } from '../tree/blob-writer.ts'
import type { ChunkSink } from '../tree/contract.ts'
import type { BlobDescriptor, BlobId } from '../types.ts'
import type { Vault } from '../vault/contract.ts'
import type { LocalPutOptions } from './contract.ts'
import { blobError } from './errors.ts'
import { checkName, quoted } from './names.ts'

export interface PuttingParts {
  readonly vault: Vault
  readonly blobIdOf: (descriptor: BlobDescriptor) => BlobId
  readonly plan: ChunkPlan
  readonly gear: Gear
  readonly slab: (byteLength: number) => Uint8Array
  readonly giveBack: (slabs: readonly Uint8Array[]) => void
  readonly wallNow: () => number
  readonly batchBytes: number
  readonly checkRoom: ((bytes: number) => Promise<void>) | undefined
}

/** Throws `wrong-request` or `too-few-copies` for what cannot be put, before anything is done. */
export function checkPut(source: unknown, { name, copies = 1 }: LocalPutOptions): void {
  if (name !== undefined) checkName(name)
  if (!isSource(source)) {
    throw blobError('wrong-request', `${quoted(typeof source)} cannot be put`, {
      hint: 'put a Uint8Array, or an async iterable of them, such as a readable stream',
    })
  }
  if (copies === 'all' || copies === 1) return
  if (!Number.isInteger(copies) || copies < 1) {
    throw blobError('wrong-request', `${quoted(copies)} is no number of copies`, { hint: 'ask for 1 or more' })
  }
  throw blobError('too-few-copies', `${copies} copies were asked for, and this store is alone`, {
    hint: 'ask for 1, or put it into a store of several nodes',
  })
}

/** Nothing stays of a put that fails but chunks that nobody needs, which the next collection takes. */
export async function putBlob(
  parts: PuttingParts,
  source: BlobSource | FillingSource,
  options: LocalPutOptions,
  signal: AbortSignal,
): Promise<PutResult> {
  const { vault, plan, gear, slab, giveBack, batchBytes, checkRoom } = parts
  await checkRoom?.(0)
  await using session = vault.session()
  const sink = checkRoom === undefined ? session : roomySink(session, checkRoom)
  const written = await writeBlob(source, {
    sink: options.tee?.(sink) ?? sink,
    plan,
    gear,
    slab,
    giveBack,
    batchBytes,
    signal,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
  const { size, depth, root, bytesKnown, bytesStored } = written
  const putAtMs = parts.wallNow()
  const blob: BlobRow = { id: parts.blobIdOf({ size, depth, root }), size, depth, root, putAtMs }
  const changes: CatalogueChange[] = [{ type: 'add-blob', blob }]
  if (options.name !== undefined) {
    changes.push({ type: 'set-name', name: { name: options.name, blob: blob.id, atMs: putAtMs } })
  }
  if (options.also !== undefined) changes.push(...options.also(blob))
  signal.throwIfAborted()
  await session.commit(changes)
  return { id: blob.id, size, bytesKnown, bytesStored, copies: 1 }
}

/** Asks for room before each batch, as a large blob may fill what was free when it began. */
function roomySink(sink: ChunkSink, checkRoom: (bytes: number) => Promise<void>): ChunkSink {
  return {
    async add(kind, chunks, options) {
      let bytes = 0
      for (const chunk of chunks) bytes += chunk.length
      await checkRoom(bytes)
      return sink.add(kind, chunks, options)
    },
  }
}

function isSource(source: unknown): boolean {
  if (source instanceof Uint8Array) return true
  return typeof source === 'object' && source !== null && (Symbol.asyncIterator in source || 'fill' in source)
}
