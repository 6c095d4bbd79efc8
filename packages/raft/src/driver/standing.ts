import { unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import { isMember, membersOf } from '../core/configuration.ts'
import type { News } from '../effects.ts'
import type { Configuration, Index } from '../types.ts'
import type { GroupDriver } from './group-driver.ts'
import type { NodeContext } from './node-context.ts'

/** What part this node has in one group, and who else has one, as the core told it last. */
export class Standing {
  readonly #group: GroupDriver
  readonly #node: NodeContext
  #leading = false
  #leader: NodeId | undefined
  #removed = false
  #others: readonly NodeId[] = []
  #leaderHeardAt = -Infinity as Millis
  /** The furthest that anybody said was decided: until that is applied here, this node is behind. */
  #saidDecided = 0 as Index
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

  /** What a leader said of what is decided holds whoever leads now, and whether or not it is known here that it led. */
  heardLeader(now: Millis, from: NodeId, commit: Index): void {
    this.heardDecided(commit)
    if (from === this.#leader) this.#leaderHeardAt = now
  }

  /** Heartbeats tell of no more than this node has, so a snapshot on its way here is how it learns that it is behind. */
  heardDecided(index: Index): void {
    if (index > this.#saidDecided) this.#saidDecided = index
  }

  /** Milliseconds since this node's state was, as far as it can tell, the leader's. */
  staleMs(now: Millis): number {
    if (this.#leading) return 0
    const { application, core } = this.#group
    if (application.index < this.#saidDecided) return Infinity
    const peer = this.#leader === undefined ? undefined : this.#node.peers.get(this.#leader)
    // A quiet leader says nothing in this group; that it is alive is seen by its beats.
    const heardAt = core.status().quiet && peer !== undefined ? peer.heardAt : this.#leaderHeardAt
    return now - heardAt
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
    // That there is none any more is nothing that was heard of it.
    if (leader !== undefined) this.#leaderHeardAt = now
    this.#group.listener.led(leader)
  }
}
