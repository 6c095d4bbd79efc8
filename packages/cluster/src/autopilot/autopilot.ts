import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { AutopilotMember, AutopilotStatus, GroupMembers } from './ports.ts'
import type { AutopilotSettings } from './settings.ts'
import { Steadiness } from './steadiness.ts'
import { planVoters, type PlannedNode, type VoterPlan } from './voter-plan.ts'

export type AutopilotInput =
  | { readonly type: 'look'; readonly members: readonly AutopilotMember[]; readonly status: AutopilotStatus }
  /** What became of the change that was asked for. */
  | { readonly type: 'changed'; readonly succeeded: boolean }

export interface AutopilotEffect {
  readonly type: 'change'
  readonly wanted: GroupMembers
  readonly reason: string
}

/** What the autopilot makes of the group, for people. */
export interface AutopilotReport {
  /** `idle`: somebody else leads. */
  readonly state: 'idle' | 'content' | 'changing' | 'waiting'
  readonly reason: string
}

export interface AutopilotCoreOptions {
  readonly self: NodeId
  readonly settings: AutopilotSettings
  /** A member that is so many entries behind has caught up. */
  readonly caughtUpLagMax: number
}

/**
 * Watches who is there on every node, so that whoever leads next knows it already, and changes something only where
 * its node leads: one change at a time.
 */
export class Autopilot {
  readonly #options: AutopilotCoreOptions
  readonly #steadiness: Steadiness
  /** When each of those whose catching up is waited for began; they are members of the last plan's `awaited`. */
  #awaitedSince: ReadonlyMap<NodeId, Millis> = new Map()
  #effects: AutopilotEffect[] = []
  /** Between a `change` and its `changed`. */
  #isChanging = false
  #lookAt: Millis
  #report: AutopilotReport = { state: 'idle', reason: 'nobody has looked yet' }

  constructor(options: AutopilotCoreOptions, now: Millis) {
    this.#options = options
    this.#steadiness = new Steadiness(options.settings)
    this.#lookAt = now
  }

  get report(): AutopilotReport {
    return this.#report
  }

  step(now: Millis, input: AutopilotInput): void {
    const { lookEveryMs, retryMs } = this.#options.settings
    if (input.type === 'changed') {
      this.#isChanging = false
      this.#lookAt = input.succeeded ? now : after(now, retryMs)
      return
    }
    const { members, status } = input
    const { voters, outgoing, learners } = status.configuration
    const silent = status.quiet ? [] : status.members.filter(({ active }) => !active).map(({ id }) => id)
    const isLeader = status.role === 'leader'
    this.#steadiness.look(now, members, [...new Set([...voters, ...outgoing, ...learners])], isLeader ? silent : [])
    this.#lookAt = after(now, lookEveryMs)
    if (this.#isChanging) return
    if (!isLeader) {
      this.#awaitedSince = new Map()
      this.#report = { state: 'idle', reason: 'another node leads, or none does' }
      return
    }
    this.#follow(now, this.#plan(now, members, status))
  }

  drain(): readonly AutopilotEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** When to look next. */
  deadline(): Millis {
    return this.#lookAt
  }

  #plan(now: Millis, members: readonly AutopilotMember[], status: AutopilotStatus): VoterPlan {
    const { configuration, members: followers, quiet } = status
    const { self, caughtUpLagMax, settings } = this.#options
    const { voters, learners } = configuration
    const isMember = new Set([...voters, ...learners])
    const follower = new Map(followers.map((found) => [found.id, found]))
    const ids = new Set([...members.map(({ id }) => id), ...isMember, self])
    const nodes = [...ids].map((id): PlannedNode => {
      const found = follower.get(id)
      const isThere = this.#steadiness.isThere(id)
      const lag = found?.state === 'replicate' ? found.entriesBehind : Infinity
      return {
        id,
        standing: this.#steadiness.standing(now, id),
        answers: id === self || (isThere && (!isMember.has(id) || (found !== undefined && (found.active || quiet)))),
        caughtUp: id === self || (isMember.has(id) && lag <= caughtUpLagMax),
        upSince: this.#steadiness.upSince(id),
      }
    })
    const { votersMax, sparesMax } = settings
    return planVoters({ leader: self, configuration, nodes, votersMax, sparesMax })
  }

  #follow(now: Millis, plan: VoterPlan): void {
    const awaited = plan.type === 'wait' ? plan.awaited : []
    this.#awaitedSince = new Map(awaited.map((id) => [id, this.#awaitedSince.get(id) ?? now]))
    switch (plan.type) {
      case 'keep':
        this.#report = { state: 'content', reason: 'the right nodes decide' }
        return
      case 'wait':
        this.#report = { state: 'waiting', reason: plan.reason }
        this.#blameLate(now)
        return
      case 'change': {
        const { wanted, reason } = plan
        this.#report = { state: 'changing', reason }
        this.#isChanging = true
        this.#effects.push({ type: 'change', wanted, reason })
      }
    }
  }

  /** Whoever does not catch up makes room for somebody else, for a while. */
  #blameLate(now: Millis): void {
    for (const [id, since] of this.#awaitedSince) {
      if (now - since >= this.#options.settings.catchUpMs) this.#steadiness.blame(now, id)
    }
  }
}
