import { array, bytes, createCodec, integer, nullable, object, union, type Codec } from '@flotilla/core/codec'
import type { NodeId } from '@flotilla/core/ids'
import type { Address } from '../address.ts'
import { nodeIdSchema, signedClaimSchema, signedRecordSchema, type SignedClaim, type SignedRecord } from './record.ts'

/** What a datagram is for. Every one carries gossip besides. */
export type Message =
  /** Are you there? */
  | { readonly type: 'ping'; readonly sequence: number }
  /** Yes; or, of somebody we asked to try: it is. */
  | { readonly type: 'ack'; readonly sequence: number }
  /** We tried, as you asked, and it does not answer; we do. */
  | { readonly type: 'nack'; readonly sequence: number }
  /** Try to reach this member, for it does not answer us. */
  | { readonly type: 'ask'; readonly sequence: number; readonly target: NodeId }
  | Greeting
  /** Only the gossip. */
  | { readonly type: 'gossip' }

/**
 * Two that do not know each other meet: the gossip is the sender's own record. Whoever answers with the number that was
 * asked is there now, and no recording.
 */
export interface Greeting {
  readonly type: 'meet'
  /** To be answered; null if the sender has no need of it. */
  readonly question: number | null
  /** The question that this answers. */
  readonly answer: number | null
  /** Makes a question as long as a datagram may be, so that no answer is longer than what it answers. */
  readonly padding: Uint8Array
}

/** A piece of gossip. */
export type Gossip =
  | { readonly type: 'record'; readonly signed: SignedRecord }
  | { readonly type: 'claim'; readonly claim: SignedClaim }
  /** There is a record that is too long for a datagram. */
  | { readonly type: 'news'; readonly about: NodeId; readonly incarnation: number }

/**
 * Which way a message came or goes: by datagram, or as a notice on the connection, where datagrams do not get through.
 */
export type Path = Address | 'connection'

/** A piece of gossip with its bytes, which are relayed as they came. */
export interface EncodedGossip {
  readonly gossip: Gossip
  readonly bytes: Uint8Array
}

/** What a message with no gossip has at most, and what each piece has besides its own bytes. */
export const messageBytesMax = 112
export const gossipHeadBytes = 3
/** A question is at most so much shorter than a datagram may be, and an answer at least half of that. */
export const greetingSlackBytes = 8
/** More pieces than fit into a datagram. */
const gossipCountMax = 64

const sequence = integer({ max: 2 ** 32 - 1 })

const gossipCodec: Codec<Gossip> = createCodec<Gossip>({
  name: 'gossip',
  schema: union({
    record: object({ signed: signedRecordSchema }),
    claim: object({ claim: signedClaimSchema }),
    news: object({ about: nodeIdSchema, incarnation: integer() }),
  }),
  limits: { bytesMax: 1_400, itemsMax: 256 },
})

const packetCodec = createCodec<{ readonly message: Message; readonly gossip: readonly Uint8Array[] | null }>({
  name: 'membership packet',
  schema: object({
    message: union({
      ping: object({ sequence }),
      ack: object({ sequence }),
      nack: object({ sequence }),
      ask: object({ sequence, target: nodeIdSchema }),
      meet: object({
        question: nullable(integer()),
        answer: nullable(integer()),
        padding: bytes({ bytesMax: 1_400 }),
      }),
      gossip: object({}),
    }),
    gossip: nullable(array(bytes({ bytesMax: 1_400 }), { countMax: gossipCountMax })),
  }),
  limits: { bytesMax: 1_400, itemsMax: gossipCountMax },
})

export function encodeGossip(gossip: Gossip): EncodedGossip {
  return { gossip, bytes: gossipCodec.encode(gossip) }
}

export function encodePacket(message: Message, gossip: readonly EncodedGossip[]): Uint8Array {
  return packetCodec.encode({ message, gossip: gossip.length === 0 ? null : gossip.map(({ bytes: piece }) => piece) })
}

/** Throws a `ProtocolError` for whatever is not exactly a packet, a single piece of its gossip included. */
export function decodePacket(payload: Uint8Array): { readonly message: Message; readonly gossip: EncodedGossip[] } {
  const { message, gossip } = packetCodec.decode(payload)
  return { message, gossip: (gossip ?? []).map((piece) => ({ gossip: gossipCodec.decode(piece), bytes: piece })) }
}
