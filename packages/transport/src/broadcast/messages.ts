import { array, bytes, createCodec, integer, object, union, type Codec, type Schema } from '@flotilla/core/codec'
import { envelopeIdBytes } from './envelope-id.ts'
import type { BroadcastLimits } from './limits.ts'
import { slotsInWindow } from './limits.ts'

/** What neighbours say to each other, each as a notice: any of them may be lost, late or doubled. */
export type Message =
  /** Here is an envelope: it is new here, or you asked for it. */
  | { readonly type: 'push'; readonly envelope: Uint8Array }
  /** I could send you these: ids, one after the other. */
  | { readonly type: 'have'; readonly ids: Uint8Array }
  /** Send me these. */
  | { readonly type: 'want'; readonly ids: Uint8Array }
  /** This is what I have seen: announce to me what I have not. */
  | { readonly type: 'summary'; readonly slots: readonly SlotSummary[] }

/** The envelopes of one second: a slot without any is not listed. */
export interface SlotSummary {
  /** The timestamp in whole seconds. */
  readonly slot: number
  /** The first 16 bytes of the SHA-256 of their ids in order. */
  readonly digest: Uint8Array
}

export const digestBytes = 16
/** Ids in one message. */
export const idsPerMessageMax = 1_024

/** Version, key, timestamp, nonce, type and signature take at most so many bytes of an envelope. */
const envelopeHeadBytesMax = 58 + 32 + 64
const messageHeadBytesMax = 64

const idsBytesMax = idsPerMessageMax * envelopeIdBytes

/** No message is longer: what the network has to carry. */
export function messageBytesMax(limits: BroadcastLimits): number {
  const envelopeBytesMax = limits.payloadBytesMax + envelopeHeadBytesMax
  return Math.max(envelopeBytesMax, idsBytesMax, slotsInWindow(limits) * 64) + messageHeadBytesMax
}

export function messageCodec(limits: BroadcastLimits): Codec<Message> {
  const envelopeBytesMax = limits.payloadBytesMax + envelopeHeadBytesMax
  const slotsMax = slotsInWindow(limits)
  const skipping = { unknownFields: 'skip' } as const
  const schema: Schema<Message> = union({
    push: object({ envelope: bytes({ bytesMax: envelopeBytesMax }) }, skipping),
    have: object({ ids: bytes({ bytesMax: idsBytesMax }) }, skipping),
    want: object({ ids: bytes({ bytesMax: idsBytesMax }) }, skipping),
    summary: object(
      {
        slots: array(object({ slot: integer(), digest: bytes({ bytesMax: digestBytes }) }, skipping), {
          countMax: slotsMax,
        }),
      },
      skipping,
    ),
  })
  // What is kept of a message is copied out of it first: the gate and the store of recent envelopes see to that.
  return createCodec({
    name: 'broadcast message',
    schema,
    limits: { bytesMax: messageBytesMax(limits), itemsMax: 2_048 },
    byteStrings: 'shared',
  })
}
