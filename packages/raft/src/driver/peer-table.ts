import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { GroupName } from '../types.ts'
import type { Hello } from '../wire/beat-codec.ts'
import type { BootNumber } from '../wire/call.ts'
import type { GroupDriver } from './group-driver.ts'

/** Another node with which groups are shared, or may be. */
export interface Peer {
  readonly id: NodeId
  /** As the network says. */
  connected: boolean
  /** As far as the groups have been told. */
  reachable: boolean
  /** When it was last heard of. */
  heardAt: Millis
  /** When it was last told that this node is alive. */
  beatenAt: Millis
  /** All shared groups were quiet at the last look: both sides speak seldom. */
  quiet: boolean
  boot: BootNumber
  /** Of its hello, as far as that is whole here. */
  revision: number
  /** The parts of a hello that have come, of revision `partsOf`. */
  partsOf: number
  partsSeen: Set<number>
  /** The version of its program's machine, by group. */
  versions: Map<GroupName, number>
  versionsComing: Map<GroupName, number>
  helloSentAt: Millis
  /** Groups of which it is a member and this node has a part. */
  readonly shared: Set<GroupDriver>
}

const noBoot = 0 as BootNumber

/** Who else there is, what they run, and whether they are alive. */
export class PeerTable {
  readonly #peers = new Map<NodeId, Peer>()

  get all(): Iterable<Peer> {
    return this.#peers.values()
  }

  get(id: NodeId): Peer | undefined {
    return this.#peers.get(id)
  }

  of(id: NodeId): Peer {
    const known = this.#peers.get(id)
    if (known !== undefined) return known
    const never = -Infinity as Millis
    const peer: Peer = {
      id,
      connected: false,
      reachable: false,
      heardAt: never,
      beatenAt: never,
      quiet: false,
      boot: noBoot,
      revision: -1,
      partsOf: -1,
      partsSeen: new Set(),
      versions: new Map(),
      versionsComing: new Map(),
      helloSentAt: never,
      shared: new Set(),
    }
    this.#peers.set(id, peer)
    return peer
  }

  /** That group has these other members from now on. */
  share(group: GroupDriver, before: readonly NodeId[], now: readonly NodeId[]): void {
    for (const id of before) if (!now.includes(id)) this.#unshare(group, id)
    for (const id of now) if (!before.includes(id)) this.of(id).shared.add(group)
  }

  /** Nothing is left to be known of one who is not connected and shares nothing. */
  #unshare(group: GroupDriver, id: NodeId): void {
    const peer = this.#peers.get(id)
    peer?.shared.delete(group)
    this.tidy(id)
  }

  tidy(id: NodeId): void {
    const peer = this.#peers.get(id)
    if (peer !== undefined && !peer.connected && peer.shared.size === 0) this.#peers.delete(id)
  }

  /** A new life of that process: what was known of the last one does not hold. */
  reborn(peer: Peer, boot: BootNumber): void {
    peer.boot = boot
    peer.revision = -1
    peer.partsOf = -1
    peer.partsSeen = new Set()
    peer.versions = new Map()
    peer.versionsComing = new Map()
  }

  /** Returns whether it is whole now. */
  helloCame(peer: Peer, hello: Hello): boolean {
    if (hello.revision !== peer.partsOf) {
      peer.partsOf = hello.revision
      peer.partsSeen = new Set()
      peer.versionsComing = new Map()
    }
    peer.partsSeen.add(hello.part)
    for (const { group, version } of hello.groups) peer.versionsComing.set(group, version)
    if (peer.partsSeen.size < hello.parts) return false
    peer.revision = hello.revision
    peer.versions = peer.versionsComing
    return true
  }
}
