import type { Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { TokenBucket } from '@flotilla/core/machines'
import type { Millis } from '@flotilla/core/time'
import { SourceRates } from '../source-rates.ts'
import type { Stranger } from './effect.ts'
import type { MemberEntry } from './member-table.ts'
import { decodePacket, greetingSlackBytes, type EncodedGossip, type Message, type Path } from './messages.ts'
import { sealBytes, takeApartPacket, type SealedPacket } from './packet-seal.ts'
import type { MemberRecord } from './record.ts'
import { ReplayWindow } from './replay-window.ts'
import type { MembershipSettings } from './settings.ts'
import type { Vouching } from './vouching.ts'

export interface PacketGateOptions {
  readonly settings: MembershipSettings
  readonly crypto: Crypto
  readonly self: NodeId
  readonly vouching: Vouching
  readonly entryOf: (id: NodeId) => MemberEntry | undefined
  /** Of somebody who is not a member yet, where discovery has shown it. */
  readonly proofOf: (id: NodeId) => Uint8Array | undefined
}

export type OpenedPacket =
  | {
      readonly type: 'packet'
      readonly from: NodeId
      readonly message: Message
      readonly gossip: readonly EncodedGossip[]
    }
  /**
   * It is signed by the member, but of a session that its record does not have: the gossip may hold the record that
   * does, which is to be believed or not for itself; then open the packet once more.
   */
  | { readonly type: 'other-session'; readonly from: NodeId; readonly gossip: readonly EncodedGossip[] }
  /** It is of somebody unknown, who shows its own record with the proof, and signed the datagram in that session. */
  | ({ readonly type: 'stranger' } & Omit<Stranger, 'path'>)
  /** `ask` is whom a comparison would tell us more about. */
  | { readonly type: 'refused'; readonly why: string; readonly ask?: NodeId }

/**
 * Lets in datagrams of members, each once. What costs least is looked at first; nothing is remembered of a datagram
 * whose signature was not found right.
 */
export class PacketGate {
  readonly #options: PacketGateOptions
  /** By member, of its present session; gone with its entry. */
  readonly #windows = new WeakMap<MemberEntry, { readonly session: number; readonly window: ReplayWindow }>()
  readonly #rates: SourceRates
  readonly #strangerRates: SourceRates
  readonly #strangers: TokenBucket

  constructor(options: PacketGateOptions, now: Millis) {
    this.#options = options
    const { datagramsPerSourcePerSecondMax: perSecondMax, datagramSourcesMax: sourcesMax } = options.settings
    const { strangersPerSourcePerSecondMax, strangersPerSecondMax } = options.settings
    this.#rates = new SourceRates({ perSecondMax, burstMax: perSecondMax, sourcesMax })
    const strangerRate = strangersPerSourcePerSecondMax
    this.#strangerRates = new SourceRates({ perSecondMax: strangerRate, burstMax: strangerRate, sourcesMax })
    this.#strangers = new TokenBucket({ capacity: strangersPerSecondMax, refillTokens: strangersPerSecondMax }, now)
  }

  /** `peer` is at the other end of the connection, where it came over one. */
  open(now: Millis, bytes: Uint8Array, path: Path, peer?: NodeId): OpenedPacket {
    const { settings, self, entryOf } = this.#options
    const sealed = takeApartPacket(bytes, settings.datagramBytesMax)
    if (typeof sealed === 'string') return refused(sealed)
    const { sender } = sealed
    if (sender === self) return refused('own')
    if (peer !== undefined && peer !== sender) return refused('wrong-sender')
    const entry = entryOf(sender)
    if (entry === undefined) return this.#openOfStranger(now, sealed, path)
    if (!this.#rates.take(path === 'connection' ? sender : path.host, now)) return refused('too-many')
    return this.#openOf(entry, sealed)
  }

  #openOf(entry: MemberEntry, sealed: SealedPacket): OpenedPacket {
    const { settings } = this.#options
    const { sender, session, counter } = sealed
    const isPresent = session === entry.record.session
    const window = this.#windowOf(entry)
    if (isPresent && !window.isNew(counter)) return refused('replayed')
    if (!this.#options.crypto.ed25519.verify(entry.publicKey, sealed.signed, sealed.signature)) {
      return refused('wrong-signature')
    }
    try {
      const { message, gossip } = decodePacket(sealed.packet)
      if (isTooShort(message, sealed, settings)) return refused('too-short')
      if (!isPresent) return { type: 'other-session', from: sender, gossip }
      window.take(counter)
      return { type: 'packet', from: sender, message, gossip }
    } catch (error) {
      if (error instanceof ProtocolError) return refused(String(error.code))
      throw error
    }
  }

  /** Within a rate, because a proof never seen before costs more than anything else that a datagram can make us do. */
  #openOfStranger(now: Millis, sealed: SealedPacket, path: Path): OpenedPacket {
    const { settings, vouching, proofOf, crypto } = this.#options
    const { sender, session } = sealed
    const unknown: OpenedPacket = { type: 'refused', why: 'unknown-sender', ask: sender }
    if (path === 'connection') return unknown
    if (!this.#strangerRates.take(path.host, now) || !this.#strangers.take(now)) return unknown
    try {
      const { message, gossip } = decodePacket(sealed.packet)
      const piece = gossip[0]?.gossip
      if (message.type !== 'meet' || piece?.type !== 'record') return unknown
      if (isTooShort(message, sealed, settings)) return refused('too-short')
      const record = vouching.readRecord(piece.signed)
      if (record.id !== sender || record.session !== session) return refused('wrong-record')
      const proof = piece.signed.proof ?? proofOf(sender)
      if (proof === undefined || !vouching.isProofOf(record, proof)) return refused('wrong-proof')
      const { id, publicKey } = vouching.prove(proof)
      if (id !== sender) return refused('wrong-proof')
      if (!crypto.ed25519.verify(publicKey, sealed.signed, sealed.signature)) return refused('wrong-signature')
      return { type: 'stranger', from: sender, message, signed: { ...piece.signed, proof } }
    } catch (error) {
      if (error instanceof ProtocolError) return refused(String(error.code))
      throw error
    }
  }

  #windowOf(entry: MemberEntry): ReplayWindow {
    const { session }: MemberRecord = entry.record
    const known = this.#windows.get(entry)
    if (known?.session === session) return known.window
    const window = new ReplayWindow()
    this.#windows.set(entry, { session, window })
    return window
  }
}

/** A question that is shorter than its answer may be would make us send more than somebody spent on it. */
function isTooShort(message: Message, { packet }: SealedPacket, { datagramBytesMax }: MembershipSettings): boolean {
  if (message.type !== 'meet' || message.question === null) return false
  return packet.length + sealBytes < datagramBytesMax - greetingSlackBytes
}

function refused(why: string): OpenedPacket {
  return { type: 'refused', why }
}
