/**
 * The `Disk` port: one folder, owned by one process. `@flotilla/core/disk/node` implements it on real files,
 * `@flotilla/core/testing` in memory with crashes; `diskConformance` is what each of them passes.
 *
 * What a crash may leave behind, and nothing else:
 * - Bytes that a `sync` covered are there, as they were written. A sync covers every write of that file whose promise
 *   had resolved when the sync was called, the file's existence and its length.
 * - Bytes not covered: each sector of 512 bytes is, on its own, as it was before or as one of the writes since left it;
 *   the file's length is anything between the shortest and the longest one since the last sync, that one included; a
 *   part that was never written, or was cut off, reads as zeros.
 * - `replace`, `rename` and `remove` happened wholly or not at all; once resolved, they happened.
 * - A new file that was never synced may be gone.
 * What a disk may do at any time: fail an operation (`io-failed`), be full (`disk-full`), stall, or give back other
 * bytes than were written (bit rot): whoever must know checks with a checksum, as the record log does.
 *
 * After a failed sync nobody knows what the disk holds, so that file refuses everything more with `poisoned` until it
 * is closed; the sane thing is to stop the node and recover as after a crash. Opening it again shows what reads would
 * have seen, which is not what a power cut would leave: only what is written or cut anew, and synced, may be relied
 * upon.
 */
export { diskPath, type DiskPath } from './disk-path.ts'
export type { Disk, DiskErrorCode, DiskFile, OpenFileOptions } from './disk.ts'
