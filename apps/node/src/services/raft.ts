import { Founding, type AutopilotReport } from '@flotilla/cluster'
import type { Disk } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import type { Gauge } from '@flotilla/core/observe'
import { lockMachine } from '@flotilla/locks'
import type { GroupStatus } from '@flotilla/raft'
import { nodeRaftClient } from '@flotilla/raft/node'
import { asked, posted } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { foundingNote, MemberNote } from './founding-note.ts'
import type { RaftAnswer } from './lock-answers.ts'
import { MovingGroup } from './moving-group.ts'
import { groupEntry } from './raft-answer.ts'
import { foundGroup } from './raft-founding.ts'
import { lockGroupName, startRaftMember, type LockGroup, type RaftMember, type RaftPlace } from './raft-member.ts'
import { raftAnswer } from './schemas/lock-schemas.ts'
import { noCluster, type Service, type ServiceParts } from './service.ts'

export interface RaftServiceOptions extends ServiceParts {
  /** Of the logs and snapshots of groups. */
  readonly raftFolder: string
  /** The node's own, for what it must remember even if that folder is lost. */
  readonly disk: Disk
  /** What a node is called; an empty text where nobody knows. */
  readonly nameOf: (id: string) => string
}

const idle: AutopilotReport = { state: 'idle', reason: 'this node is no member' }

/** The group in which the nodes of the cluster decide together, and this node's part in it. */
export class RaftService implements Service {
  readonly routes: readonly AnyRoute[]
  readonly #options: RaftServiceOptions
  readonly #founding: Founding
  readonly #note: MemberNote
  readonly #gauges: readonly (readonly [Gauge<never>, () => number])[]
  #place: RaftPlace | undefined
  #member: RaftMember | undefined
  #group: LockGroup | undefined
  /** What `#group` asks where this node takes no part. */
  #client: AsyncDisposable | undefined
  #failure: FlotillaError | undefined
  #failing: Promise<void> | undefined

  private constructor(options: RaftServiceOptions, founding: Founding, note: MemberNote) {
    const { metrics } = options
    this.#options = options
    this.#founding = founding
    this.#note = note
    const gauge = (name: string, help: string): Gauge<never> => metrics.gauge<never>({ name, help, labelNames: [] })
    this.#gauges = [
      [gauge('flotilla_raft_member', '1 where this node is a member of the group.'), () => (this.#status() ? 1 : 0)],
      [gauge('flotilla_raft_leads', '1 where it leads.'), () => (this.#status()?.role === 'leader' ? 1 : 0)],
      [
        gauge('flotilla_raft_voters', 'Voters of the group, as this node knows them.'),
        () => this.#status()?.configuration.voters.length ?? 0,
      ],
      [gauge('flotilla_raft_failed', '1 where it takes no part until it is started.'), () => (this.isFailed ? 1 : 0)],
    ]
    this.routes = [
      asked({
        path: '/v1/raft',
        about: { summary: 'the group in which the nodes decide together', answer: raftAnswer },
        get: () => this.answer(),
      }),
      posted({
        path: '/v1/raft/found',
        role: 'admin',
        about: { summary: 'create the group, in a cluster from before there were groups', answer: raftAnswer },
        post: () => this.#found(),
      }),
    ]
  }

  /** Reads of the disk what has to be known before this node makes or joins a cluster. */
  static async open(options: RaftServiceOptions): Promise<RaftService> {
    const founding = await Founding.open(foundingNote(options.disk))
    return new RaftService(options, founding, await MemberNote.read(options.disk))
  }

  /** Who makes and who joins a cluster has to say so here first. */
  get founding(): Founding {
    return this.#founding
  }

  get isFailed(): boolean {
    return this.#failure !== undefined
  }

  /** At most once in the life of a node. A disk that fails is told in the answer; the node goes on without it. */
  async begin(place: RaftPlace): Promise<LockGroup> {
    const { raftFolder, settings, clock, entropy, metrics } = this.#options
    const logger = this.#options.logger.child({ part: 'raft' })
    this.#place = place
    try {
      const member = await startRaftMember({
        parts: { settings, clock, entropy, metrics, logger },
        raftFolder,
        place,
        founding: this.#founding,
        note: this.#note,
        onFailed: (error) => this.#fail(error),
      })
      if (this.#failure === undefined) {
        this.#member = member
        this.#group = member.part.group
        return this.#group
      }
      await member[Symbol.asyncDispose]()
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      this.#failure ??= error
      logger.error({ err: error }, 'this node takes no part in the group until it is mended and started again')
    }
    return this.#becomeClient(place)
  }

  answer(): RaftAnswer {
    if (this.#place === undefined) return { state: 'none', notice: null, groups: [] }
    if (this.#failure !== undefined) return { state: 'failed', notice: this.#failure.sentence, groups: [] }
    const status = this.#status()
    if (status === undefined) return { state: 'client', notice: this.#oldCluster(), groups: [] }
    const autopilot = this.#member?.pilot.report ?? idle
    const view = { self: this.#place.self, status, autopilot, nameOf: this.#options.nameOf }
    return { state: 'member', notice: null, groups: [groupEntry(view)] }
  }

  measure(): void {
    for (const [gauge, read] of this.#gauges) gauge.set({}, read())
  }

  /** Has others lead where this node leads, as far as that goes in the time for it. */
  async handOver(): Promise<void> {
    if (this.isFailed || this.#member === undefined) return
    await this.#member.pilot[Symbol.asyncDispose]()
    await this.#member.raft.handOver({ timeoutMs: nodeLimitsDefaults.handOverMs })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#failing
    await this.#client?.[Symbol.asyncDispose]()
    await this.#member?.[Symbol.asyncDispose]()
  }

  #status(): GroupStatus | undefined {
    return this.isFailed ? undefined : this.#member?.part.status()
  }

  async #found(): Promise<RaftAnswer> {
    if (this.#place === undefined) throw noCluster()
    if (this.#failure !== undefined || this.#member === undefined) throw this.#failure ?? noCluster()
    await foundGroup(this.#founding, this.#member.part, this.#place)
    this.#options.logger.warn({ part: 'raft' }, 'created the group of the cluster, as told')
    return this.answer()
  }

  #oldCluster(): string | null {
    if (this.#founding.state !== 'unknown') return null
    return (
      'this cluster was made before it had a group: if `flotilla raft` shows no members on any machine, run ' +
      '`flotilla raft found` on the one that holds the authority'
    )
  }

  /** What the disk has, or has not, can be read in the answer and the log; nothing is tried again by itself. */
  #fail(error: Error): void {
    if (this.#failure !== undefined || this.#place === undefined) return
    const hint = 'mend the disk and start the node again; the other members go on without it'
    this.#failure = error instanceof FlotillaError ? error : new FlotillaError('failed', error.message, { hint })
    const logger = this.#options.logger.child({ part: 'raft' })
    logger.error({ err: error }, 'this node takes no part in the group until it is mended and started again')
    // Before it has begun, whoever begins sees it.
    if (this.#group === undefined) return
    const place = this.#place
    const end = async (): Promise<void> => {
      try {
        await this.#member?.[Symbol.asyncDispose]()
      } catch (cause) {
        logger.error({ err: cause }, 'what was left of the group could not be closed')
      }
      this.#member = undefined
      this.#becomeClient(place)
    }
    this.#failing = end()
  }

  /** Asks the others from now on, as somebody who is no member. */
  #becomeClient({ network }: RaftPlace): LockGroup {
    const { clock, entropy, logger } = this.#options
    const { codecs } = lockMachine.create()
    const client = nodeRaftClient({ network, clock, entropy, logger, group: lockGroupName, codecs })
    this.#client = client
    this.#group?.moveTo(client)
    this.#group ??= new MovingGroup(client)
    return this.#group
  }
}
