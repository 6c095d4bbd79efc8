/**
 * Where groups keep what they must not forget: `openDiskStorage` on the `Disk` port, `memoryStorage` in memory.
 *
 * On the disk, format version 1; all numbers are little-endian, all CRCs are CRC-32 as in zlib:
 *
 *     raft/format               40 bytes: magic `FLOTRAFI`, u32 version, u32 whether the log was ever used, log id (16
 *                               random bytes), zeros, u32 CRC of what is before it. Without it no log is begun anew.
 *     raft/log/0000000001.wal   the log of all groups in segments, numbered for ever; the highest may only be ready
 *     raft/log/next, spare      a file that is being made ready, and an old one to be used again; neither counts
 *     raft/snapshots/ID         the content of a snapshot, whole; `ID.part` one that is still coming
 *
 * A segment
 *
 *     0    header, 512 bytes (one sector, never written again): magic `FLOTRAFT`, u32 version, u32 number of the
 *          segment, log id, u32 length of the file as it was made, u32 CRC of the 36 bytes before, zeros
 *     512  records, each at a multiple of 8
 *          0  u32 kind: 0xf201 state, 0xf202 batch, 0xf203 mark   4  u32 length of the payload
 *          8  u32 CRC of payload and padding   12  u32 segment, 16  u32 offset: everything before was durable when this
 *          was written   20  u32 CRC of the 20 bytes before, begun with the CRC of log id and segment, xor the offset
 *          24 payload, then 1 to 8 bytes 0xff, up to the next multiple of 8
 *
 * A segment begins with a `state`: u32 how many groups, then each with its hard state, its mark, and its entries or, if
 * they are many, up to which one they stand in earlier segments. So segments before the one with the oldest entry that
 * is still needed can go. A `batch` is a list of writes of groups, and what became durable with one sync: it is there
 * wholly or not at all. A `mark` is empty; the log ends with one when it is closed. The parts of a group are described
 * by `log/group-format.ts`: u8 flags (1 hard state, 2 mark, 4 the mark keeps the entries after it, 8 entries, 16
 * entries elsewhere, 32 removed), u8 and name, then the parts; an entry is u32 length, u48 term, u16 kind, data.
 *
 * A file is written with zeros and synced, all of it, before it gets its name. So syncs wait for nothing but the data,
 * and what was never written reads as zeros, in a file that is used again too.
 * One write and one sync are in flight; whatever comes meanwhile is the next batch. Every life begins a new segment, so
 * that nothing is ever written over what a crash may have left.
 *
 * Torn or corrupt? Where the next segment says that this one ends, everything before was durable: what is wrong there
 * is `corrupt`. In the last segment, the log ends where no whole record stands. It is
 * - `corrupt` if any later record, there or in a later segment, says that something behind that place was durable;
 * - the end if nothing, or an interrupted write, explains what stands there: one of its sectors is all zeros, or its
 *   last byte is (it would be 0xff), or it reaches beyond the end of the file;
 * - `corrupt` otherwise.
 * This holds because a sector is as before or as written, a write that fails leaves a beginning, and nothing is written
 * twice but the same bytes to the same place: opening writes the last batch once more, because reads may show what only
 * a cache holds. A segment that is missing, has another's place or has lost its end is `corrupt`; so are a state that
 * contradicts the records before it, and entries with a gap.
 *
 * What remains ambiguous: damage within the very last batch of a log that was not closed, if it turns a whole sector's
 * part of it or its end into zeros, or if it has 512 zeros of its own in a sector. That batch is then taken for
 * interrupted. The same goes for the loss of the newest files all together. No single disk can see more; a group that
 * needs to compares with its other members.
 *
 * A snapshot: header, 512 bytes (magic `FLOTSNAP`, u32 version, u32 whether it was received, f64 index, term and
 * length, group, id, at 508 u32 CRC), then chunks of 64 KiB, the last one shorter: u32 length, u32 CRC of length and
 * content, begun with the CRC of the id, xor the chunk's number. A chunk is checked before it is given out.
 */
export { openDiskStorage, type DiskStorageOptions } from './disk-storage.ts'
export { memoryStorage, type MemoryStorage, type MemoryStorageOptions } from './memory-storage.ts'
export { storageDefaults, validateStorageLimits, type StorageLimits } from './storage-limits.ts'
export type {
  GroupWrite,
  RaftStorage,
  RecoveredGroup,
  SnapshotStore,
  SnapshotWriter,
  StorageErrorCode,
  StorageFigures,
} from './storage.ts'
