import type { NodeId } from '@flotilla/core/ids'
import type { EnvelopeRefusal } from '@flotilla/core/envelope'
import type { WallMillis } from '@flotilla/core/time'

/** Something that a member said to all. Takers of the same type share `payload`: do not change it. */
export interface Broadcast {
  /** Who signed it, which is not who handed it on to us. */
  readonly from: NodeId
  readonly type: string
  readonly payload: Uint8Array
  /** When it was signed, by the sender's clock. */
  readonly timestamp: WallMillis
}

export type PublishErrorCode =
  /** More than `perOriginPerSecondMax` and `perOriginBurst` allow; try again in a second. */
  | 'overloaded'
  /** The payload is longer than `payloadBytesMax`. */
  | 'too-large'
  /** That is no type: 1 to 32 of `a-z`, `0-9`, `.` and `-`, a letter first. */
  | 'wrong-field'
  /** These broadcasts were disposed of. */
  | 'closed'

export interface Broadcasts extends AsyncDisposable {
  /**
   * Signs it and hands it to the neighbours. It reaches every member that is connected, if only through other correct
   * members, within the replay window; a member that is away for longer misses it. Never comes back to ourselves.
   * Throws a `FlotillaError<PublishErrorCode>`.
   */
  publish(type: string, payload: Uint8Array): void
  /**
   * `take` is called for each broadcast of that type that arrives from now on, once while this process lives. After a
   * restart, what was signed within the replay window may come once more: see `sealedAfter`.
   */
  subscribe(type: string, take: (broadcast: Broadcast) => void): Disposable
  figures(): BroadcastFigures
}

export interface BroadcastFigures {
  /** Envelopes known from the window, and those of them that could be handed on with the bytes that they take. */
  readonly seen: number
  readonly recent: number
  readonly recentBytes: number
  /** Announced by peers and not here yet, each counted for every peer that announced it. */
  readonly announced: number
  /** Members whose broadcasts are in the window. */
  readonly origins: number
  /** The latest timestamp that was delivered; `-Infinity` before the first. Store it to give it as `sealedAfter`. */
  readonly deliveredThrough: number
}

/** Who did what. Each is the named peer's own doing, proven to us: never that of somebody who relays or is relayed. */
export interface Offence {
  readonly peer: NodeId
  readonly code: OffenceCode
  readonly message: string
}

export type OffenceCode =
  /** The peer sent what is no message of ours. */
  | 'malformed-message'
  /** The peer handed on an envelope whose signature is wrong, which it ought to have checked. */
  | 'forged-envelope'
  /** The peer signed more broadcasts than it may. */
  | 'flooding'

/** Why something that came in was not delivered. */
export type RefusalReason =
  | EnvelopeRefusal
  | Exclude<OffenceCode, 'forged-envelope'>
  /** Came before, on another way: as it should be in a mesh. */
  | 'duplicate'
  /** Looked at before, and no better now. */
  | 'refused-before'
  /** Its origin was flooding a moment ago. */
  | 'muted-origin'
  /** More members broadcast than `originsMax`. */
  | 'origins-full'
  /** The relaying peer sends more than one connection may. */
  | 'peer-limited'
  /** The relaying peer handed on too many forgeries. */
  | 'distrusted-peer'
  /** A kind of message that this version does not know. */
  | 'unknown-message'
