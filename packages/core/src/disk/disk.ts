import type { DiskPath } from './disk-path.ts'

export type DiskErrorCode =
  /** There is no such file. */
  | 'not-found'
  /** No room left; nothing that was durable is harmed, and the operation may be tried again when there is room. */
  | 'disk-full'
  /** The operating system reported an error; `cause` is what it said. */
  | 'io-failed'
  /** An earlier sync of this file failed; nobody knows what the disk holds. */
  | 'poisoned'
  /** This file or disk was closed here. */
  | 'closed'
  /** Another process owns this folder, or the file is open here already. */
  | 'in-use'
  /** The path is malformed, would lead out of the folder, or what stands there is not a plain file. */
  | 'wrong-path'

export interface OpenFileOptions {
  /** Creates it, empty, where it is missing. */
  readonly create?: boolean
  /**
   * A write resolves when it is durable, as if a `sync` came after it, but quicker than that: the disk does both in one
   * go. One that fails is like a sync that failed. Truncations are not durable before a `sync`, as ever.
   */
  readonly durable?: boolean
}

/** Operations that share a path take effect one after the other, in the order of the calls. */
export interface Disk extends AsyncDisposable {
  /** Opens for reading and writing. One opener at a time. */
  open(path: DiskPath, options?: OpenFileOptions): Promise<DiskFile>
  /** The whole of a small file, or undefined where there is none. */
  read(path: DiskPath): Promise<Uint8Array | undefined>
  /**
   * Puts these bytes in place of the whole file, or creates it: wholly or not at all, durable when it resolves. It may
   * not be open. Should this, `rename` or `remove` fail with `io-failed`, it may nevertheless have happened.
   */
  replace(path: DiskPath, bytes: Uint8Array): Promise<void>
  /** Durable when it resolves; what stood at `to` is replaced. Neither may be open. */
  rename(from: DiskPath, to: DiskPath): Promise<void>
  /** Durable when it resolves; removing what is not there is no error. It may not be open. */
  remove(path: DiskPath): Promise<void>
  /**
   * The files in that folder (not in folders below it), sorted; `''` is the top. None where there is no such folder.
   */
  list(folder: DiskPath | ''): Promise<readonly DiskPath[]>
  /** Closes the files that are still open, waits for what is in flight, and lets go of the folder. */
  [Symbol.asyncDispose](): PromiseLike<void>
}

/** Operations on one file may overlap; writes that overlap in time must not overlap in bytes. */
export interface DiskFile extends AsyncDisposable {
  /** Length in bytes, counting writes that have resolved. */
  readonly size: number
  /**
   * As many bytes as there are, at most `length`: shorter only at the end of the file. With `into`, which has at least
   * `length` bytes, they are read to its beginning, and a view of it is given: nobody may touch it meanwhile, and what
   * is in it after a failure may be anything.
   */
  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array>
  /**
   * All the pieces one after the other from `position`; resolves when reads see them. Durable only after a `sync`,
   * unless the file was opened as `durable`. The pieces must not change until then. If it fails, any part of it may
   * have been written, and the file be longer.
   */
  write(position: number, pieces: readonly Uint8Array[]): Promise<void>
  /** Cuts the file, or lengthens it with zeros. Durable only after a `sync`. */
  truncate(size: number): Promise<void>
  /** Makes every write and truncation that has resolved before this call durable. */
  sync(): Promise<void>
  /** Waits for what is in flight, then closes the file. It does not sync. */
  [Symbol.asyncDispose](): PromiseLike<void>
}
