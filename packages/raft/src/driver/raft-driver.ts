import { FlotillaError } from '@flotilla/core/errors'
import { createCore } from '../core/raft-core.ts'
import { createGroupClient } from '../client/group-client.ts'
import type { Group, GroupStatus, RaftErrorCode } from '../group.ts'
import { parseGroupName } from '../group-name.ts'
import type { GroupClient, GroupClientOptions, OpenGroupOptions, RaftNode, RaftOptions } from '../raft.ts'
import { validateRaftSettings } from '../settings.ts'
import type { GroupName } from '../types.ts'
import { beginGroup, checkMessageSizes, loadReplica } from './beginning.ts'
import { GroupDriver } from './group-driver.ts'
import { GroupHandle } from './group-handle.ts'
import { handOverAll } from './handing-over.ts'
import { NodeRuntime } from './node-runtime.ts'

/** One node's part in any number of groups, over one storage and one channel. */
export function createRaft(options: RaftOptions): RaftNode {
  return new RaftNodeHandle(options)
}

/** Whatever a group's machine is, as far as the node needs to know. */
interface OpenGroup {
  readonly driver: GroupDriver
  status(): GroupStatus
  stop(error: Error): void
}

class RaftNodeHandle implements RaftNode {
  readonly #options: RaftOptions
  readonly #node: NodeRuntime
  readonly #open = new Map<GroupName, OpenGroup>()
  /** Being opened, or open: a name is taken from the moment that somebody asks for it. */
  readonly #taken = new Set<GroupName>()
  /** Opened in this life: what the storage recovered of them is not how things stand now. */
  readonly #used = new Set<GroupName>()
  /** Closed in this life and not removed: how things stand is known to the disk alone. */
  readonly #left = new Set<GroupName>()
  readonly #clients = new Set<AsyncDisposable>()

  constructor(options: RaftOptions) {
    const { onStopped } = options
    this.#options = options
    this.#node = new NodeRuntime({
      ...options,
      onStopped: (error) => {
        for (const group of this.#open.values()) group.stop(error)
        onStopped?.(error)
      },
    })
  }

  get self(): RaftNode['self'] {
    return this.#node.self
  }

  async open<Command, Result, Query, Answer>(
    options: OpenGroupOptions<Command, Result, Query, Answer>,
  ): Promise<Group<Command, Result, Query, Answer>> {
    const name = parseGroupName(options.name)
    this.#take(name)
    try {
      const group = await this.#begin(name, options)
      this.#open.set(name, group)
      return group
    } catch (error) {
      this.#taken.delete(name)
      throw error
    }
  }

  groups(): readonly GroupStatus[] {
    return [...this.#open.values()].map((group) => group.status())
  }

  stored(): readonly GroupName[] {
    const stored = new Set([...this.#node.storage.recovered.keys()].filter((name) => !this.#used.has(name)))
    return [...stored.union(this.#taken).union(this.#left)].toSorted()
  }

  client<Command, Result, Query, Answer>(
    options: GroupClientOptions<Command, Result, Query, Answer>,
  ): GroupClient<Command, Result, Query, Answer> {
    const { book, channel, clock, peers } = this.#node
    const connected = (): readonly RaftNode['self'][] => this.#options.network.peers()
    const client = createGroupClient({
      ...options,
      book,
      channel,
      clock,
      entropy: this.#options.entropy,
      self: this.#node.self,
      connected,
      isConnected: (peer) => peer === this.#node.self || peers.get(peer)?.connected === true,
      closed: () => void this.#clients.delete(client),
    })
    this.#clients.add(client)
    return client
  }

  async handOver({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    await handOverAll(
      [...this.#open.values()].map(({ driver }) => driver),
      this.#node,
      timeoutMs,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new FlotillaError('closed' satisfies RaftErrorCode, 'this raft node was closed')
    for (const group of this.#open.values()) group.stop(closed)
    for (const client of Array.from(this.#clients)) await client[Symbol.asyncDispose]()
    this.#open.clear()
    await this.#node.close()
  }

  #take(name: GroupName): void {
    const { stoppedBy, limits } = this.#node
    if (stoppedBy !== undefined) throw stoppedBy
    if (this.#taken.has(name)) throw new FlotillaError('in-use', `group ${name} is open here already`)
    if (this.#left.has(name)) {
      throw new FlotillaError('closed' satisfies RaftErrorCode, `group ${name} was closed in this life of the node`, {
        hint: 'make a new node on the same storage to open it again; nothing is lost',
      })
    }
    if (this.#taken.size >= limits.groupsMax) {
      throw new FlotillaError('overloaded' satisfies RaftErrorCode, `${limits.groupsMax} groups are open (groupsMax)`)
    }
    this.#taken.add(name)
  }

  async #begin<Command, Result, Query, Answer>(
    name: GroupName,
    options: OpenGroupOptions<Command, Result, Query, Answer>,
  ): Promise<GroupHandle<Command, Result, Query, Answer>> {
    const node = this.#node
    const { machine: kind } = options
    const settings = validateRaftSettings({ ...this.#options.settings, ...options.settings })
    checkMessageSizes(settings, this.#options.network.limits.messageBytesMax)
    const recovered = this.#used.has(name) ? undefined : node.storage.recovered.get(name)
    const beginning = await beginGroup(node.storage, name, recovered, options.voters)
    const replica = await loadReplica(node.storage, name, kind, beginning.snapshot)
    if (node.stoppedBy !== undefined) throw node.stoppedBy
    this.#used.add(name)
    const core = createCore({ ...beginning, self: node.self, settings, seed: node.prng.u32(), now: node.clock.now() })
    const group = new GroupHandle<Command, Result, Query, Answer>({
      node,
      name,
      codecs: kind.create().codecs,
      drawKey: () => this.#options.entropy.bytes(16),
      driver: (listener) =>
        new GroupDriver({
          name,
          node,
          core,
          settings,
          replica,
          version: kind.version,
          restore: (snapshot) => loadReplica(node.storage, name, kind, snapshot),
          listener,
          admits: (peer) => this.#options.admits?.(peer, name) ?? true,
        }),
      closed: () => this.#closed(name),
      removed: () => void this.#left.delete(name),
    })
    this.#enter(group.driver)
    return group
  }

  #enter(driver: GroupDriver): void {
    const { groups, beats, peers } = this.#node
    groups.set(driver.name, driver)
    beats.groupsChanged()
    for (const peer of peers.all) {
      if (peer.shared.has(driver) && peer.reachable) driver.step({ type: 'peer', peer: peer.id, reachable: true })
    }
    driver.step({ type: 'wake' })
  }

  #closed(name: GroupName): void {
    const driver = this.#node.groups.get(name)
    this.#node.groups.delete(name)
    this.#open.delete(name)
    this.#taken.delete(name)
    this.#left.add(name)
    if (driver !== undefined) this.#node.unwake(driver)
    this.#node.beats.groupsChanged()
  }
}
