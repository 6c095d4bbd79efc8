import { createCodec, literal, object, string, type Codec } from '@flotilla/core/codec'
import { cutReason } from '@flotilla/core/network/sessions'

export type GoodbyeCode =
  /** That end is being closed. */
  | 'closing'
  /** Another connection between the two is kept. */
  | 'crossed'
  /** A newer connection takes its place. */
  | 'replaced'
  | 'overloaded'
  | 'banned'
  /** Not, or no longer, admitted. */
  | 'not-admitted'
  /** What came was not by the rules. */
  | 'protocol'
  /** No common version of the protocol. */
  | 'version'
  /** The greeting says something else than the certificate. */
  | 'wrong-identity'
  /** It was ourselves who answered. */
  | 'self'
  /** Nothing was heard for too long. */
  | 'silent'
  /** Nothing was taken for too long. */
  | 'stalled'

/** The last frame of a connection that is closed on purpose. */
export interface Goodbye {
  readonly code: GoodbyeCode
  /** For people; printed nowhere without being made safe. */
  readonly reason: string
}

const reasonLengthMax = 256

export const goodbyeCodec: Codec<Goodbye> = createCodec({
  name: 'goodbye',
  schema: object(
    {
      code: literal<GoodbyeCode>(
        'closing',
        'crossed',
        'replaced',
        'overloaded',
        'banned',
        'not-admitted',
        'protocol',
        'version',
        'wrong-identity',
        'self',
        'silent',
        'stalled',
      ),
      reason: string({ bytesMax: reasonLengthMax * 3 }),
    },
    { unknownFields: 'skip' },
  ),
})

export function goodbye(code: GoodbyeCode, reason: string): Goodbye {
  return { code, reason: cutReason(reason.toWellFormed(), reasonLengthMax) }
}
