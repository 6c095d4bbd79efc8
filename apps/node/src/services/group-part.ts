import type { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Logger } from '@flotilla/core/observe'
import { after, type Clock } from '@flotilla/core/time'
import type { Group, GroupStatus, MachineKind, RaftNode, Replicated } from '@flotilla/raft'
import { nodeLimitsDefaults } from '../limits.ts'
import type { MemberNote } from './founding-note.ts'
import { MovingGroup } from './moving-group.ts'

export interface GroupPartOptions<Command, Result, Query, Answer> {
  readonly name: string
  readonly machine: MachineKind<Command, Result, Query, Answer>
  readonly raft: RaftNode
  readonly note: MemberNote
  readonly clock: Clock
  readonly logger: Logger
  /** It cannot be opened, or not be left. */
  readonly onFailed: (error: FlotillaError | Error) => void
}

/**
 * This node's part in one group of the cluster: none at first, until a leader writes to it; then that of a member, and
 * none again once the others have gone on without it. Whoever uses the group need not mind.
 */
export class GroupPart<Command, Result, Query, Answer> implements AsyncDisposable {
  readonly group: MovingGroup<Command, Result, Query, Answer>
  readonly #options: GroupPartOptions<Command, Result, Query, Answer>
  readonly #client: Replicated<Command, Result, Query, Answer> & AsyncDisposable
  #open: Group<Command, Result, Query, Answer> | undefined
  #isBusy = false
  #isMoved = false
  #isClosed = false
  #timer: Disposable | undefined

  constructor(options: GroupPartOptions<Command, Result, Query, Answer>) {
    const { raft, machine, name } = options
    this.#options = options
    this.#client = raft.client({ group: name, codecs: machine.create().codecs })
    this.group = new MovingGroup(this.#client)
    this.#lookLater()
  }

  /** Undefined where this node is not known to be a member. */
  status(): GroupStatus | undefined {
    const status = this.#open?.status()
    return status !== undefined && isMember(this.#options.raft.self, status) ? status : undefined
  }

  get opened(): Group<Command, Result, Query, Answer> | undefined {
    return this.#open
  }

  /** With the first voters where this node founds the group; without, whatever the disk knows, or a leader says. */
  async open(voters?: readonly NodeId[]): Promise<void> {
    const { raft, name, machine } = this.#options
    if (this.#open !== undefined || this.#isBusy || this.#isClosed) return
    this.#isBusy = true
    try {
      this.#open = await raft.open({ name, machine, ...(voters && { voters }) })
    } finally {
      this.#isBusy = false
    }
    await this.#look()
  }

  /** As `open`, for a leader that writes to this node. */
  enter(): void {
    this.open().catch((error: unknown) => this.#options.onFailed(error as Error))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
    await this.#open?.[Symbol.asyncDispose]()
    await this.#client[Symbol.asyncDispose]()
  }

  #lookLater(): void {
    const { clock, onFailed } = this.#options
    this.#timer = clock.wakeAt(after(clock.now(), nodeLimitsDefaults.groupLookedAtEveryMs), () => {
      this.#look().catch((error: unknown) => onFailed(error as Error))
      if (!this.#isClosed) this.#lookLater()
    })
  }

  async #look(): Promise<void> {
    const { raft, note, logger, name } = this.#options
    const open = this.#open
    if (open === undefined || this.#isBusy || this.#isClosed) return
    const status = open.status()
    const isIn = isMember(raft.self, status)
    if (isIn !== this.#isMoved) {
      this.#isMoved = isIn
      this.group.moveTo(isIn ? open : this.#client)
      logger.info({ group: name, member: isIn }, isIn ? 'takes part in a group' : 'takes no part in a group any more')
    }
    // Before the first term nothing was promised to anybody.
    if (status.term > 0 && !status.removed) await note.write()
    if (status.removed && !isIn) await this.#leave(open)
  }

  /** The others have gone on without this node: what it has promised means nothing any more. */
  async #leave(open: Group<Command, Result, Query, Answer>): Promise<void> {
    this.#isBusy = true
    try {
      // In this order: a note without a group would say that something was lost.
      await this.#options.note.remove()
      await open.remove()
      this.#open = undefined
    } finally {
      this.#isBusy = false
    }
  }
}

function isMember(self: NodeId, { configuration: { voters, outgoing, learners } }: GroupStatus): boolean {
  return voters.includes(self) || outgoing.includes(self) || learners.includes(self)
}
