import type { NodeId } from '@flotilla/core/ids'
import { RecordingLogger } from '@flotilla/core/testing'
import type { GroupStatus } from '../group.ts'
import type { OpenGroupOptions, RaftOptions } from '../raft.ts'
import type { Add, Ask, Sum } from './counter-machine.ts'
import { heavyKind, type Ballast } from './heavy-counter.ts'
import { SnapshotRoad, type Trip } from './snapshot-road.ts'
import { pick, TestCluster, trio, type CounterGroup } from './test-cluster.ts'

export interface NewcomerOptions {
  readonly ballast?: Ballast
  /** Waits for this whenever the newcomer loads. */
  readonly loading?: (cluster: TestCluster) => Promise<void>
  readonly raft?: Partial<RaftOptions>
  /** Called before anything moves. */
  readonly prepare?: (world: Newcomer) => void
}

/** Three members whose logs are gone, and a learner `d` that needs their snapshot. */
export class Newcomer implements AsyncDisposable {
  readonly id: NodeId = 'd' as NodeId
  readonly road: SnapshotRoad = new SnapshotRoad(this.id)
  readonly cluster: TestCluster = new TestCluster(1, this.road)
  readonly logger: RecordingLogger = new RecordingLogger()
  readonly #options: NewcomerOptions
  #groups: readonly CounterGroup[] = []
  #joined: CounterGroup | undefined

  private constructor(options: NewcomerOptions) {
    this.#options = options
  }

  /** Resolves when `d` is a member, and something of a snapshot is on its way to it. */
  static async begin(options: NewcomerOptions = {}): Promise<Newcomer> {
    const world = new Newcomer(options)
    const { cluster } = world
    const opening = trio.map((name) => cluster.start(name, world.#raft()).raft.open(world.#group(trio)))
    world.#groups = await cluster.until(Promise.all(opening))
    const group = pick(world.#groups, 0)
    await cluster.until(group.run({ add: 1 }))
    await cluster.pass(300)
    await cluster.until(Promise.all(world.#groups.map((each) => each.compact())))
    options.prepare?.(world)
    world.start()
    await cluster.until(group.changeMembers({ voters: trio, learners: [world.id] }))
    await cluster.untilTrue(() => world.road.trips.length > 0)
    return world
  }

  get groups(): readonly CounterGroup[] {
    return this.#groups
  }

  get leader(): CounterGroup {
    return pick(
      this.#groups.filter((group) => group.status().role === 'leader'),
      0,
    )
  }

  get leaderId(): NodeId {
    return pick(trio, this.#groups.indexOf(this.leader))
  }

  /** The latest. */
  get trip(): Trip {
    return pick(this.road.trips, this.road.trips.length - 1)
  }

  /** The group on `d`, once it is open there. */
  get joined(): CounterGroup {
    if (this.#joined === undefined) throw new Error('d has not joined')
    return this.#joined
  }

  /** How `d` stands. */
  get status(): GroupStatus | undefined {
    return this.cluster.node(this.id).raft.groups()[0]
  }

  /** A new life of `d`, on the disk of the last one. */
  start(): void {
    const open = async (): Promise<void> => {
      this.#joined = await raft.open(this.#group())
    }
    const { raft } = this.cluster.start(this.id, { ...this.#raft(), onUnknownGroup: () => void open().catch(() => {}) })
    if (raft.stored().length > 0) void open().catch(() => {})
  }

  /** All that is decided is there. */
  async caughtUp(): Promise<void> {
    const { commit } = this.leader.status()
    await this.cluster.untilTrue(() => (this.status?.applied ?? 0) >= commit)
  }

  told(message: string): number {
    return this.logger.entries.filter((entry) => entry.message === message).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]()
  }

  #raft(): Partial<RaftOptions> {
    return { logger: this.logger, settings: { trailingBytes: 0 }, ...this.#options.raft }
  }

  #group(voters?: readonly NodeId[]): OpenGroupOptions<Add, Sum, Ask, Sum> {
    const { ballast = { pieces: 64, pieceBytes: 1_024 }, loading } = this.#options
    const machine = heavyKind(loading === undefined ? ballast : { ...ballast, loading: () => loading(this.cluster) })
    return { name: 'counter', machine, ...(voters === undefined ? {} : { voters }) }
  }
}
