import { diskPath, type Disk } from '@flotilla/core/disk'
import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import {
  createClusterMonitor,
  createMonitor,
  openKeptHistory,
  type ClusterMonitor,
  type ControlRecord,
  type Guests,
  type HistoryStore,
  type KeptHistory,
  type Monitor,
  type ProcessOrder,
} from '@flotilla/procmon'
import { openMachineSource, openProcessControl } from '@flotilla/procmon/node'
import { actorText, requireRole, type Caller } from '../http/caller.ts'
import { eventBeats } from '../http/event-beats.ts'
import type { EventStream } from '../http/event-stream.ts'
import type { AnyRoute } from '../http/route.ts'
import type { AuditService } from './audit.ts'
import { loneNetwork } from './lone-network.ts'
import { LookingRights, type Standings } from './looking-rights.ts'
import type {
  AlertsAnswer,
  HistoryAnswer,
  MachineAnswer,
  MachineEntry,
  MachinesAnswer,
  MachinesEvent,
  NodeReference,
  ProcessesAnswer,
} from './machine-answers.ts'
import { machineRoutes } from './machine-routes.ts'
import type {
  NamedProcess,
  NiceDocument,
  ProcessOrdered,
  SignalDocument,
  WantedHistory,
  WantedTree,
} from './machine-requests.ts'
import { chosenNode } from './node-choice.ts'
import { processEntry } from './process-entry.ts'
import { processQueryOf, type WantedProcesses } from './process-queries.ts'
import type { Settings } from '../settings/settings.ts'
import type { Service, ServiceParts } from './service.ts'

export interface MachinesServiceOptions extends ServiceParts {
  readonly disk: Disk
  readonly self: NodeId
  readonly audit: AuditService
  /** Who could be meant by a name. */
  readonly known: () => readonly { readonly id: NodeId; readonly name: string }[]
  readonly guests?: Guests
}

/** What a cluster means for looking at machines. */
export interface MachinesPlace extends Standings {
  readonly network: Network
}

/** How this machine and the others of the cluster are, and which processes run there. */
export class MachinesService implements Service {
  readonly routes: readonly AnyRoute[]
  readonly #options: MachinesServiceOptions
  readonly #monitor: Monitor
  readonly #kept: KeptHistory
  readonly #rights: LookingRights
  readonly #stopping = new AbortController()
  #place: MachinesPlace | undefined
  #cluster: ClusterMonitor

  static async open(options: MachinesServiceOptions): Promise<MachinesService> {
    const { clock, entropy, metrics } = options
    const logger = options.logger.child({ part: 'machines' })
    const source = await openMachineSource({ clock })
    const control = await openProcessControl()
    const phase = (entropy.bytes(1)[0] ?? 0) / 256
    const kept = await openKeptHistory({ store: historyStore(options.disk), clock, logger })
    const { history } = kept
    const monitor = createMonitor({ source, control, clock, logger, metrics, phase, history })
    return new MachinesService(options, monitor, kept)
  }

  private constructor(options: MachinesServiceOptions, monitor: Monitor, kept: KeptHistory) {
    this.#options = options
    this.#monitor = monitor
    this.#kept = kept
    const { self, settings } = options
    const allowed = (): Settings['process-control'] => settings['process-control']
    this.#rights = new LookingRights({ self, allowed, standings: () => this.#place })
    this.#cluster = this.#clusterMonitor(loneNetwork(self))
    this.routes = machineRoutes({
      machines: () => this.machines(),
      machine: (text) => this.#machine(text),
      watch: (events) => this.#watch(events),
      history: (query) => this.#history(query),
      alerts: () => this.#alerts(),
      processes: (query) => this.processes(query),
      tree: (query) => this.#tree(query),
      signal: (document, caller) => this.#signal(document, caller),
      nice: (document, caller) => this.#nice(document, caller),
    })
  }

  /** At most once in the life of a node. */
  async begin(place: MachinesPlace): Promise<void> {
    this.#place = place
    const alone = this.#cluster
    this.#cluster = this.#clusterMonitor(place.network)
    await alone[Symbol.asyncDispose]()
  }

  machines(): MachinesAnswer {
    const now = this.#options.clock.now()
    const machines = this.#cluster
      .nodes()
      .map(({ node, isSelf, isStale, receivedAtMs, figures, alertsRaised }): MachineEntry => ({
        node: this.#reference(node),
        self: isSelf,
        stale: isStale,
        secondsAgo: Math.max(0, Math.round((now - receivedAtMs) / 100) / 10),
        figures,
        alertsRaised,
      }))
    return { machines: machines.toSorted((one, other) => (one.node.name < other.node.name ? -1 : 1)) }
  }

  measure(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#cluster[Symbol.asyncDispose]()
    await this.#monitor[Symbol.asyncDispose]()
    await this.#kept[Symbol.asyncDispose]()
  }

  async processes(wanted: WantedProcesses): Promise<ProcessesAnswer> {
    const query = processQueryOf(wanted)
    const nodes = wanted.node?.map((text) => this.#chosen(text)) ?? []
    const list = await this.#cluster.processes({ ...query, ...(nodes.length === 0 ? {} : { nodes }) })
    return {
      processes: list.processes.map((process) => processEntry(process, this.#reference(process.node))),
      matching: list.matching,
      total: list.total,
      unanswered: list.unanswered.map(({ node, why }) => ({ node: this.#reference(node), why })),
    }
  }

  #clusterMonitor(network: Network): ClusterMonitor {
    const { clock, entropy, guests } = this.#options
    const life = Buffer.from(entropy.bytes(12)).toString('hex')
    const logger = this.#options.logger.child({ part: 'machines' })
    const control = {
      permits: this.#rights.permits,
      audit: (record: ControlRecord) => this.#audit(record),
    }
    return createClusterMonitor({
      network,
      monitor: this.#monitor,
      clock,
      logger,
      life,
      control,
      admits: this.#rights.admits,
      ...(guests === undefined ? {} : { guests }),
    })
  }

  #audit({ from, order, outcome, code }: ControlRecord): Promise<void> {
    const { pid, startTicks, bootId } = order.process
    return this.#options.audit.write({
      actor: order.actor,
      action: order.type === 'signal' ? 'process.signal' : 'process.nice',
      target: `process ${pid}`,
      outcome,
      details: {
        from,
        pid,
        startTicks,
        bootId,
        ...(order.type === 'signal' ? { signal: order.signal } : { nice: order.nice }),
        ...(code === undefined ? {} : { code }),
      },
    })
  }

  async #machine(text: string): Promise<MachineAnswer> {
    const node = this.#chosen(text)
    const history = node === this.#options.self ? this.#monitor.historyFigures() : []
    return { node: this.#reference(node), figures: await this.#cluster.figures(node), history }
  }

  async #history({ node: wanted, since, ...query }: WantedHistory): Promise<HistoryAnswer> {
    const node = this.#chosen(wanted ?? this.#options.self)
    const points = await this.#cluster.history(node, {
      ...query,
      ...(since === undefined ? {} : { sinceMs: Date.parse(since) }),
    })
    return { node: this.#reference(node), figure: query.figure, points }
  }

  #alerts(): AlertsAnswer {
    return { alerts: this.#cluster.alerts().map((alert) => ({ ...alert, node: this.#reference(alert.node) })) }
  }

  async #tree({ node: wanted, pid }: WantedTree): Promise<Pick<ProcessesAnswer, 'processes'>> {
    const node = this.#chosen(wanted ?? this.#options.self)
    const processes = await this.#cluster.tree(node, pid)
    return { processes: processes.map((process) => processEntry(process, this.#reference(node))) }
  }

  async #signal({ signal, ...named }: SignalDocument, caller: Caller): Promise<ProcessOrdered> {
    // Programs of Node open the port of their debugger for it, in which whoever reaches it may do anything.
    if (signal === 'SIGUSR1') requireRole(caller, 'admin', 'to send SIGUSR1')
    const order = this.#order(named, caller)
    await this.#cluster.signal({ ...order, signal })
    return { node: order.node, pid: order.process.pid }
  }

  async #nice({ nice, ...named }: NiceDocument, caller: Caller): Promise<ProcessOrdered> {
    const order = this.#order(named, caller)
    await this.#cluster.setNice({ ...order, nice })
    return { node: order.node, pid: order.process.pid }
  }

  #order({ node, ...process }: NamedProcess, caller: Caller): ProcessOrder {
    return { node: this.#chosen(node), process, actor: actorText(caller, this.#options.settings.name) }
  }

  async #watch(events: EventStream<MachinesEvent>): Promise<void> {
    using _beats = eventBeats(this.#options.clock, events)
    const signal = AbortSignal.any([events.signal, this.#stopping.signal])
    try {
      for await (const _nodes of this.#cluster.watch({ signal })) {
        events.send({ event: 'machines', ...this.machines() })
        await events.drained()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #chosen(text: string): NodeId {
    const { self, settings, known } = this.#options
    const own = { id: self, name: settings.name }
    return chosenNode(text, [own, ...known().filter(({ id }) => id !== self)]).id
  }

  #reference(id: NodeId): NodeReference {
    const { self, settings, known } = this.#options
    return { id, name: id === self ? settings.name : (known().find((node) => node.id === id)?.name ?? '') }
  }
}

/** On the node's disk. */
function historyStore(disk: Disk): HistoryStore {
  const path = diskPath('figures.history')
  return { read: () => disk.read(path), write: (bytes) => disk.replace(path, bytes) }
}
