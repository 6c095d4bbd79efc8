import type { NodeId } from '@flotilla/core/ids'
import type { Group } from '@flotilla/raft'
import type { WorldView } from '@flotilla/sim'
import { createFence, type FencingGuard } from '../../src/fence/fence.ts'
import type { LockClientLimits } from '../../src/limits.ts'
import type { LockAnswer, LockCommand, LockQuery, LockResult } from '../../src/machine/index.ts'
import { Room } from './room.ts'
import { Story } from './story.ts'

export type LockMember = Group<LockCommand, LockResult, LockQuery, LockAnswer>

/** What all hosts of one run share: what an onlooker knows, who sees all of them at once. */
export class Town {
  readonly world: WorldView
  readonly members: readonly string[]
  readonly clients: readonly string[]
  readonly voters: readonly NodeId[]
  readonly clientLimits: Partial<LockClientLimits>
  /** Whose disk held what was never written: they stay out for good. */
  readonly rotten: Set<string> = new Set<string>()
  readonly room: Room
  readonly story: Story
  /** In front of a resource that is written to long after the lock was held. */
  readonly fence: FencingGuard = createFence()
  /** What clients wait for, by a number of its own, with the name of the client. */
  readonly #pending = new Map<number, string>()
  #asked = 0
  /** Clients that got what they asked for after everything was mended. */
  readonly served: Set<string> = new Set<string>()
  /** Clients that hold nothing any more and ask for nothing more. */
  readonly calm: Set<string> = new Set<string>()
  /** In the end, somebody has looked and found nothing held. */
  isEmpty = false
  /** What was pending when everything was mended. */
  #pendingAtMending: Set<number> | undefined

  constructor(
    world: WorldView,
    members: readonly string[],
    clients: readonly string[],
    clientLimits: Partial<LockClientLimits>,
  ) {
    this.world = world
    this.members = members
    this.clients = clients
    this.clientLimits = clientLimits
    this.voters = members.map((name) => world.idOf(name)).toSorted()
    this.room = new Room((sentence, detail) => world.fail(sentence, detail))
    this.story = new Story(world)
  }

  /** A client begins a new life; what the old one waited for, nobody waits for any more. */
  begins(client: string): void {
    for (const [id, name] of this.#pending) if (name === client) this.#pending.delete(id)
    this.room.leaveAll(client)
    this.calm.delete(client)
  }

  asks(client: string): { readonly ended: () => void } {
    const id = ++this.#asked
    this.#pending.set(id, client)
    return { ended: () => void this.#pending.delete(id) }
  }

  /** Whether all that waited when everything was mended was served, or told why not. */
  allWereAnswered(): boolean {
    this.#pendingAtMending ??= new Set(this.#pending.keys())
    for (const id of this.#pendingAtMending) if (this.#pending.has(id)) return false
    return true
  }
}
