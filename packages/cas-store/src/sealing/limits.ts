import { wholeSettings, type Ranges } from '@flotilla/core/machines'

interface SealedLimits {
  /** A header that speaks of more is damaged. */
  readonly chunkBytesMax: number
  /** The window that a compressed chunk may ask for: that of the largest. */
  readonly windowLogMax: number
  /** Below it, compressing takes longer than it saves on any disk. */
  readonly compressedBytesMin: number
  /** Kept compressed only if it shrinks to this share of its size. */
  readonly compressedPercentMax: number
}

/** Of the sealed format: no setting changes them, as what one node has sealed another release must open. */
export const sealedLimits: SealedLimits = {
  chunkBytesMax: 16 * 2 ** 20,
  windowLogMax: 24,
  compressedBytesMin: 256,
  compressedPercentMax: 94,
}

interface KeyringLimits {
  /** Data keys of one node, old ones among them: chunks must be sealed again before there can be more. */
  readonly keysMax: number
  readonly passphraseBytesMax: number
  /** Of scrypt, as a key row may ask for it; more than that is damage, or meant to harm. */
  readonly scryptCostLog2Min: number
  readonly scryptCostLog2Max: number
  readonly scryptBlockSizeMax: number
  readonly scryptParallelizationMax: number
  readonly scryptMemoryBytesMax: number
  readonly keyFileBytesMax: number
}

export const keyringLimits: KeyringLimits = {
  keysMax: 256,
  passphraseBytesMax: 1_024,
  scryptCostLog2Min: 10,
  scryptCostLog2Max: 20,
  scryptBlockSizeMax: 32,
  scryptParallelizationMax: 4,
  scryptMemoryBytesMax: 512 * 2 ** 20,
  keyFileBytesMax: 4_096,
}

export interface ThreadWorkshopLimits {
  /** A call with fewer bytes is done at once by the caller's thread: a message to another costs more. */
  readonly inlineBytesMax: number
  /** Work is handed out in parts of about so many bytes, so that all threads have some. */
  readonly partBytes: number
  /** A message to a thread carries parts of about so many bytes together. */
  readonly messageBytes: number
  /** Messages that a thread has at a time: the second waits there, so that the thread never waits for us. */
  readonly messagesPerThreadMax: number
  /** Parts that wait for a thread; calls beyond are refused as `overloaded`. */
  readonly partsWaitingMax: number
  /** Of slabs that were given back, for who asks next. */
  readonly slabBytesKeptMax: number
  /** Threads that may die before the workshop gives up. */
  readonly threadsLostMax: number
}

const threadWorkshopDefaults: ThreadWorkshopLimits = {
  inlineBytesMax: 32 * 2 ** 10,
  partBytes: 512 * 2 ** 10,
  messageBytes: 2 ** 20,
  messagesPerThreadMax: 2,
  partsWaitingMax: 65_536,
  slabBytesKeptMax: 28 * 2 ** 20,
  threadsLostMax: 16,
}

const allowed: Ranges<keyof ThreadWorkshopLimits> = {
  inlineBytesMax: [0, 2 ** 24],
  partBytes: [1, 2 ** 26],
  messageBytes: [1, 2 ** 26],
  messagesPerThreadMax: [1, 16],
  partsWaitingMax: [1, 2 ** 20],
  slabBytesKeptMax: [0, 2 ** 32],
  threadsLostMax: [0, 1_024],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateThreadWorkshopLimits(limits: Partial<ThreadWorkshopLimits> = {}): ThreadWorkshopLimits {
  return wholeSettings('workshop', { ...threadWorkshopDefaults }, allowed, limits)
}

export const threadsMax = 64
