import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface CatalogueLimits {
  /** Ids in one call, and rows in all changes of one commit together. */
  readonly rowsPerCallMax: number
  /** What a page may have. */
  readonly rowsPerPageMax: number
  /** Calls that have not begun; more are refused with `overloaded`. */
  readonly callsWaitingMax: number
  /** How many calls share a transaction. */
  readonly callsPerTransactionMax: number
  /** No further call joins a transaction that has so many rows. */
  readonly rowsPerTransactionMax: number
  /** How much a sweep or a verification looks through before others have their turn. */
  readonly rowsPerTurnMax: number
  /** Of a name, a key, a path or a note. */
  readonly textBytesMax: number
  /** Of a signed statement or a wrapped key. */
  readonly valueBytesMax: number
  /** How many sights of files are remembered: of those longest ago it is forgotten what they were. */
  readonly seenFilesMax: number
  /** Pages of the database that are kept in memory. */
  readonly cacheKibibytesMax: number
  /** How long the write-ahead log may become before it is written back: 4 KiB each. */
  readonly walPagesMax: number
  /** A journal is written anew when it is twice as long as this, and as it was after the last time. */
  readonly journalBytesMin: number
}

export const catalogueDefaults: CatalogueLimits = {
  rowsPerCallMax: 65_536,
  rowsPerPageMax: 10_000,
  callsWaitingMax: 16_384,
  callsPerTransactionMax: 1_024,
  rowsPerTransactionMax: 8_192,
  rowsPerTurnMax: 20_000,
  textBytesMax: 65_536,
  valueBytesMax: 1_048_576,
  seenFilesMax: 1_000_000,
  cacheKibibytesMax: 32_768,
  walPagesMax: 4_000,
  journalBytesMin: 262_144,
}

const allowed: Ranges<keyof CatalogueLimits> = {
  rowsPerCallMax: [1, 2 ** 20],
  rowsPerPageMax: [1, 2 ** 20],
  callsWaitingMax: [1, 2 ** 20],
  callsPerTransactionMax: [1, 2 ** 16],
  rowsPerTransactionMax: [1, 2 ** 20],
  rowsPerTurnMax: [1, 2 ** 24],
  textBytesMax: [256, 2 ** 20],
  valueBytesMax: [256, 2 ** 24],
  seenFilesMax: [1, 2 ** 26],
  cacheKibibytesMax: [64, 2 ** 22],
  walPagesMax: [1, 2 ** 20],
  journalBytesMin: [1, 2 ** 30],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateCatalogueLimits(settings: Partial<CatalogueLimits> = {}): CatalogueLimits {
  return wholeSettings('catalogue', catalogueDefaults, allowed, settings)
}
