import { array, bytes, createCodec, integer, object, refined, string, type Codec } from '@flotilla/core/codec'
import { nodeIdLength, parseNodeId, type NodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'

/** Whom do you know, besides these? */
export interface Ask {
  readonly known: readonly { readonly id: NodeId; readonly timestamp: WallMillis }[]
}

/** Beacons as their members have signed them. Whoever relays one can neither invent a member nor move one. */
export interface Answer {
  readonly records: readonly Uint8Array[]
}

/** More than any setting allows, so that the settings of two nodes need not be the same. */
const knownMax = 4_096
const recordsMax = 1_024
const recordBytesMax = 1_400

export const askCodec: Codec<Ask> = createCodec<Ask>({
  name: 'question for peers',
  schema: object(
    {
      known: array(
        object({ id: refined(string({ bytesMax: nodeIdLength }), parseNodeId), timestamp: integer<WallMillis>() }),
        { countMax: knownMax },
      ),
    },
    { unknownFields: 'skip' },
  ),
  limits: { bytesMax: 2 ** 19, itemsMax: 2 * knownMax },
})

export const answerCodec: Codec<Answer> = createCodec<Answer>({
  name: 'answer with peers',
  schema: object(
    { records: array(bytes({ bytesMax: recordBytesMax }), { countMax: recordsMax }) },
    { unknownFields: 'skip' },
  ),
  limits: { bytesMax: 2 ** 21, itemsMax: 2 * recordsMax },
})
