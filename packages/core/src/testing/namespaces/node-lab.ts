import { once } from 'node:events'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { build, hostOf, layoutOf, namespacesOf, portOf, type LabLayout, type LabPlan } from './node-lab-plan.ts'
import { removeNamespaces, sweepLeftovers } from './node-leftovers.ts'
import { addressCommands, ipv4Of, ipv6Of, linkLocalOf, routeCommands, type Machine } from './machine.ts'
import { namespaceNames } from './node-namespace-name.ts'
import { ipBatch, systemTool } from './node-system-tool.ts'

/** A program that runs on a machine, with its input and output piped. */
export type LabProcess = ChildProcessByStdio<Writable, Readable, Readable>

/** `both`: nothing passes between the two. `one-way`: what the first sends does not reach the second. */
export type CutKind = 'both' | 'one-way'

/** Machines with real networks between them, all of it gone when it is disposed of. Only root can make one. */
export async function makeLab(plan: LabPlan): Promise<Lab> {
  await sweepLeftovers()
  const layout = layoutOf(plan, namespaceNames())
  const lab = new Lab(layout)
  try {
    await build(layout)
    return lab
  } catch (error) {
    await lab[Symbol.asyncDispose]()
    throw error
  }
}

export class Lab implements AsyncDisposable {
  readonly #layout: LabLayout
  /** What each machine's addresses end in: now, and before that. */
  readonly #hosts: Map<Machine, readonly [now: number, ...former: number[]]>
  /** For each machine whom it does not hear. */
  readonly #deafTo: Map<Machine, Set<Machine>>
  readonly #pulled = new Set<Machine>()
  readonly #processes = new Set<LabProcess>()
  /** The last change of each machine's filter: the next comes after it. */
  readonly #filtered = new Map<Machine, Promise<void>>()

  constructor(layout: LabLayout) {
    this.#layout = layout
    this.#hosts = new Map(layout.machines.map((machine) => [machine, [hostOf(layout, machine)]]))
    this.#deafTo = new Map(layout.machines.map((machine) => [machine, new Set()]))
  }

  get machines(): readonly Machine[] {
    return this.#layout.machines
  }

  /** The machine with this number, from 1, as in its name. */
  machine(number: number): Machine {
    const machine = this.machines[number - 1]
    if (machine === undefined) throw new Error(`there is no machine ${number}: there are ${this.machines.length}`)
    return machine
  }

  ipv4(machine: Machine): string {
    return ipv4Of(machine.network, this.#hostsOf(machine)[0])
  }

  ipv6(machine: Machine): string {
    return ipv6Of(machine.network, this.#hostsOf(machine)[0])
  }

  /** Starts a program on the machine. It is killed with the laboratory, if it still runs then. */
  run(machine: Machine, argv: readonly string[], environment: NodeJS.ProcessEnv = {}): LabProcess {
    const words = ['netns', 'exec', machine.namespace, ...argv]
    // `ip` becomes the program: signals and the exit code are its own.
    const child = spawn('ip', words, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...environment } })
    child.stdin.on('error', () => {})
    this.#processes.add(child)
    child.once('close', () => this.#processes.delete(child))
    return child
  }

  async cut(one: Machine, other: Machine, kind: CutKind = 'both'): Promise<void> {
    this.#deafTo.get(other)?.add(one)
    if (kind === 'both') this.#deafTo.get(one)?.add(other)
    await Promise.all([this.#filter(one), this.#filter(other)])
  }

  /** Ends what cuts there are between the two, in both directions. */
  async mend(one: Machine, other: Machine): Promise<void> {
    this.#deafTo.get(other)?.delete(one)
    this.#deafTo.get(one)?.delete(other)
    await Promise.all([this.#filter(one), this.#filter(other)])
  }

  /** Cuts every machine of the one side from every machine of the other. */
  async split(side: readonly Machine[], others: readonly Machine[]): Promise<void> {
    for (const one of side) {
      for (const other of others) {
        this.#deafTo.get(one)?.add(other)
        this.#deafTo.get(other)?.add(one)
      }
    }
    await Promise.all([...side, ...others].map((machine) => this.#filter(machine)))
  }

  /** The link goes down at both ends, as when a cable is pulled; the machine keeps its addresses. */
  async pullCable(machine: Machine): Promise<void> {
    this.#pulled.add(machine)
    await ipBatch([`link set ${portOf(machine)} down`], this.#layout.switches)
  }

  async plugCable(machine: Machine): Promise<void> {
    this.#pulled.delete(machine)
    await ipBatch([`link set ${portOf(machine)} up`], this.#layout.switches)
  }

  /** The machine loses all its addresses and gets new ones, which end in `host`. Cuts hold for the new ones too. */
  async changeAddress(machine: Machine, host: number): Promise<void> {
    const { namespace, network } = machine
    this.#hosts.set(machine, [host, ...this.#hostsOf(machine)])
    const deaf = this.machines.filter((other) => this.#deafTo.get(other)?.has(machine) === true)
    await Promise.all(deaf.map((other) => this.#filter(other)))
    await ipBatch(
      [
        'address flush dev eth0',
        ...addressCommands('eth0', network, host),
        ...(this.#layout.router === undefined ? [] : routeCommands('eth0', network)),
      ],
      namespace,
    )
  }

  /** Ends all cuts and plugs all cables. */
  async heal(): Promise<void> {
    for (const deaf of this.#deafTo.values()) deaf.clear()
    await Promise.all([
      ...this.machines.map((machine) => this.#filter(machine)),
      ...[...this.#pulled].map((machine) => this.plugCable(machine)),
    ])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = [...this.#processes].map((child) => once(child, 'close'))
    for (const child of this.#processes) child.kill('SIGKILL')
    // With the processes that those have started.
    await removeNamespaces(namespacesOf(this.#layout))
    await Promise.all(closed)
  }

  #hostsOf(machine: Machine): readonly [number, ...number[]] {
    const hosts = this.#hosts.get(machine)
    if (hosts === undefined) throw new Error(`${machine.name} is no machine of this laboratory`)
    return hosts
  }

  #filter(machine: Machine): Promise<void> {
    const before = this.#filtered.get(machine) ?? Promise.resolve()
    const done = before.then(() => this.#filterNow(machine))
    this.#filtered.set(
      machine,
      done.catch(() => {}),
    )
    return done
  }

  /** Whatever comes from these addresses is dropped where it comes in, without a word to its sender. */
  async #filterNow(machine: Machine): Promise<void> {
    const senders = [...(this.#deafTo.get(machine) ?? [])]
    // Former addresses too: a datagram may wait for its neighbour's answer while its sender gets another address.
    const drops = senders.flatMap((sender) =>
      this.#hostsOf(sender).flatMap((host) => [
        `ip saddr ${ipv4Of(sender.network, host)} drop`,
        `ip6 saddr { ${ipv6Of(sender.network, host)}, ${linkLocalOf(host)} } drop`,
      ]),
    )
    const chain = ['type filter hook input priority -300', ...drops]
    // One transaction: the table is there before it is deleted, and at no moment without its rules.
    const rules = [
      'table inet lab {}',
      'delete table inet lab',
      'table inet lab {',
      'chain heard {',
      ...chain,
      '}',
      '}',
    ]
    await systemTool('ip', ['netns', 'exec', machine.namespace, 'nft', '-f', '-'], `${rules.join('\n')}\n`)
  }
}
