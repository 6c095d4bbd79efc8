import type { Crypto } from '@flotilla/core/crypto'
import { nobleCrypto } from '@flotilla/core/crypto/noble'
import type {
  BlobCallOptions,
  BlobContent,
  BlobSource,
  BlobStat,
  BlobStore,
  GetOptions,
  ListOptions,
  NamedBlob,
  PutOptions,
  PutResult,
} from '../blobs.ts'
import { localStoreDefaults } from '../limits.ts'
import { blobError } from '../store/errors.ts'
import { checkName, isBlobId } from '../store/names.ts'
import { checkId, checkLimit } from '../store/paging.ts'
import { checkPut } from '../store/putting.ts'
import { checkRange } from '../store/ranges.ts'
import type { BlobId, ByteRange } from '../types.ts'

export interface MemoryBlobsOptions {
  /** For the ids. Default: the one in plain JavaScript. */
  readonly crypto?: Pick<Crypto, 'sha256'>
  /** Default: a clock that stands still. */
  readonly nowMs?: () => number
}

interface Kept {
  readonly bytes: Uint8Array
  readonly putAtMs: number
}

/** Blobs in memory: for unit tests, and as the dumb twin that any other store must agree with. */
export function memoryBlobs(options: MemoryBlobsOptions = {}): BlobStore {
  return new MemoryBlobs(options)
}

class MemoryBlobs implements BlobStore {
  readonly #crypto: Pick<Crypto, 'sha256'>
  readonly #nowMs: () => number
  readonly #blobs = new Map<BlobId, Kept>()
  readonly #names = new Map<string, { readonly id: BlobId; readonly atMs: number }>()
  readonly #pins = new Set<BlobId>()
  readonly #closed = new AbortController()

  constructor(options: MemoryBlobsOptions) {
    this.#crypto = options.crypto ?? nobleCrypto()
    this.#nowMs = options.nowMs ?? (() => 0)
  }

  async put(source: BlobSource, options: PutOptions = {}): Promise<PutResult> {
    this.#check(options)
    checkPut(source, options)
    const bytes = source instanceof Uint8Array ? source.slice() : await this.#gather(source, options)
    this.#check(options)
    const id = hex(this.#crypto.sha256(bytes)) as BlobId
    const isKnown = this.#blobs.has(id)
    if (!isKnown) this.#blobs.set(id, { bytes, putAtMs: this.#nowMs() })
    if (options.name !== undefined) this.#names.set(options.name, { id, atMs: this.#nowMs() })
    const size = bytes.length
    options.onProgress?.({ bytesRead: size, bytesKnown: isKnown ? size : 0 })
    return { id, size, bytesKnown: isKnown ? size : 0, bytesStored: isKnown ? 0 : size, copies: 1 }
  }

  async get(ref: string, options: GetOptions = {}): Promise<BlobContent> {
    await this.#turn(options)
    const id = this.#need(ref)
    const bytes = this.#blobs.get(id)?.bytes ?? new Uint8Array(0)
    const range = checkRange(options.range, bytes.length)
    return new MemoryContent(id, bytes, range, () => this.#check(options))
  }

  async stat(ref: string, options: BlobCallOptions = {}): Promise<BlobStat | undefined> {
    await this.#turn(options)
    const id = this.#find(ref)
    return id === undefined ? undefined : this.#describe(id)
  }

  async list(options: ListOptions = {}): Promise<readonly NamedBlob[]> {
    await this.#turn(options)
    const { prefix = '', after } = options
    const limit = checkLimit(options.limit, localStoreDefaults)
    return [...this.#names]
      .filter(([name]) => name.startsWith(prefix) && (after === undefined || byCodeUnits(name, after) > 0))
      .toSorted(([one], [other]) => byCodeUnits(one, other))
      .slice(0, limit)
      .map(([name, { id, atMs }]) => ({ name, id, size: this.#blobs.get(id)?.bytes.length ?? 0, putAtMs: atMs }))
  }

  async listIds(options: Omit<ListOptions, 'prefix'> = {}): Promise<readonly BlobStat[]> {
    await this.#turn(options)
    const after = options.after === undefined ? '' : checkId(options.after)
    const limit = checkLimit(options.limit, localStoreDefaults)
    const ids = [...this.#blobs.keys()].toSorted().filter((id) => id > after)
    return ids.slice(0, limit).map((id) => this.#describe(id))
  }

  async name(name: string, ref: string, options: BlobCallOptions = {}): Promise<void> {
    await this.#turn(options)
    checkName(name)
    this.#names.set(name, { id: this.#need(ref), atMs: this.#nowMs() })
  }

  async unname(name: string, options: BlobCallOptions = {}): Promise<boolean> {
    await this.#turn(options)
    return this.#names.delete(checkName(name))
  }

  async delete(ref: string, options: BlobCallOptions = {}): Promise<boolean> {
    await this.#turn(options)
    const id = this.#find(ref)
    if (id === undefined) return false
    if (this.#pins.has(id)) throw blobError('pinned', `${ref} is pinned, so it is not deleted`)
    for (const name of this.#namesOf(id)) this.#names.delete(name)
    return this.#blobs.delete(id)
  }

  async pin(ref: string, options: BlobCallOptions = {}): Promise<void> {
    await this.#turn(options)
    this.#pins.add(this.#need(ref))
  }

  async unpin(ref: string, options: BlobCallOptions = {}): Promise<void> {
    await this.#turn(options)
    this.#pins.delete(this.#need(ref))
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(blobError('closed', 'the store is closed'))
    return Promise.resolve()
  }

  async #turn(options: BlobCallOptions): Promise<void> {
    await Promise.resolve()
    this.#check(options)
  }

  #check(options: BlobCallOptions): void {
    this.#closed.signal.throwIfAborted()
    options.signal?.throwIfAborted()
  }

  #find(ref: string): BlobId | undefined {
    const id = isBlobId(ref) ? ref : this.#names.get(checkName(ref))?.id
    return id !== undefined && this.#blobs.has(id) ? id : undefined
  }

  #need(ref: string): BlobId {
    const id = this.#find(ref)
    if (id === undefined) throw blobError('not-found', `there is no blob ${ref} here`)
    return id
  }

  #namesOf(id: BlobId): readonly string[] {
    return [...this.#names].flatMap(([name, named]) => (named.id === id ? [name] : [])).toSorted(byCodeUnits)
  }

  #describe(id: BlobId): BlobStat {
    const { bytes, putAtMs } = this.#blobs.get(id) ?? { bytes: new Uint8Array(0), putAtMs: 0 }
    return { id, size: bytes.length, names: this.#namesOf(id), pinned: this.#pins.has(id), putAtMs }
  }

  async #gather(source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    const iterator = source[Symbol.asyncIterator]()
    const { signal } = options
    const stopped = Promise.withResolvers<never>()
    stopped.promise.catch(() => {}) // It is heard only while a piece is waited for.
    const signals = signal === undefined ? [this.#closed.signal] : [signal, this.#closed.signal]
    const any = AbortSignal.any(signals)
    any.addEventListener('abort', () => stopped.reject(any.reason), { once: true })
    try {
      for (;;) {
        const next: IteratorResult<unknown> = await Promise.race([iterator.next(), stopped.promise])
        this.#check(options)
        if (next.done === true) return joined(pieces)
        const { value } = next
        if (!(value instanceof Uint8Array)) throw blobError('wrong-request', 'a stream gave something else than bytes')
        pieces.push(value.slice())
      }
    } catch (error) {
      Promise.resolve(iterator.return?.()).catch(() => {})
      throw error
    }
  }
}

class MemoryContent implements BlobContent {
  readonly id: BlobId
  readonly size: number
  readonly range: ByteRange
  readonly #bytes: Uint8Array
  readonly #check: () => void
  #isTaken = false

  constructor(id: BlobId, bytes: Uint8Array, range: ByteRange, check: () => void) {
    this.id = id
    this.size = bytes.length
    this.range = range
    this.#bytes = bytes.subarray(range.start, range.start + range.length)
    this.#check = check
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    if (this.#isTaken) throw blobError('wrong-request', 'the content of a blob may be iterated once')
    this.#isTaken = true
    const pieceBytes = 65_536
    for (let at = 0; at < this.#bytes.length; at += pieceBytes) {
      await Promise.resolve()
      this.#check()
      yield this.#bytes.slice(at, at + pieceBytes)
    }
  }
}

function byCodeUnits(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
