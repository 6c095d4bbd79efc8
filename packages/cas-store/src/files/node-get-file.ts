import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { BlobContent, BlobStore, GetOptions } from '../blobs.ts'
import type { BlobId } from '../types.ts'
import { fileError } from './node-file-error.ts'

export interface GetFileOptions extends GetOptions {
  /** Waits until a power cut cannot take it any more. Default true. */
  readonly durable?: boolean
  /** Told now and then, with bytes in all. */
  readonly onProgress?: (bytesWritten: number) => void
}

export interface GetFileResult {
  readonly id: BlobId
  readonly bytesWritten: number
}

/** Shorter pieces are copied together; a write of its own costs longer ones less than a copy. */
const ownWriteBytes = 128 * 2 ** 10
/** Pieces are gathered to so much before they are written. */
const gatheredBytesMax = 2 ** 20
/** The disk begins to write when there is so much for it, rather than with the last byte. */
const syncedBytes = 64 * 2 ** 20
const temporaryFlags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY

/**
 * Writes a blob, or a range of it, to a file: under another name beside it at first, so that what is at `path` is
 * always whole. What stood there before is replaced. Bytes are verified before they are written.
 */
export async function getFile(
  store: BlobStore,
  ref: string,
  path: string,
  options: GetFileOptions = {},
): Promise<GetFileResult> {
  const content = await store.get(ref, { ...options, borrow: true })
  const full = resolve(path)
  const temporary = join(dirname(full), `.flotilla-${randomUUID()}.part`)
  const file = await told(full, () => open(temporary, temporaryFlags, 0o666))
  try {
    const bytesWritten = await fill(file, full, content, options)
    if (options.durable !== false) await told(full, () => file.datasync())
    await told(full, () => file.close())
    options.signal?.throwIfAborted()
    await told(full, () => rename(temporary, full))
    if (options.durable !== false) await told(full, () => syncFolder(dirname(full)))
    return { id: content.id, bytesWritten }
  } catch (error) {
    await file.close().catch(() => {}) // It is closed already, or cannot be; the error above is the one to hear.
    await unlink(temporary).catch(() => {})
    throw error
  }
}

async function fill(
  file: FileHandle,
  path: string,
  content: BlobContent,
  { onProgress, durable = true }: GetFileOptions,
): Promise<number> {
  let written = 0
  let bytes = 0
  const room = new Uint8Array(Math.min(gatheredBytesMax, content.range.length))
  await using syncing = new EarlySyncs(file, durable ? syncedBytes : Infinity)
  const write = async (pieces: readonly Uint8Array[]): Promise<void> => {
    bytes = 0
    written = await told(path, () => writeAll(file, written, pieces))
    syncing.written(written)
    onProgress?.(written)
  }
  for await (const piece of content) {
    const isAlone = piece.length >= ownWriteBytes || bytes + piece.length > room.length
    // Pieces are lent, so what is not written at once is copied.
    if (isAlone) await write([room.subarray(0, bytes), piece])
    else {
      room.set(piece, bytes)
      bytes += piece.length
    }
  }
  if (bytes > 0) await write([room.subarray(0, bytes)])
  await told(path, () => syncing.finish())
  return written
}

/** Syncs beside the writes, so that little is left to be synced in the end. */
class EarlySyncs implements AsyncDisposable {
  readonly #file: FileHandle
  readonly #everyBytes: number
  #askedAt = 0
  #underWay: Promise<void> | undefined
  /** The system tells of a lost write only once: the sync at the end may not hear of it any more. */
  #failure: { readonly error: unknown } | undefined

  constructor(file: FileHandle, everyBytes: number) {
    this.#file = file
    this.#everyBytes = everyBytes
  }

  written(bytes: number): void {
    if (this.#underWay !== undefined || bytes - this.#askedAt < this.#everyBytes) return
    this.#askedAt = bytes
    this.#underWay = this.#sync()
  }

  /** Rejects if one of them has failed. */
  async finish(): Promise<void> {
    await this.#underWay
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Nobody may close the file before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#underWay
  }

  async #sync(): Promise<void> {
    try {
      await this.#file.datasync()
    } catch (error) {
      this.#failure ??= { error }
    }
    this.#underWay = undefined
  }
}

/** The position behind the last byte. */
async function writeAll(file: FileHandle, position: number, pieces: readonly Uint8Array[]): Promise<number> {
  let at = position
  let rest = [...pieces]
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest, at)
    at += bytesWritten
    const left: Uint8Array[] = []
    for (const piece of rest) {
      const gone = Math.min(bytesWritten, piece.length)
      bytesWritten -= gone
      if (gone < piece.length) left.push(piece.subarray(gone))
    }
    rest = left
  }
  return at
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // A folder cannot be synced there; its journal does it.
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function told<Result>(path: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    throw fileError(path, 'written', error)
  }
}
