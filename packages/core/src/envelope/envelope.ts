import { ProtocolError } from '../errors/index.ts'
import type { NodeId } from '../ids/index.ts'
import type { WallMillis } from '../time/index.ts'

/** What was in a signed envelope that a gate has opened: the sender did sign all of it. */
export interface Envelope {
  /** What the payload is, such as `auction.bid`; by it and nothing else the reader decides how to decode it. */
  readonly type: string
  /** The id of `publicKey`. */
  readonly sender: NodeId
  readonly publicKey: Uint8Array
  /** When it was sealed, by the sender's clock. */
  readonly timestamp: WallMillis
  readonly nonce: Uint8Array
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** Why a gate refused to open an envelope. */
export type EnvelopeRefusal =
  /** The bytes are not laid out as an envelope. */
  | 'malformed'
  /** The payload is longer than `payloadBytesMax`. */
  | 'too-large'
  /** It was sealed by a version of the format that we do not know. */
  | 'unsupported-version'
  /** It was sealed too long ago, or before the gate can tell what it has opened. */
  | 'too-old'
  /** Its sender's clock is too far ahead of ours. */
  | 'too-new'
  /** The gate was told not to accept this sender. */
  | 'unknown-sender'
  /** This very envelope was opened before; harmless where envelopes are relayed on several ways. */
  | 'replayed'
  /** The gate can remember no more envelopes, of this sender or at all. */
  | 'overloaded'
  /** The signature is not that of the key in the envelope over what stands in it. */
  | 'wrong-signature'

export function refusal(code: EnvelopeRefusal, message: string, hint: string): ProtocolError<EnvelopeRefusal> {
  return new ProtocolError(code, `envelope refused: ${message}`, { hint })
}
