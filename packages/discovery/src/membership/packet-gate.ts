import type { Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import { SourceRates } from '../source-rates.ts'
import type { MemberEntry } from './member-table.ts'
import { decodePacket, type EncodedGossip, type Message, type Path } from './messages.ts'
import { takeApartPacket, type SealedPacket } from './packet-seal.ts'
import type { MemberRecord } from './record.ts'
import { ReplayWindow } from './replay-window.ts'
import type { MembershipSettings } from './settings.ts'

export interface PacketGateOptions {
  readonly settings: MembershipSettings
  readonly crypto: Crypto
  readonly self: NodeId
  readonly entryOf: (id: NodeId) => MemberEntry | undefined
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

  constructor(options: PacketGateOptions) {
    this.#options = options
    const { datagramsPerSourcePerSecondMax: perSecondMax, datagramSourcesMax: sourcesMax } = options.settings
    this.#rates = new SourceRates({ perSecondMax, burstMax: perSecondMax, sourcesMax })
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
    if (entry === undefined) return { type: 'refused', why: 'unknown-sender', ask: sender }
    if (!this.#rates.take(path === 'connection' ? sender : path.host, now)) return refused('too-many')
    return this.#openOf(entry, sealed)
  }

  #openOf(entry: MemberEntry, sealed: SealedPacket): OpenedPacket {
    const { sender, session, counter } = sealed
    const isPresent = session === entry.record.session
    const window = this.#windowOf(entry)
    if (isPresent && !window.isNew(counter)) return refused('replayed')
    if (!this.#options.crypto.ed25519.verify(entry.publicKey, sealed.signed, sealed.signature)) {
      return refused('wrong-signature')
    }
    try {
      const { message, gossip } = decodePacket(sealed.packet)
      if (!isPresent) return { type: 'other-session', from: sender, gossip }
      window.take(counter)
      return { type: 'packet', from: sender, message, gossip }
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

function refused(why: string): OpenedPacket {
  return { type: 'refused', why }
}
