import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What the chunks of one store allow themselves, on the disk and in memory. */
export interface VaultLimits {
  /** A pack that would grow beyond it is finished, and the next one begun. */
  readonly packBytesMax: number
  /** How much of what waits is written in one go. */
  readonly writeBytesMax: number
  /** Packs that are kept open for reading, besides those that are being read. */
  readonly openFilesMax: number
  /** Reads of the disk at the same time, each of at most `readRunBytesMax`. */
  readonly readsMax: number
  readonly readRunBytesMax: number
  /** What lies between two wanted chunks is read too, up to so much, rather than reading twice. */
  readonly readGapBytesMax: number
  /** Sessions at the same time; one more is refused with `overloaded`. */
  readonly sessionsMax: number
  /** Bytes that are being sealed or wait to be written, of all sessions; whoever adds more waits. */
  readonly bytesUnderWayMax: number
  /** Chunks of one session that the catalogue does not know yet; with more they are committed in between. */
  readonly rowsPendingMax: number
  /** Rows of the catalogue that are asked for, or swept, at a time. */
  readonly pageRows: number
  /** A pack of which less than this share of a hundred is needed is written anew by a collection. */
  readonly livePercentMin: number
  /** The pack that is being written is ended by a collection when less than this share of a hundred is needed. */
  readonly growingLivePercentMin: number
  /** A pack that is shorter than a sixteenth of `packBytesMax` is small. With more of them a collection joins them. */
  readonly smallPacksMax: number
  /** How often a chunk is looked for anew when it is moved while it is being read. */
  readonly looksMax: number
  /** Damaged records that are kept to look at; what is damaged beyond that is forgotten without a copy. */
  readonly quarantinedMax: number
}

const vaultDefaults: VaultLimits = {
  packBytesMax: 64 * 2 ** 20,
  writeBytesMax: 8 * 2 ** 20,
  openFilesMax: 64,
  readsMax: 8,
  readRunBytesMax: 2 * 2 ** 20,
  readGapBytesMax: 64 * 2 ** 10,
  sessionsMax: 65_536,
  bytesUnderWayMax: 20 * 2 ** 20,
  rowsPendingMax: 4_096,
  pageRows: 1_024,
  livePercentMin: 60,
  growingLivePercentMin: 60,
  smallPacksMax: 16,
  looksMax: 8,
  quarantinedMax: 1_000,
}

const allowed: Ranges<keyof VaultLimits> = {
  packBytesMax: [1_024, 2 ** 32],
  writeBytesMax: [512, 2 ** 28],
  openFilesMax: [1, 65_536],
  readsMax: [1, 1_024],
  readRunBytesMax: [512, 2 ** 28],
  readGapBytesMax: [0, 2 ** 24],
  sessionsMax: [1, 2 ** 20],
  bytesUnderWayMax: [1, 2 ** 32],
  rowsPendingMax: [1, 32_768],
  pageRows: [1, 10_000],
  livePercentMin: [0, 100],
  growingLivePercentMin: [0, 100],
  smallPacksMax: [1, 65_536],
  looksMax: [2, 100],
  quarantinedMax: [0, 100_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateVaultLimits(limits: Partial<VaultLimits> = {}): VaultLimits {
  return wholeSettings('cas-store', { ...vaultDefaults }, allowed, limits)
}
