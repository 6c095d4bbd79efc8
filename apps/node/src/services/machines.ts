import type { Disk } from '@flotilla/core/disk'
import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import {
  createClusterMonitor,
  createMonitor,
  processSignals,
  type ClusterMonitor,
  type ControlRecord,
  type Guests,
  type Monitor,
  type ProcessOrder,
} from '@flotilla/procmon'
import { openMachineSource, openProcessControl } from '@flotilla/procmon/node'
import { eventBeats } from '../http/event-beats.ts'
import type { EventStream } from '../http/event-stream.ts'
import { jsonReply } from '../http/reply.ts'
import type { RequestDocument } from '../http/request-document.ts'
import type { AnyRoute } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
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
  MachinesShown,
  NodeReference,
  ProcessesAnswer,
} from './machine-answers.ts'
import { chosenNode } from './node-choice.ts'
import { processEntry } from './process-entry.ts'
import { processQueryIn } from './process-queries.ts'
import { checkParameters, decodedRest, wrongParameter } from './query-parameters.ts'
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

const resolutions = ['1s', '1min', '1h'] as const
const { niceLeast, niceMost, pidMax, textLengthMax } = nodeLimitsDefaults.processes

/** How this machine and the others of the cluster are, and which processes run there. */
export class MachinesService implements Service {
  readonly routes: readonly AnyRoute[]
  readonly #options: MachinesServiceOptions
  readonly #monitor: Monitor
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
    return new MachinesService(options, createMonitor({ source, control, clock, logger, metrics, phase }))
  }

  private constructor(options: MachinesServiceOptions, monitor: Monitor) {
    this.#options = options
    this.#monitor = monitor
    const { self, settings } = options
    const allowed = (): Settings['process-control'] => settings['process-control']
    this.#rights = new LookingRights({ self, allowed, standings: () => this.#place })
    this.#cluster = this.#clusterMonitor(loneNetwork(self))
    this.routes = [
      { path: '/v1/machines', answer: () => jsonReply(200, this.machines()) },
      { path: '/v1/machines/*', answer: async ({ rest }) => jsonReply(200, await this.#machine(rest)) },
      { path: '/v1/machines-watch', isPosted: false, stream: ({ query }, events) => this.#watch(query, events) },
      { path: '/v1/machine-history', answer: async ({ query }) => jsonReply(200, await this.#history(query)) },
      { path: '/v1/alerts', answer: () => jsonReply(200, this.#alerts()) },
      { path: '/v1/processes', answer: async ({ query }) => jsonReply(200, await this.processes(query)) },
      { path: '/v1/process-tree', answer: async ({ query }) => jsonReply(200, await this.#tree(query)) },
      { path: '/v1/processes/signal', post: (document) => this.#signal(document) },
      { path: '/v1/processes/nice', post: (document) => this.#nice(document) },
    ]
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

  /** For the page: what can be had soon. */
  async shown(): Promise<MachinesShown> {
    const { pageProcessesMsMax: timeoutMs, pageProcessesMax: limit } = nodeLimitsDefaults
    const { processes, unanswered } = await this.#cluster.processes({ limit, timeoutMs })
    return {
      ...this.machines(),
      alerts: this.#alerts(),
      busiest: processes.map((process) => processEntry(process, this.#reference(process.node))),
      silent: unanswered.map(({ node }) => this.#reference(node)),
    }
  }

  measure(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#cluster[Symbol.asyncDispose]()
    await this.#monitor[Symbol.asyncDispose]()
  }

  async processes(query: URLSearchParams): Promise<ProcessesAnswer> {
    const wanted = processQueryIn(query)
    const nodes = query
      .getAll('node')
      .flatMap((text) => text.split(','))
      .map((text) => this.#chosen(text))
    const list = await this.#cluster.processes({ ...wanted, ...(nodes.length === 0 ? {} : { nodes }) })
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

  async #machine(rest: string): Promise<MachineAnswer> {
    const node = this.#chosen(decodedRest(rest, 'the node'))
    const history = node === this.#options.self ? this.#monitor.historyFigures() : []
    return { node: this.#reference(node), figures: await this.#cluster.figures(node), history }
  }

  async #history(query: URLSearchParams): Promise<HistoryAnswer> {
    checkParameters(query, ['node', 'figure', 'resolution', 'since'])
    const node = this.#chosen(query.get('node') ?? this.#options.self)
    const figure = query.get('figure') ?? ''
    const resolution = resolutions.find((each) => each === (query.get('resolution') ?? '1min'))
    if (resolution === undefined) throw wrongParameter('resolution is wrong', `give one of ${resolutions.join(', ')}`)
    if (figure === '' || figure.length > textLengthMax) {
      throw wrongParameter('figure is missing', 'give the name of a figure, as processor.usage')
    }
    const since = query.get('since')
    const sinceMs = since === null ? undefined : Date.parse(since)
    if (Number.isNaN(sinceMs)) throw wrongParameter('since is no time', 'write it as 2026-01-31T12:00:00Z')
    const points = await this.#cluster.history(node, {
      figure,
      resolution,
      ...(sinceMs === undefined ? {} : { sinceMs }),
    })
    return { node: this.#reference(node), figure, points }
  }

  #alerts(): AlertsAnswer {
    return { alerts: this.#cluster.alerts().map((alert) => ({ ...alert, node: this.#reference(alert.node) })) }
  }

  async #tree(query: URLSearchParams): Promise<Pick<ProcessesAnswer, 'processes'>> {
    checkParameters(query, ['node', 'pid'])
    const node = this.#chosen(query.get('node') ?? this.#options.self)
    const text = query.get('pid')
    const pid = text === null ? undefined : Number(text)
    if (pid !== undefined && !(Number.isInteger(pid) && pid >= 0 && pid <= pidMax)) {
      throw wrongParameter('pid is wrong', 'give the number of a process')
    }
    const processes = await this.#cluster.tree(node, pid)
    return { processes: processes.map((process) => processEntry(process, this.#reference(node))) }
  }

  async #signal(document: RequestDocument): Promise<object> {
    const order = this.#order(document.only('node', 'bootId', 'pid', 'startTicks', 'signal'))
    await this.#cluster.signal({ ...order, signal: document.oneOf('signal', processSignals) })
    return { node: order.node, pid: order.process.pid }
  }

  async #nice(document: RequestDocument): Promise<object> {
    const order = this.#order(document.only('node', 'bootId', 'pid', 'startTicks', 'nice'))
    await this.#cluster.setNice({ ...order, nice: document.whole('nice', { least: niceLeast, most: niceMost }) })
    return { node: order.node, pid: order.process.pid }
  }

  /** Whoever may use this API is the one who runs the node. */
  #order(document: RequestDocument): ProcessOrder {
    const whole = (name: string, most: number): number => document.whole(name, { least: 0, most })
    const process = {
      bootId: document.text('bootId', textLengthMax),
      pid: whole('pid', pidMax),
      startTicks: whole('startTicks', Number.MAX_SAFE_INTEGER),
    }
    return { node: this.#chosen(document.text('node')), process, actor: `the API of ${this.#options.settings.name}` }
  }

  async #watch(query: URLSearchParams, events: EventStream): Promise<void> {
    checkParameters(query, [])
    using _beats = eventBeats(this.#options.clock, events)
    const signal = AbortSignal.any([events.signal, this.#stopping.signal])
    try {
      for await (const _nodes of this.#cluster.watch({ signal })) {
        events.send({ event: 'machines', ...this.machines() } satisfies MachinesEvent)
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
