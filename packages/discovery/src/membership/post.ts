import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import type { Emit } from './effect.ts'
import type { GossipQueue } from './gossip-queue.ts'
import { isHere, type MemberEntry, type MemberTable } from './member-table.ts'
import { encodeGossip, gossipHeadBytes, type EncodedGossip, type Message, type Path } from './messages.ts'
import type { MembershipSettings } from './settings.ts'
import type { Standing } from './standing.ts'

export interface PostOptions {
  readonly settings: MembershipSettings
  readonly table: MemberTable
  readonly queue: GossipQueue
  readonly standing: Standing
  readonly emit: Emit
  /** What all gossip of one datagram may have together. */
  readonly gossipBytesMax: number
  readonly nextSequence: () => number
  readonly prng: Prng
}

/** What a suspect or dead member is told of why it is: enough to refute, and no more. */
const accusationsTold = 1
const piecesPerPacketMax = 64

/** What leaves: every message carries gossip, and while there is news, rounds of gossip leave besides. */
export class Post {
  readonly #options: PostOptions
  /** When the last round of gossip left. */
  #roundAt: Millis
  #deadPingAt: Millis

  constructor(options: PostOptions, now: Millis) {
    this.#options = options
    this.#roundAt = now
    this.#deadPingAt = now
  }

  /** When the next round, or the next ping of a dead member, is due. */
  get deadline(): Millis {
    const { settings, queue } = this.#options
    const hasReaders = this.#options.table.size > 0
    const roundAt = queue.size > 0 && hasReaders ? this.#nextRoundAt : Infinity
    const pingAt = this.#deadCount > 0 ? this.#deadPingAt + settings.deadPingIntervalMs : Infinity
    return Math.min(roundAt, pingAt) as Millis
  }

  /** Sends a message, with as much gossip as fits. A suspect reads first that it is one (Lifeguard's buddy system). */
  send(entry: MemberEntry, message: Message, how: { readonly path?: Path; readonly first?: EncodedGossip } = {}): void {
    const { path = pathTo(entry), first } = how
    const gossip = this.#gossipFor(entry, first)
    this.#options.emit({ type: 'send', to: entry.id, path, message, gossip })
  }

  /** Sends one piece of gossip that this member in particular should have. */
  tell(entry: MemberEntry, piece: EncodedGossip): void {
    this.#options.emit({
      type: 'send',
      to: entry.id,
      path: pathTo(entry),
      message: { type: 'gossip' },
      gossip: [piece],
    })
  }

  due(now: Millis): void {
    const { settings, queue } = this.#options
    if (queue.size > 0 && now >= this.#nextRoundAt) this.#round(now)
    if (this.#deadCount > 0 && now >= this.#deadPingAt + settings.deadPingIntervalMs) this.#pingDead(now)
  }

  get #nextRoundAt(): number {
    const { settings, queue } = this.#options
    const { gossipIntervalMs, gossipHurryItems } = settings
    return this.#roundAt + (queue.size > gossipHurryItems ? gossipIntervalMs / 2 : gossipIntervalMs)
  }

  get #deadCount(): number {
    return this.#options.standing.known - this.#options.standing.size
  }

  #round(now: Millis): void {
    const { settings, table } = this.#options
    this.#roundAt = now
    const isReader = (entry: MemberEntry): boolean =>
      isHere(entry) || (entry.status === 'dead' && now - entry.sinceMs < settings.gossipToDeadMs)
    for (const entry of table.pick(settings.gossipFanout, isReader)) {
      const gossip = this.#gossipFor(entry)
      if (gossip.length > 0) {
        this.#options.emit({ type: 'send', to: entry.id, path: pathTo(entry), message: { type: 'gossip' }, gossip })
      }
    }
  }

  /** After a cut that lasted longer than gossip to the dead, each side still finds the other. */
  #pingDead(now: Millis): void {
    this.#deadPingAt = now
    const dead = [...this.#options.table.values()].filter(({ status }) => status === 'dead')
    const entry = this.#options.prng.pick(dead)
    this.send(entry, { type: 'ping', sequence: this.#options.nextSequence() })
    entry.addressTurn++
  }

  #gossipFor(entry: MemberEntry, first?: EncodedGossip): readonly EncodedGossip[] {
    const { queue, settings, standing, gossipBytesMax } = this.#options
    const claims = entry.suspicion?.claims() ?? entry.obituary
    const accusations = claims.slice(0, accusationsTold).map((claim) => encodeGossip({ type: 'claim', claim }))
    const told = first === undefined ? accusations : [first]
    const toldBytes = told.reduce((sum, { bytes }) => sum + bytes.length + gossipHeadBytes, 0)
    const repeats = settings.gossipRepeats * Math.ceil(Math.log10(standing.size + 1))
    const about: ReadonlySet<NodeId> = new Set([entry.id])
    return [...told, ...queue.take(gossipBytesMax - toldBytes, piecesPerPacketMax - told.length, repeats, about)]
  }
}

/** Where to send to: where we last heard it, or the next of the addresses that it gave. */
function pathTo({ record, heardAt, addressTurn, isBehindConnection }: MemberEntry): Path {
  if (isBehindConnection) return 'connection'
  return heardAt ?? record.datagrams[addressTurn % record.datagrams.length] ?? 'connection'
}
