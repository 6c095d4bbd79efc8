import type { NodeId } from '@flotilla/core/ids'
import type { WorldView } from '@flotilla/sim'
import type { LocalStore } from '../../src/store/contract.ts'
import type { ReplicatedStore } from '../../src/replication/index.ts'
import { belongingsOf, type Belonging } from './belongings.ts'

/** One life of a node that is up. */
export interface LivingNode {
  readonly name: string
  readonly store: ReplicatedStore
  readonly local: LocalStore
}

/** What all hosts of one run share: what an onlooker knows. */
export class MeshTown {
  readonly world: WorldView
  readonly names: readonly string[]
  readonly belongings: readonly Belonging[]
  readonly mayRot: boolean
  /** Who gives others wrong bytes now and then. */
  readonly liar: string | undefined
  /** Lies that somebody has noticed. */
  lies = 0
  readonly up: Map<string, LivingNode> = new Map()
  /** They will never be up again, and what they had is lost. */
  readonly lost: Set<string> = new Set()
  /** Those that an operator has taken out of the list of members. */
  readonly removed: Set<string> = new Set()
  /** Those that are members only later. */
  readonly joiningAtMs: ReadonlyMap<string, number>
  /** Of nodes that use the store, whether they have had enough. */
  readonly calm: Set<string> = new Set()
  /** In the end all was found as it should be. */
  isSettled = false
  /** Why not, when it was last looked at. */
  whyNot = 'nobody has looked yet'

  readonly #ids: ReadonlyMap<string, NodeId>

  constructor(
    world: WorldView,
    names: readonly string[],
    options: { readonly mayRot: boolean; readonly mayLie: boolean },
  ) {
    this.world = world
    this.names = names
    this.#ids = new Map(names.map((name) => [name, world.idOf(name)]))
    this.mayRot = options.mayRot
    this.liar = options.mayLie ? world.random.pick(names) : undefined
    const joining = names.slice(3).filter(() => world.random.chance(1, 2))
    this.joiningAtMs = new Map(joining.map((name) => [name, world.random.between(500, 4_000)]))
    this.belongings = belongingsOf(world, names, 2)
  }

  /** Who is a member now, whether up or not. */
  members(): readonly string[] {
    const now = this.world.nowMs()
    return this.names.filter((name) => !this.removed.has(name) && (this.joiningAtMs.get(name) ?? 0) <= now)
  }

  idOf(name: string): NodeId {
    return this.#ids.get(name) ?? this.world.idOf(name)
  }

  lose(name: string, why: string): void {
    this.world.note(`${name} is lost for good`, why)
    this.lost.add(name)
    this.up.delete(name)
    for (const belonging of this.belongings) this.doubt(belonging)
  }

  /** What a lost node alone had, or alone knew of, nobody can be held to. */
  doubt(belonging: Belonging): void {
    if (this.lost.size === 0) return
    const isLosers = this.lost.has(belonging.owner)
    if (belonging.state === 'absent' && belonging.round > 0 && isLosers) belonging.state = 'either'
    if (belonging.state === 'present' && belonging.copies < 2) belonging.state = 'either'
  }

  /** Once everything is mended, an operator takes out whoever does not come back. */
  removeLost(): void {
    for (const name of this.lost) this.removed.add(name)
  }
}
