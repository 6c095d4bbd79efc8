import { join } from 'node:path'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import { nodeEntropy } from '@flotilla/core/random/node'
import { startChild, type Child } from '@flotilla/core/testing/node'
import { nodeClock } from '@flotilla/core/time/node'
import type { DialTarget } from '../transport.ts'
import type { TestPlace } from './node-test-place.ts'
import { testCluster } from './test-cluster.ts'

export interface TestProcessesOptions {
  /** What the members run, as a daemon, and how many of them there are. */
  readonly member: URL
  readonly count: number
  readonly client: URL
  /** Each member has a folder of its own below it. */
  readonly folder: string
  /** The argument of the order `open`, which every member gets each time that it is connected. */
  readonly open: (members: readonly NodeId[]) => unknown
}

interface Member {
  readonly place: TestPlace
  /** Where the others find it, also after it was started again. */
  port: number
  child: Child
}

/** Members of a cluster and one client, each a process, connected with each other. */
export class TestProcesses implements AsyncDisposable {
  readonly client: Child
  readonly #members: readonly Member[]
  readonly #options: TestProcessesOptions

  private constructor(members: readonly Member[], client: Child, options: TestProcessesOptions) {
    this.#members = members
    this.client = client
    this.#options = options
  }

  /** Resolves when everybody is connected and all members have opened. */
  static async start(options: TestProcessesOptions): Promise<TestProcesses> {
    const { count, folder } = options
    const cluster = testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now: nodeClock().wallNow() })
    const placeOf = (name: string): TestPlace => {
      const identity = cluster.member(name)
      return { id: identity.id, cluster: cluster.id, identity, port: 0, folder: join(folder, name) }
    }
    const names = Array.from({ length: count }, (_, index) => `member${index}`)
    const [client, ...children] = await Promise.all([
      startChild(options.client, { as: 'program' }),
      ...names.map(() => startChild(options.member)),
    ])
    const members = children.map((child, index): Member => ({ place: placeOf(`member${index}`), port: 0, child }))
    const processes = new TestProcesses(members, client, options)
    try {
      await Promise.all(members.map((member) => processes.#listen(member)))
      await Promise.all(members.map((member) => processes.#join(member)))
      await client.ask('start', placeOf('client'))
      await client.ask('connect', members.map(targetOf))
      return processes
    } catch (error) {
      await processes[Symbol.asyncDispose]()
      throw error
    }
  }

  ask(member: number, order: string, argument?: unknown): Promise<unknown> {
    return this.#at(member).child.ask(order, argument)
  }

  /** The same of each member. */
  askAll(order: string, argument?: unknown): Promise<readonly unknown[]> {
    return Promise.all(this.#members.map(({ child }) => child.ask(order, argument)))
  }

  /** Lets it sleep, or wakes it up. */
  signal(member: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#at(member).child.signal(signal)
  }

  async kill(member: number): Promise<void> {
    await this.#at(member).child.kill()
  }

  /** After a kill: the same member, on the same folder and port. */
  async restart(index: number): Promise<void> {
    const member = this.#at(index)
    member.child = await startChild(this.#options.member)
    await this.#listen(member)
    await this.#join(member)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.client, ...this.#members.map(({ child }) => child)].map((child) => child.stop()))
  }

  async #listen(member: Member): Promise<void> {
    member.port = (await member.child.ask('start', { ...member.place, port: member.port })) as number
  }

  async #join(member: Member): Promise<void> {
    const others = this.#members.filter((other) => other !== member)
    await member.child.ask('connect', others.map(targetOf))
    await member.child.ask('open', this.#options.open(this.#members.map(({ place }) => place.id)))
  }

  #at(index: number): Member {
    const member = this.#members[index]
    if (member === undefined) throw new Error(`there are ${this.#members.length} members, from 0, and no ${index}`)
    return member
  }
}

function targetOf({ place, port }: Member): DialTarget {
  return { id: place.id, addresses: [{ host: '127.0.0.1', port }] }
}
