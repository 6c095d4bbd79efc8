import { unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import { isMember, membersOf } from '../core/configuration.ts'
import type { News } from '../effects.ts'
import type { Configuration, Index } from '../types.ts'
import type { Message } from '../messages.ts'
import { Freshness } from './freshness.ts'
import type { GroupDriver } from './group-driver.ts'
import type { NodeContext } from './node-context.ts'

type FromLeader = Extract<Message, { readonly type: 'append' | 'heartbeat' | 'quiet' }>

/** What part this node has in one group, and who else has one, as the core told it last. */
export class Standing {
  readonly #group: GroupDriver
  readonly #node: NodeContext
  #leading = false
  #leader: NodeId | undefined
  #removed = false
  #others: readonly NodeId[] = []
  readonly #freshness = new Freshness()
  /** When it stopped leading, and calls from then have waited long enough for what becomes of them. */
  #abandonAt = Infinity as Millis

  constructor(group: GroupDriver, node: NodeContext) {
    this.#group = group
    this.#node = node
  }

  get leading(): boolean {
    return this.#leading
  }

  get leader(): NodeId | undefined {
    return this.#leader
  }

  /** The others have gone on without this node. */
  get removed(): boolean {
    return this.#removed
  }

  get abandonAt(): Millis {
    return this.#abandonAt
  }

  /** What a leader tells of itself, or somebody who takes itself for one. */
  heardLeader(now: Millis, from: NodeId, message: FromLeader): void {
    const applied = this.#group.application.index
    const { type, commit } = message
    if (type === 'heartbeat') return this.#freshness.beaten(now, from, applied)
    const end = type === 'append' ? message.prevIndex + message.entries.length : commit
    this.#freshness.told(now, from, commit, end as Index, applied)
  }

  /** Milliseconds since this node's state was, as far as it can tell, the leader's. */
  staleMs(now: Millis): number {
    if (this.#leading) return 0
    const { application, core } = this.#group
    const applied = application.index
    const staleMs = this.#freshness.staleMs(now, applied)
    if (this.#leader === undefined || !core.status().quiet || !this.#freshness.isCurrent(applied)) return staleMs
    // A quiet leader says nothing in this group; that it is alive is seen by its beats.
    const heardAt = this.#node.peers.get(this.#leader)?.heardAt ?? (-Infinity as Millis)
    return Math.min(staleMs, now - heardAt)
  }

  /** What did not come to be decided soon after the leader gave way is not known here any more. */
  tend(now: Millis): void {
    if (now < this.#abandonAt) return
    this.#abandonAt = Infinity as Millis
    if (!this.#leading) this.#group.proposals.abandon()
  }

  hear(now: Millis, news: News): void {
    const { logger } = this.#node
    const group = this.#group.name
    switch (news.type) {
      case 'role':
        this.#takeRole(now, news)
        break
      case 'configuration':
        this.takeMembers(this.#group.core.status().configuration)
        break
      case 'disk-stalled':
        logger.warn({ group, milliseconds: news.milliseconds }, 'a leader gave way as its disk stalled')
        break
      case 'removed':
        this.#removed = true
        logger.info({ group }, 'this node is no member of the group any more')
        break
      case 'transfer-ended':
        this.#group.members.transferEnded(news.to, news.succeeded)
        break
      case 'message-refused':
        logger.warn({ group, peer: news.from, why: news.why }, 'a message of a member made no sense')
        return
      case 'member-lost-data':
        logger.error({ group, ...news }, 'a member has lost entries that it had said were durable')
        return
      default:
        return unreachable(news, 'news')
    }
    this.#group.listener.changed()
  }

  takeMembers(configuration: Configuration): void {
    const { self, peers } = this.#node
    const others = membersOf(configuration).filter((member) => member !== self)
    peers.share(this.#group, this.#others, others)
    this.#others = others
    // It may have been a member, then none, and be one again.
    if (isMember(configuration, self)) this.#removed = false
  }

  close(): void {
    this.#node.peers.share(this.#group, this.#others, [])
    this.#others = []
    this.#leading = false
    this.#leader = undefined
  }

  #takeRole(now: Millis, { role, leader }: Extract<News, { readonly type: 'role' }>): void {
    const { instruments } = this.#node
    if (role === 'candidate') instruments.elections.inc({})
    const leading = role === 'leader'
    if (leading && !this.#leading) this.#group.beganToLead(now)
    if (!leading && this.#leading) {
      // What was handed over is decided in a moment, and then answered; whatever is not is asked again elsewhere.
      this.#abandonAt = after(now, this.#group.settings.heartbeatMs)
      this.#group.members.leftOff()
    }
    if (leading) this.#removed = false
    this.#leading = leading
    if (leader === this.#leader) return
    if (leader !== undefined) instruments.leaderChanges.inc({})
    this.#leader = leader
    this.#freshness.led(now, leader, this.#group.application.index)
    this.#group.listener.led(leader)
  }
}
