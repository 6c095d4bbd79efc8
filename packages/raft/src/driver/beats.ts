import type { NodeId } from '@flotilla/core/ids'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import { driverLimits } from '../limits.ts'
import type { RaftSettings } from '../settings.ts'
import {
  helloGroupsMax,
  readBeat,
  readHello,
  writeBeat,
  writeHello,
  type Beat,
  type GroupVersion,
} from '../wire/beat-codec.ts'
import { ByteWriter } from '../wire/byte-writer.ts'
import type { BootNumber } from '../wire/call.ts'
import type { Peer, PeerTable } from './peer-table.ts'

/**
 * While all is quiet, one beat goes for so many. With more, whoever wants something of a leader that hangs would wait
 * for its second try: the first one ends at a second, and by then another leads.
 */
const quietBeats = 3

export interface BeatsHost {
  readonly clock: Clock
  readonly settings: RaftSettings
  readonly boot: BootNumber
  readonly peers: PeerTable
  notify(to: NodeId, notice: Uint8Array): void
  /** What the groups here are, and what this program knows of them. */
  groupVersions(): readonly GroupVersion[]
  /** Once in every heartbeat, for what has to be looked at now and then. */
  beaten(now: Millis): void
}

/**
 * Who is alive, process by process and not group by group, so that a thousand quiet groups cost no more than one: every
 * node says so to each node with which it shares a group, every heartbeat, and every third one while all groups that
 * they share are quiet. One that is not heard for an election timeout (seven heartbeats, where that is longer, while
 * all is quiet), whose connection is gone, or who turns out to be a new life of its process, is told as unreachable to
 * all groups shared with it.
 *
 * Quiet groups wake together, by the message that wakes them, so both ends of a connection change their pace together;
 * the one that changed first gives the other an election timeout to speak.
 */
export class Beats {
  readonly #host: BeatsHost
  readonly #writer = new ByteWriter()
  /** Rises whenever `groupVersions` gives something else. */
  #revision = 1
  #timer: Disposable | undefined
  #beatAt: Millis
  #closed = false

  constructor(host: BeatsHost) {
    this.#host = host
    this.#beatAt = host.clock.now()
    this.#arm()
  }

  close(): void {
    this.#closed = true
    this.#timer?.[Symbol.dispose]()
  }

  /** Groups were opened or closed here. */
  groupsChanged(): void {
    this.#revision++
  }

  up(id: NodeId): void {
    const peer = this.#host.peers.of(id)
    peer.connected = true
    peer.heardAt = this.#host.clock.now()
    this.#hello(peer)
    this.#beat(peer)
    this.#tell(peer, true)
  }

  down(id: NodeId): void {
    const { peers } = this.#host
    const peer = peers.get(id)
    if (peer === undefined) return
    peer.connected = false
    this.#tell(peer, false)
    peers.tidy(id)
  }

  /** Anything from a member shows that it is alive. */
  heard(id: NodeId): Peer {
    const peer = this.#host.peers.of(id)
    peer.heardAt = this.#host.clock.now()
    if (!peer.reachable) this.#tell(peer, true)
    return peer
  }

  takeBeat(from: NodeId, notice: Uint8Array): void {
    const beat: Beat = readBeat(notice)
    const peer = this.#known(from, beat.boot)
    const { boot, clock } = this.#host
    const upToDate = beat.knownBoot === boot && beat.knownRevision === this.#revision
    if (!upToDate && clock.now() >= peer.helloSentAt + driverLimits.helloAgainMs) this.#hello(peer)
  }

  takeHello(from: NodeId, notice: Uint8Array): void {
    const hello = readHello(notice)
    const peer = this.#known(from, hello.boot)
    if (!this.#host.peers.helloCame(peer, hello)) return
    this.#beat(peer)
    for (const group of peer.shared) group.look()
  }

  #known(from: NodeId, boot: BootNumber): Peer {
    const peer = this.#host.peers.of(from)
    if (peer.boot !== boot) {
      if (peer.boot !== 0) this.#tell(peer, false)
      this.#host.peers.reborn(peer, boot)
    }
    return this.heard(from)
  }

  #arm(): void {
    const { clock, settings } = this.#host
    this.#timer = clock.wakeAt(after(clock.now(), settings.heartbeatMs), () => this.#due())
  }

  #due(): void {
    if (this.#closed) return
    const { clock, settings, peers } = this.#host
    const now = clock.now()
    // If this process stood still, the others may well have spoken, and not been heard yet.
    const lateMs = Math.max(0, now - this.#beatAt - 2 * settings.heartbeatMs)
    this.#beatAt = now
    for (const peer of peers.all) {
      if (peer.shared.size === 0) continue
      if (lateMs > 0) peer.heardAt = after(peer.heardAt, lateMs)
      this.#attend(peer, now)
    }
    this.#host.beaten(now)
    this.#arm()
  }

  #attend(peer: Peer, now: Millis): void {
    const { electionTimeoutMs, heartbeatMs } = this.#host.settings
    const isQuiet = peer.shared.values().every((group) => group.core.status().quiet)
    // It spoke seldom until now, and was right to.
    if (peer.quiet && !isQuiet) peer.heardAt = now
    peer.quiet = isQuiet
    // A beat that would be due before the next look goes now.
    const isDue = !isQuiet || now + heartbeatMs > after(peer.beatenAt, quietBeats * heartbeatMs)
    if (peer.connected && isDue) this.#beat(peer)
    // One beat of a quiet peer may be lost.
    const quietMsMax = (2 * quietBeats + 1) * heartbeatMs
    const silentMsMax = isQuiet ? Math.max(electionTimeoutMs, quietMsMax) : electionTimeoutMs
    if (peer.reachable && now - peer.heardAt > silentMsMax) this.#tell(peer, false)
  }

  #beat(peer: Peer): void {
    const { boot, clock } = this.#host
    peer.beatenAt = clock.now()
    const beat = { boot, revision: this.#revision, knownBoot: peer.boot, knownRevision: Math.max(0, peer.revision) }
    this.#host.notify(peer.id, writeBeat(this.#writer, beat))
  }

  #hello(peer: Peer): void {
    peer.helloSentAt = this.#host.clock.now()
    const { boot } = this.#host
    const groups = this.#host.groupVersions()
    const parts = Math.max(1, Math.ceil(groups.length / helloGroupsMax))
    for (let part = 0; part < parts; part++) {
      const some = groups.slice(part * helloGroupsMax, (part + 1) * helloGroupsMax)
      const hello = { boot, revision: this.#revision, part, parts, groups: some }
      this.#host.notify(peer.id, writeHello(this.#writer, hello))
    }
  }

  #tell(peer: Peer, reachable: boolean): void {
    if (peer.reachable === reachable) return
    peer.reachable = reachable
    for (const group of peer.shared) group.step({ type: 'peer', peer: peer.id, reachable })
  }
}
