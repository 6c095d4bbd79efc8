import type { DiskFile } from '@flotilla/core/disk'
import { corrupt } from '../storage-error.ts'
import {
  chunkBytes,
  chunkHeadBytes,
  chunkOffset,
  encodeSnapshotHeader,
  openChunk,
  sealChunk,
  type SnapshotHeader,
} from './snapshot-format.ts'

/** Writes the content of one snapshot, chunk by chunk; one call at a time. */
export class ContentWriter {
  readonly #file: DiskFile
  readonly #id: string
  readonly #syncBytes: number
  readonly #frame: Uint8Array = new Uint8Array(chunkHeadBytes + chunkBytes)
  #chunk = 0
  /** Of content, in `#frame`. Less than a whole chunk between calls. */
  #held = 0
  #unsynced = 0

  constructor(file: DiskFile, id: string, syncBytes: number) {
    this.#file = file
    this.#id = id
    this.#syncBytes = syncBytes
  }

  get position(): number {
    return this.#chunk * chunkBytes + this.#held
  }

  /** Empties the file and begins. */
  async begin(header: SnapshotHeader): Promise<void> {
    await this.#file.truncate(0)
    await this.#file.write(0, [encodeSnapshotHeader(header)])
    await this.#file.sync()
  }

  /**
   * Goes on behind the last whole chunk that is as it was written. All of them are written once more: what reads show
   * may be in a cache only, or given up by a sync that failed in an earlier life.
   */
  async resume(header: SnapshotHeader): Promise<void> {
    const { size } = this.#file
    await this.#file.write(0, [encodeSnapshotHeader(header)])
    for (; chunkOffset(this.#chunk + 1) <= size; this.#chunk++) {
      const frame = await this.#file.read(chunkOffset(this.#chunk), this.#frame.length)
      if (openChunk(this.#id, this.#chunk, frame) === undefined) break
      await this.#put(frame)
    }
    await this.#file.truncate(chunkOffset(this.#chunk))
    await this.#file.sync()
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + chunkBytes - this.#held)
      this.#frame.set(part, chunkHeadBytes + this.#held)
      this.#held += part.length
      at += part.length
      if (this.#held === chunkBytes) await this.#flush()
    }
  }

  /** Everything is durable. */
  async finish(): Promise<void> {
    if (this.#held > 0) await this.#flush()
    await this.#file.sync()
  }

  async #flush(): Promise<void> {
    const frame = this.#frame.subarray(0, chunkHeadBytes + this.#held)
    sealChunk(this.#id, this.#chunk, frame)
    await this.#put(frame)
    this.#chunk++
    this.#held = 0
  }

  /** Syncs now and then, so that neither the last sync of all nor one of the log has to wait for very much. */
  async #put(frame: Uint8Array): Promise<void> {
    await this.#file.write(chunkOffset(this.#chunk), [frame])
    this.#unsynced += frame.length
    if (this.#unsynced < this.#syncBytes) return
    await this.#file.sync()
    this.#unsynced = 0
  }
}

/** The content from `position` on, each chunk checked before it is given out. */
export async function* readContent(
  file: DiskFile,
  path: string,
  id: string,
  bytes: number,
  position: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let chunk = Math.floor(position / chunkBytes); chunk * chunkBytes < bytes; chunk++) {
    const offset = chunkOffset(chunk)
    const length = Math.min(chunkBytes, bytes - chunk * chunkBytes)
    const content = openChunk(id, chunk, await file.read(offset, chunkHeadBytes + length))
    if (content === undefined) throw corrupt(path, offset, 'a part of a snapshot is not what was written')
    const rest = content.subarray(Math.max(0, position - chunk * chunkBytes))
    if (rest.length > 0) yield rest
  }
}
