import type { BigIntStats } from 'node:fs'
import { resolve } from 'node:path'
import type { PutResult } from '../blobs.ts'
import type { LocalPutOptions, LocalStore } from '../store/contract.ts'
import { codeOf } from '../store/errors.ts'
import type { FillingSource } from '../tree/blob-writer.ts'
import type { BlobId } from '../types.ts'
import { fileError } from './node-file-error.ts'
import { isSettled, signatureOf, type FileFacts } from './file-signature.ts'
import { closeFile, openFile, readFrom, statOf, statOfOpen } from './node-file-calls.ts'

export interface PutFileOptions extends LocalPutOptions {
  /** Reads it again, whatever is known about it. */
  readonly force?: boolean
}

/** Up to so many are read at once. */
const smallFileBytes = 256 * 2 ** 10

/**
 * Puts a file. What blob it was is remembered, by size, times and inode, so that it need not be read again as long as
 * it was not changed; unless it changed just before it was read, when a later change could go unnoticed. Who writes
 * through a memory map, or sets the times back, can deceive it: `force` reads in any case.
 */
export async function putFile(store: LocalStore, path: string, options: PutFileOptions = {}): Promise<PutResult> {
  const { signal, force = false } = options
  signal?.throwIfAborted()
  const full = resolve(path)
  const before = await looked(full)
  const known = force ? undefined : await knownAs(store, full, before, options)
  if (known !== undefined) return known
  const source = new FileSource(full, before)
  try {
    return await store.put(await source.open(), {
      ...options,
      also: (blob) => [
        ...(options.also?.(blob) ?? []),
        ...(source.isSettled
          ? [{ type: 'see-file' as const, file: { path: full, signature: signatureOf(before), blob: blob.id } }]
          : []),
      ],
    })
  } finally {
    await source[Symbol.asyncDispose]()
  }
}

/** What it was when it was read last, if it was not changed since and that blob is here still. */
async function knownAs(
  store: LocalStore,
  path: string,
  facts: FileFacts,
  options: PutFileOptions,
): Promise<PutResult | undefined> {
  const seen = await store.vault.catalogue.seenFile(path)
  if (seen === undefined || seen.signature !== signatureOf(facts)) return undefined
  const blob = await store.resolve(seen.blob, options)
  if (blob === undefined || !(await takeName(store, blob.id, options))) return undefined
  options.onProgress?.({ bytesRead: blob.size, bytesKnown: blob.size })
  return { id: blob.id, size: blob.size, bytesKnown: blob.size, bytesStored: 0, copies: 1 }
}

/** Whether it was still there to be named. */
async function takeName(store: LocalStore, id: BlobId, { name, signal }: PutFileOptions): Promise<boolean> {
  if (name === undefined) return true
  try {
    await store.name(name, id, signal === undefined ? {} : { signal })
    return true
  } catch (error) {
    if (codeOf(error) === 'not-found') return false
    throw error
  }
}

async function looked(path: string): Promise<BigIntStats> {
  try {
    const facts = await statOf(path)
    if (facts.isFile()) return facts
  } catch (error) {
    throw fileError(path, 'read', error)
  }
  throw fileError(path, 'read', 'it is no plain file')
}

/** The bytes of a file. */
class FileSource implements FillingSource, AsyncDisposable {
  readonly size: number
  readonly #path: string
  readonly #before: FileFacts
  readonly #beganAtMs = Date.now()
  #file: number | undefined
  #position = 0
  /** Nothing may close the file before it has ended. */
  #reading: Promise<unknown> = Promise.resolve()
  #isSettled = false

  constructor(path: string, before: FileFacts) {
    this.#path = path
    this.#before = before
    this.size = Number(before.size)
  }

  /** All of it was read, and nobody wrote to it meanwhile or shortly before. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** The whole of a small file at once. */
  async open(): Promise<Uint8Array | this> {
    this.#file = await this.#do(() => openFile(this.#path, 'r'))
    if (this.size > smallFileBytes) return this
    // One more, to see whether it is longer than it says: files in /proc have no bytes by their size.
    const bytes = new Uint8Array(this.size + 1)
    while (this.#position < bytes.length) {
      const bytesRead = await this.#read(bytes.subarray(this.#position))
      if (bytesRead === 0 || this.#position === this.size) break
    }
    const after = await this.#look()
    if (this.#position === this.size && after.size === this.#before.size) return bytes.subarray(0, this.size)
    // It has grown or shrunk since, so nobody knows where it ends but by reading.
    this.#position = 0
    this.#isSettled = false
    return this
  }

  async fill(into: Uint8Array): Promise<number> {
    const bytesRead = await this.#read(into)
    if (bytesRead === 0) await this.#look()
    return bytesRead
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading.catch(() => {}) // Whoever waited for it has heard of it.
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) await closeFile(file)
  }

  async #read(into: Uint8Array): Promise<number> {
    const reading = this.#do((file) => readFrom(file, into, this.#position))
    this.#reading = reading
    const bytesRead = await reading
    this.#position += bytesRead
    return bytesRead
  }

  async #look(): Promise<FileFacts> {
    const after = await this.#do((file) => statOfOpen(file))
    this.#isSettled = isSettled(this.#before, after, this.#beganAtMs)
    return after
  }

  async #do<Result>(act: (file: number) => Promise<Result>): Promise<Result> {
    try {
      return await act(this.#file ?? -1)
    } catch (error) {
      throw fileError(this.#path, 'read', error)
    }
  }
}
