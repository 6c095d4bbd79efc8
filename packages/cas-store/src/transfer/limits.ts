import type { WantedChunk } from '../tree/contract.ts'
import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What one node keeps to when it moves chunks. All nodes of a cluster keep to the same sizes. */
export interface TransferSettings {
  /** The longest chunk that is taken from a peer. */
  readonly chunkBytesMax: number
  /** The longest list that is taken from a peer. */
  readonly listBytesMax: number
  /** Chunks in one batch, of any message. */
  readonly batchChunksMax: number
  /** Bytes of chunks in one batch, as far as they are known before; a longer chunk goes alone. */
  readonly batchBytesMax: number
  /** What a batch from a peer of unknown speed is made of at first. */
  readonly batchBytesFirst: number
  /** How long one batch ought to take: faster peers get larger batches. */
  readonly batchTargetMs: number
  /** Batches asked of one peer and not answered. */
  readonly batchesInFlightMax: number
  /** Bytes asked of one peer and not answered. */
  readonly peerBytesInFlightMax: number
  /** Bytes asked of all peers together and not answered, of one source. */
  readonly sourceBytesInFlightMax: number
  /** Chunks that wait in one source; more is `overloaded`. */
  readonly chunksWaitingMax: number
  /** A batch that takes so many times as long as the fastest peer would is asked of another too, ... */
  readonly hedgeFactor: number
  /** ... but not before that. */
  readonly hedgeMsMin: number
  /** A peer whose batches were so often in a row answered by another first is left out as slow. */
  readonly hedgesLostMax: number
  /** A peer that lacks so many chunks in a row is left out as lacking. */
  readonly lacksMax: number
  /** A peer that is to send and sends nothing for so long is given up. */
  readonly silenceMs: number
  /** How long a peer may take to verify and keep what it got, and to answer. */
  readonly answerMs: number
  /** How long opening a stream, or a short request, may take. */
  readonly openMs: number
  /** Streams of one peer that are served here. One more is `overloaded`. */
  readonly servedStreamsPerPeerMax: number
  /** The same, of all peers. */
  readonly servedStreamsMax: number
  /** Bytes of chunks read or received for peers and not done with, together; a batch waits for room. */
  readonly servedBytesMax: number
  /** The most that one peer's streams may have of them. */
  readonly servedBytesPerPeerMax: number
  /** Bytes a second sent to peers that fetch, together; 0: as fast as it goes. */
  readonly servedBytesPerSecond: number
  /** A stream of a peer on which nothing happens for so long is closed, and what it held is let go of. */
  readonly servedIdleMs: number
  /** Bytes on their way to one peer that it has not said it took. */
  readonly pushBytesInFlightMax: number
  /** How long one peer may make the other peers of a broadcast wait, in all, before it is dropped. */
  readonly broadcastWaitMs: number
  /** A push is refused while less than this is free. */
  readonly freeBytesReserve: number
  /** What came of a blob is kept for so long after it has last grown. */
  readonly partialKeptMs: number
  /** Every so many bytes what has come is made durable, so that a restart loses no more than that. */
  readonly checkpointBytes: number
  /** Different lists of one blob that is verified or moved. */
  readonly listsMax: number
  /** How long a peer may take to verify and keep a whole blob, once it has got all of it. */
  readonly commitMs: number
  /** Chunks that have no more bytes than this together are pushed without asking whether they are known there. */
  readonly pushUnaskedBytesMax: number
  /** Blobs that are kept although they are not whole; what comes of more is not kept. */
  readonly partialsMax: number
}

export const transferDefaults: TransferSettings = {
  chunkBytesMax: 8 * 2 ** 20,
  listBytesMax: 64 * 2 ** 10,
  batchChunksMax: 1_024,
  batchBytesMax: 4 * 2 ** 20,
  batchBytesFirst: 2 ** 20,
  batchTargetMs: 100,
  batchesInFlightMax: 4,
  peerBytesInFlightMax: 12 * 2 ** 20,
  sourceBytesInFlightMax: 32 * 2 ** 20,
  chunksWaitingMax: 65_536,
  hedgeFactor: 4,
  hedgeMsMin: 200,
  hedgesLostMax: 4,
  lacksMax: 1_024,
  silenceMs: 10_000,
  answerMs: 60_000,
  openMs: 5_000,
  servedStreamsPerPeerMax: 16,
  servedStreamsMax: 128,
  servedBytesMax: 64 * 2 ** 20,
  servedBytesPerPeerMax: 16 * 2 ** 20,
  servedBytesPerSecond: 0,
  servedIdleMs: 60_000,
  pushBytesInFlightMax: 12 * 2 ** 20,
  broadcastWaitMs: 10_000,
  freeBytesReserve: 64 * 2 ** 20,
  partialKeptMs: 7 * 86_400_000,
  checkpointBytes: 256 * 2 ** 20,
  listsMax: 262_144,
  commitMs: 600_000,
  pushUnaskedBytesMax: 32 * 2 ** 10,
  partialsMax: 1_024,
}

const allowed: Ranges<keyof TransferSettings> = {
  chunkBytesMax: [1_024, 2 ** 26],
  listBytesMax: [1_024, 2 ** 26],
  batchChunksMax: [1, 4_096],
  batchBytesMax: [1_024, 2 ** 26],
  batchBytesFirst: [1_024, 2 ** 26],
  batchTargetMs: [1, 60_000],
  batchesInFlightMax: [1, 64],
  peerBytesInFlightMax: [1_024, 2 ** 30],
  sourceBytesInFlightMax: [1_024, 2 ** 32],
  chunksWaitingMax: [1, 2 ** 20],
  hedgeFactor: [1, 1_000],
  hedgeMsMin: [1, 600_000],
  hedgesLostMax: [1, 10_000],
  lacksMax: [1, 2 ** 20],
  silenceMs: [10, 3_600_000],
  answerMs: [10, 86_400_000],
  openMs: [10, 600_000],
  servedStreamsPerPeerMax: [1, 65_536],
  servedStreamsMax: [1, 65_536],
  servedBytesMax: [1_024, 2 ** 34],
  servedBytesPerPeerMax: [1_024, 2 ** 34],
  servedBytesPerSecond: [0, 2 ** 40],
  servedIdleMs: [10, 86_400_000],
  pushBytesInFlightMax: [1_024, 2 ** 30],
  broadcastWaitMs: [1, 86_400_000],
  freeBytesReserve: [0, 2 ** 50],
  partialKeptMs: [1_000, 365 * 86_400_000],
  checkpointBytes: [1_024, 2 ** 40],
  listsMax: [1, 2 ** 24],
  commitMs: [10, 86_400_000],
  pushUnaskedBytesMax: [0, 2 ** 26],
  partialsMax: [0, 2 ** 20],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateTransferSettings(settings: Partial<TransferSettings> = {}): TransferSettings {
  return wholeSettings('transfer', transferDefaults, allowed, settings)
}

/** As many bytes as a chunk will take, or more: those of a list are not known before. */
export function expectedBytes({ kind, size }: Pick<WantedChunk, 'kind' | 'size'>, settings: TransferSettings): number {
  return kind === 'list' ? settings.listBytesMax : Math.min(size, settings.chunkBytesMax)
}
