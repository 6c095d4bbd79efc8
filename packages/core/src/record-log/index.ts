/**
 * An append-only, checksummed log of records in one file, over the `Disk` port. `append` puts records in order, `sync`
 * makes them durable, many callers with one sync of the disk (group commit). After a crash, opening it gives back every
 * record whose `sync` had resolved, byte for byte and in order, then perhaps some that were appended and not synced,
 * never with a gap, and nothing else. Damage to what was durable is reported as `corrupt`; it does not shorten the log,
 * but for the narrow case named at the end.
 *
 * The file, format version 1; all numbers are little-endian:
 *
 *     0    file header, 512 bytes (one sector, never written again; `replace` puts it there wholly or not at all)
 *          0  magic `FLOTRLOG`   8  u32 version   12  u32 CRC-32 of the other 508 bytes   16  log id, 16 random bytes
 *          32 zeros
 *     512  records, each at a multiple of 8
 *          0  u16 kind: 0xf107 a record, 0xf108 a mark (no payload; written when the log is closed, never given out)
 *          2  u48 syncedThrough: everything before this offset was durable when this was written
 *          8  u32 length of the payload   12  u32 CRC of payload and padding   16  u32 CRC of the 16 bytes before
 *          20 payload, then 1 to 8 bytes 0xff, up to the next multiple of 8
 *
 * The CRCs of a record are CRC-32 over the log id (through its own CRC), the record's offset as u64, and the bytes
 * named. So nothing passes that was written to another log, to an earlier use of the same file, or at another place.
 *
 * Torn or corrupt? The log ends where no valid record stands. If bytes follow, then
 * - a later header, anywhere up to the end of the file, that says `syncedThrough` is beyond that place proves that a
 *   record stood there and was durable: `corrupt`;
 * - otherwise, if the record there (its header, where even that is broken) reaches beyond the end of the file, or what
 *   lies of it in some sector is all zeros, an unsynced write was interrupted: the file is cut there. Records of the
 *   same batch that lie behind, even whole ones, are cut with it: they were not durable, and order comes first;
 * - otherwise it is damage: `corrupt`.
 * This is sound because sectors are as before or as written, what was never written reads as zeros, and each record's
 * part of a sector is written once: only at the durable end, after the remains of a failed write or of an earlier torn
 * tail were cut off *and that was synced*. The same order keeps old bytes from coming back. A record never has zeros in
 * its first or last sector, by its kind and its padding.
 *
 * After a crash while the file is made there is none, or a whole one without records. After a crash while a torn tail
 * is cut, it is still torn. Before opening resolves, everything that it reports is durable: the last batch is written
 * and synced anew, because reads may show bytes that only a cache holds, or that a failed sync has given up.
 *
 * What remains ambiguous: damage within the last batch that was synced (nothing later vouches for it) that turns all of
 * a record's part of a sector into zeros, or that hits a record with 512 zeros of its own in one sector, looks like an
 * interrupted write, and so does a file that lost its end; that batch, or its rest, is then dropped and reported in
 * `droppedBytes`. Any other damage there, a flipped bit above all, is still `corrupt`. A log that was closed cleanly
 * ends in a mark that vouches for all before it; there, only a file that lost its end with the mark (cut off, or zeros
 * from some place on) still passes for a shorter one, and no log of one file can see that. Who must know compares `end`
 * with what another node, or another file, remembers.
 */
export { recordLogDefaults, validateRecordLogLimits, type RecordLogLimits } from './limits.ts'
export type { LogPosition } from './record-format.ts'
export {
  openRecordLog,
  type LogRecord,
  type RecordLog,
  type RecordLogErrorCode,
  type RecordLogOptions,
} from './record-log.ts'
