import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel, IncomingRequest, Network } from '@flotilla/core/network'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import { after, withTimeout, type Clock, type Millis } from '@flotilla/core/time'
import type {
  Alert,
  ClusterMonitor,
  ClusterProcessList,
  ClusterProcessQuery,
  HistoryPoint,
  HistoryQuery,
  Monitor,
  NodeSummary,
  ProcessOrder,
  ProcessSignal,
} from '../contract.ts'
import type { PlacedProcess, ProcessFigures, SystemFigures } from '../figures.ts'
import { mergeProcesses, validateProcessQuery } from '../querying/index.ts'
import { Watchers } from '../watching/watchers.ts'
import { Answering } from './answering.ts'
import type { Control, ControlOrder } from './control.ts'
import type { Guests } from './guests.ts'
import { validateClusterMonitorLimits, type ClusterMonitorLimits } from './limits.ts'
import { SummaryBoard } from './summary-board.ts'
import { SummaryTelling } from './summary-telling.ts'
import { systemFromWire } from './wire/fitted.ts'
import {
  doneCodec,
  figuresCodec,
  historyCodec,
  noticeCodec,
  processesCodec,
  requestCodec,
  treeCodec,
  type MonitorRequest,
  type ProcessesAnswer,
} from './wire/messages.ts'

export interface ClusterMonitorOptions {
  readonly network: Network
  readonly monitor: Monitor
  readonly clock: Clock
  readonly logger?: Logger
  /** Tells this run of the node from its others. */
  readonly life: string
  readonly control: Control
  /** Who may see this machine, and is heard of himself. Default: every node of the network. */
  readonly admits?: (node: NodeId) => boolean
  readonly guests?: Guests
  readonly limits?: Partial<ClusterMonitorLimits>
}

const channelName = 'procmon'
const watchersMax = 256

/** Looks at all machines of the cluster, and shows this one to the others. */
export function createClusterMonitor(options: ClusterMonitorOptions): ClusterMonitor {
  return new MeshMonitor(options, validateClusterMonitorLimits(options.limits))
}

class MeshMonitor implements ClusterMonitor {
  readonly #options: ClusterMonitorOptions
  readonly #limits: ClusterMonitorLimits
  readonly #answering: Answering
  readonly #board: SummaryBoard
  readonly #telling: SummaryTelling
  readonly #channel: Channel
  readonly #watchers: Watchers<readonly NodeSummary[]>
  /** Whom we have asked for the whole, and not heard of since. */
  readonly #asked = new Set<NodeId>()
  /** Fires while somebody watches here. */
  #looking: Disposable | undefined
  #closing: Promise<void> | undefined

  constructor(options: ClusterMonitorOptions, limits: ClusterMonitorLimits) {
    const { monitor, control, guests, network, clock, logger = silentLogger, life } = options
    this.#options = options
    this.#limits = limits
    this.#answering = new Answering({ monitor, control, guests, limits })
    this.#board = new SummaryBoard({
      nodesMax: limits.nodesMax,
      staleAfterMs: limits.summaryEveryMs * limits.silentSummariesMax,
      forgetAfterMs: limits.forgetAfterMs,
    })
    this.#watchers = new Watchers({ watchersMax, what: 'the summaries of the cluster' }, (count) => this.#look(count))
    this.#channel = network.open(channelName, {
      peer: ({ type, peer }) => this.#onPeer(type, peer),
      notice: (from, payload) => this.#onNotice(from, payload),
      request: (request) => this.#onRequest(request),
    })
    this.#telling = new SummaryTelling({
      monitor,
      clock,
      logger,
      life,
      limits,
      tell: (summary) => {
        this.#board.take(network.self, summary, clock.now())
        const notice = noticeCodec.encode({ type: 'summary', summary })
        for (const peer of this.#peers()) this.#channel.notify(peer, notice)
        this.#show()
      },
    })
  }

  nodes(): readonly NodeSummary[] {
    const { clock, network } = this.#options
    const now = clock.now()
    this.#board.expire(now, new Set([network.self, ...this.#peers()]))
    return this.#board.summaries(now, network.self)
  }

  watch(options: { readonly signal?: AbortSignal } = {}): AsyncIterable<readonly NodeSummary[]> {
    return this.#watchers.watch({ first: this.nodes(), signal: options.signal })
  }

  alerts(): readonly (Alert & { readonly node: NodeId })[] {
    return this.#board.alerts()
  }

  async figures(node: NodeId, options: { readonly signal?: AbortSignal } = {}): Promise<SystemFigures> {
    if (this.#isSelf(node)) return this.#answering.figures()
    return systemFromWire(figuresCodec.decode(await this.#ask(node, { type: 'figures' }, options)))
  }

  async processes(
    query: ClusterProcessQuery,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<ClusterProcessList> {
    const { network } = this.#options
    const { nodes, timeoutMs, withGuests = false, ...asked } = query
    const one = validateProcessQuery(asked)
    const whom = nodes ?? [network.self, ...this.#peers()]
    const patience = { ...options, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    const unanswered: { readonly node: NodeId; readonly why: string }[] = []
    const answers = await Promise.all(
      [...new Set(whom)].map(async (node) => {
        try {
          return { node, ...(await this.#processesOf(node, { type: 'processes', query: one, withGuests }, patience)) }
        } catch (error) {
          options.signal?.throwIfAborted()
          unanswered.push({ node, why: error instanceof Error ? error.message : String(error) })
          return undefined
        }
      }),
    )
    const known = answers.filter((answer) => answer !== undefined)
    const lists = known.map(({ node, processes }): readonly PlacedProcess[] =>
      processes.map((process) => ({ ...process, node })),
    )
    return {
      processes: mergeProcesses(lists, one),
      matching: known.reduce((sum, { matching }) => sum + matching, 0),
      total: known.reduce((sum, { total }) => sum + total, 0),
      unanswered,
    }
  }

  async tree(
    node: NodeId,
    pid?: number,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly ProcessFigures[]> {
    if (this.#isSelf(node)) return this.#options.monitor.tree(pid, options)
    const request: MonitorRequest = { type: 'tree', ...(pid === undefined ? {} : { pid }) }
    return treeCodec.decode(await this.#ask(node, request, options)).processes
  }

  async history(
    node: NodeId,
    query: HistoryQuery,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly HistoryPoint[]> {
    if (this.#isSelf(node)) return this.#options.monitor.history(query)
    return historyCodec.decode(await this.#ask(node, { type: 'history', query }, options)).points
  }

  signal({ node, ...order }: ProcessOrder & { readonly signal: ProcessSignal }): Promise<void> {
    return this.#control(node, { type: 'signal', ...order })
  }

  setNice({ node, ...order }: ProcessOrder & { readonly nice: number }): Promise<void> {
    return this.#control(node, { type: 'nice', ...order })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#watchers.close()
    this.#looking?.[Symbol.dispose]()
    await this.#telling[Symbol.asyncDispose]()
    await this.#channel[Symbol.asyncDispose]()
  }

  async #control(node: NodeId, order: ControlOrder): Promise<void> {
    if (this.#isSelf(node)) return this.#answering.control(node, order)
    doneCodec.decode(await this.#ask(node, order, {}))
  }

  async #processesOf(
    node: NodeId,
    request: Extract<MonitorRequest, { readonly type: 'processes' }>,
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<ProcessesAnswer> {
    if (!this.#isSelf(node)) return processesCodec.decode(await this.#ask(node, request, options))
    const { clock } = this.#options
    const { timeoutMs = this.#limits.answerMs, signal } = options
    const waiting = { clock, timeoutMs, what: 'looking at the processes of this node' }
    return withTimeout({ ...waiting, ...(signal === undefined ? {} : { signal }) }, (inner) =>
      this.#answering.processes(request, inner),
    )
  }

  #ask(
    node: NodeId,
    request: MonitorRequest,
    { timeoutMs = this.#limits.answerMs, signal }: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Uint8Array> {
    const options = { timeoutMs, ...(signal === undefined ? {} : { signal }) }
    return this.#channel.request(node, requestCodec.encode(request), options)
  }

  #onPeer(type: 'up' | 'down', peer: NodeId): void {
    this.#asked.delete(peer)
    if (type === 'up' && this.#admits(peer)) {
      this.#sendWhole(peer)
      if (this.#looking !== undefined) this.#channel.notify(peer, noticeCodec.encode({ type: 'look' }))
    }
    this.#show()
  }

  #onNotice(from: NodeId, payload: Uint8Array): void {
    if (!this.#admits(from)) return
    const notice = noticeCodec.decode(payload)
    if (notice.type === 'look') this.#telling.look()
    else if (notice.type === 'ask') this.#sendWhole(from)
    else {
      const taken = this.#board.take(from, notice.summary, this.#options.clock.now())
      if (taken === 'news') {
        this.#asked.delete(from)
        this.#show()
      } else if (taken === 'gap' && !this.#asked.has(from)) {
        // Asked once for each gap; if that is lost, the next summary that does not fit asks again.
        if (this.#channel.notify(from, noticeCodec.encode({ type: 'ask' }))) this.#asked.add(from)
      } else if (taken === 'gap') this.#asked.delete(from)
    }
  }

  async #onRequest({ from, payload, signal }: IncomingRequest): Promise<Uint8Array> {
    if (!this.#admits(from)) throw new FlotillaError('not-permitted', `${from} may not look at this machine`)
    return this.#answering.answer(from, requestCodec.decode(payload), signal)
  }

  #sendWhole(peer: NodeId): void {
    const summary = this.#telling.whole()
    if (summary !== undefined) this.#channel.notify(peer, noticeCodec.encode({ type: 'summary', summary }))
  }

  #show(): void {
    if (this.#watchers.count > 0) this.#watchers.tell(this.nodes())
  }

  /** As long as anybody watches here, all nodes tell with each of their samples. */
  #look(count: number): void {
    if (count === 0) {
      this.#looking?.[Symbol.dispose]()
      this.#looking = undefined
    } else if (this.#looking === undefined) this.#sayLook()
  }

  #sayLook(): void {
    const { clock } = this.#options
    this.#telling.look()
    const look = noticeCodec.encode({ type: 'look' })
    for (const peer of this.#peers()) this.#channel.notify(peer, look)
    // In good time before they think that nobody looks any more.
    this.#looking = clock.wakeAt(halfLater(clock.now(), this.#limits.lookMs), () => this.#sayLook())
  }

  #peers(): readonly NodeId[] {
    return this.#options.network.peers().filter((peer) => this.#admits(peer))
  }

  #admits(node: NodeId): boolean {
    return this.#options.admits?.(node) ?? true
  }

  #isSelf(node: NodeId): boolean {
    return node === this.#options.network.self
  }
}

function halfLater(now: Millis, durationMs: number): Millis {
  return after(now, durationMs / 2)
}
