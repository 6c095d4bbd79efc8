import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import { Autopilot, type AutopilotEffect } from './autopilot.ts'
import type { AutopilotMember, AutopilotStatus, GroupMembers } from './ports.ts'
import { validateAutopilotSettings, type AutopilotSettings } from './settings.ts'
import { majorityOf } from './voter-plan.ts'

/** A node of the model. */
export interface ModelNode {
  readonly id: NodeId
  status: AutopilotMember['status']
  /** Looks until it has caught up, once it is a learner; Infinity for one that never does. */
  lag: number
  /** It is there, and takes no part in the group: its disk has failed. */
  isSilent: boolean
}

/** A cluster for tests of the autopilot: nodes that come and go as told, and a group whose members are changed. */
export class ModelGroup {
  now: Millis = 0 as Millis
  readonly nodes: readonly ModelNode[]
  readonly settings: AutopilotSettings
  configuration: AutopilotStatus['configuration']
  leader: NodeId | undefined
  /** The change that the leader has asked for and that has not come to pass yet. */
  pending: AutopilotEffect | undefined
  changes = 0
  readonly #pilots = new Map<NodeId, Autopilot>()

  constructor(count: number, settings: Partial<AutopilotSettings> = {}) {
    this.settings = validateAutopilotSettings({ ...quick, ...settings })
    this.nodes = Array.from({ length: count }, (_, index) => ({
      id: `n${index}` as NodeId,
      status: 'alive',
      lag: 2,
      isSilent: false,
    }))
    this.configuration = { voters: ['n0' as NodeId], outgoing: [], learners: [] }
    this.elect()
  }

  node(id: NodeId): ModelNode {
    return this.nodes.find((node) => node.id === id) ?? { id, status: 'dead', lag: 0, isSilent: false }
  }

  isUp(id: NodeId): boolean {
    const { status } = this.node(id)
    return status === 'alive' || status === 'suspect'
  }

  takesPart(id: NodeId): boolean {
    return this.isUp(id) && !this.node(id).isSilent
  }

  hasMajority({ voters }: Pick<GroupMembers, 'voters'>): boolean {
    return this.tolerance(voters) >= 0
  }

  /** How many more may fail. */
  tolerance(voters: readonly NodeId[]): number {
    return voters.filter((id) => this.takesPart(id)).length - majorityOf(voters.length)
  }

  /** Somebody who is there leads, if a majority is there; what an earlier leader had asked for may be lost. */
  elect(): void {
    if (this.leader !== undefined && this.takesPart(this.leader) && this.#mayLead(this.leader)) return
    this.pending = undefined
    this.leader = this.configuration.voters.find((id) => this.takesPart(id) && this.#mayLead(id))
  }

  /** Time passes, and the autopilot of every node that is there looks. Returns what the leader's asks for. */
  look(passedMs: number): AutopilotEffect | undefined {
    this.now = after(this.now, passedMs)
    this.elect()
    for (const node of this.nodes) {
      if (this.takesPart(node.id) && this.configuration.learners.includes(node.id)) node.lag = Math.max(0, node.lag - 1)
    }
    let asked: AutopilotEffect | undefined
    for (const { id } of this.nodes) {
      if (!this.isUp(id)) this.#pilots.delete(id)
      else asked = this.#lookAs(id) ?? asked
    }
    return asked
  }

  /** What was asked for comes to pass, or not. */
  settle(succeeded: boolean): void {
    const { pending, leader } = this
    this.pending = undefined
    if (pending === undefined || leader === undefined) return
    const isPossible = this.hasMajority(this.configuration) && this.hasMajority(pending.wanted)
    if (succeeded && isPossible) {
      this.configuration = { ...pending.wanted, outgoing: [] }
      this.changes++
    }
    this.#pilots.get(leader)?.step(this.now, { type: 'changed', succeeded: succeeded && isPossible })
  }

  report(): string {
    return (this.leader && this.#pilots.get(this.leader)?.report.state) ?? 'nobody leads'
  }

  #mayLead(id: NodeId): boolean {
    return this.configuration.voters.includes(id) && this.hasMajority(this.configuration)
  }

  #lookAs(id: NodeId): AutopilotEffect | undefined {
    const options = { self: id, settings: this.settings, caughtUpLagMax: 0 }
    const pilot = this.#pilots.get(id) ?? new Autopilot(options, this.now)
    this.#pilots.set(id, pilot)
    pilot.step(this.now, { type: 'look', members: this.nodes, status: this.#statusFor(id) })
    const [effect] = pilot.drain()
    if (effect !== undefined) this.pending = effect
    return effect
  }

  #statusFor(id: NodeId): AutopilotStatus {
    const { voters, learners } = this.configuration
    const members = [...voters, ...learners].map((member) => ({
      id: member,
      state: 'replicate' as const,
      entriesBehind: voters.includes(member) ? 0 : this.node(member).lag,
      active: this.takesPart(member),
    }))
    return {
      role: id === this.leader ? 'leader' : 'follower',
      quiet: false,
      configuration: this.configuration,
      members,
    }
  }
}

const quick: Partial<AutopilotSettings> = {
  lookEveryMs: 1_000,
  steadyMs: 3_000,
  steadyMsMax: 30_000,
  forgivenMs: 100_000,
  graceMs: 20_000,
  catchUpMs: 15_000,
  retryMs: 2_000,
}
