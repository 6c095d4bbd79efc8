import type { NodeId } from '@flotilla/core/ids'
import type { WorldView } from '@flotilla/sim'
import type { RegisterInput, RegisterOutput } from '@flotilla/sim/history'
import { HistoryRecorder } from '@flotilla/sim/history'
import type { Group, GroupStatus } from '../../src/group.ts'
import { Chronicle, type MemberRecord } from '../../src/testing/invariants/chronicle.ts'
import { OnceOnly } from './once-only.ts'
import type { RegisterCommand } from './registers.ts'

export type RegisterGroup = Group<RegisterCommand, boolean, string, number | null>

/** A member that is up. */
export interface Citizen {
  readonly name: string
  readonly record: MemberRecord
  readonly group: RegisterGroup
  /** Something was written since somebody looked at what role it plays. */
  changed: boolean
}

/** How much is asked in one run: enough to go through several snapshots, little enough to be judged quickly. */
const operationsMax = 300

/** What all hosts of one run share: what the onlooker knows, which no host could. */
export class Town {
  readonly world: WorldView
  /** Those that may be members. */
  readonly names: readonly string[]
  readonly ids: ReadonlyMap<string, NodeId>
  /** The first voters. */
  readonly founders: readonly NodeId[]
  readonly chronicle: Chronicle
  readonly onceOnly: OnceOnly = new OnceOnly()
  readonly history: HistoryRecorder<RegisterInput, RegisterOutput>
  readonly citizens: Map<string, Citizen> = new Map<string, Citizen>()
  /** Whose disk held what was never written: they stay out for good. */
  readonly rotten: Set<string> = new Set<string>()
  /** The program that each host runs; it rises with restarts. */
  readonly versions: Map<string, number> = new Map<string, number>()
  /** Who got an answer since everything was mended. */
  readonly answered: Set<string> = new Set<string>()
  #asked = 0

  constructor(world: WorldView, names: readonly string[], founders: readonly string[]) {
    this.world = world
    this.names = names
    this.ids = new Map(names.map((name) => [name, world.idOf(name)]))
    this.founders = founders.map((name) => world.idOf(name)).toSorted()
    this.chronicle = new Chronicle({ voters: this.founders, outgoing: [], learners: [] })
    this.history = new HistoryRecorder({ nowMs: () => world.nowMs() })
  }

  /** Undefined when enough was asked under faults; afterwards everybody may go on until all is well. */
  nextCommandId(): number | undefined {
    if (this.#asked >= operationsMax && !this.world.isMended()) return undefined
    return ++this.#asked
  }

  /** Tells the chronicle what has changed. Cheap enough for every step: who wrote nothing has not begun to lead. */
  look(): undefined {
    for (const citizen of this.citizens.values()) {
      if (!citizen.changed) continue
      citizen.changed = false
      this.#lookAt(citizen, citizen.group.status())
    }
  }

  /** A leader is about to write: that it leads, and what it knows to be decided, comes before that. */
  lookAtLeader(citizen: Citizen): void {
    const status = citizen.group.status()
    if (status.role === 'leader') this.#lookAt(citizen, status)
  }

  #lookAt({ record }: Citizen, { role, term, commit, configuration }: GroupStatus): void {
    if (role === 'leader') this.chronicle.leads(record, term)
    this.chronicle.decides(record, commit, configuration)
  }

  /** Whoever should be a member in the end, by name. */
  sound(): readonly string[] {
    return this.names.filter((name) => !this.rotten.has(name))
  }

  /** The same, by id, sorted. */
  soundIds(): readonly NodeId[] {
    return [...this.ids].flatMap(([name, id]) => (this.rotten.has(name) ? [] : [id])).toSorted()
  }
}
