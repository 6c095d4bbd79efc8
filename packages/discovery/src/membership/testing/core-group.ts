import type { NodeId } from '@flotilla/core/ids'
import { DeadlineHeap, type Deadline } from '@flotilla/core/machines'
import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import type { Comparing } from '../comparison.ts'
import type { MemberState } from '../comparison-messages.ts'
import { MembershipCore } from '../core.ts'
import type { MembershipEffect, MembershipInput } from '../effect.ts'
import { gossipHeadBytes } from '../messages.ts'
import { sealBytes } from '../packet-seal.ts'
import { validateMembershipSettings, type MembershipSettings } from '../settings.ts'
import type { CoreGroupOptions, GroupNode, StartOptions } from './group-node.ts'
import { idOf } from './member-ids.ts'
import { bytesOf } from './message-size.ts'
import { trustingVouching, type KnownRecords } from './trusting-vouching.ts'

/** What a packet's message takes, about. */
const messageBytes = 48
const laneBytes = 1

/**
 * Cores on one light event loop with virtual time: no bytes, no signatures, no promises, so that a thousand members
 * cost seconds. Connections are made at once between whom a test says, and break when it says so.
 */
export class CoreGroup {
  readonly nodes: GroupNode[] = []
  readonly settings: MembershipSettings
  readonly #options: CoreGroupOptions
  readonly #events = new DeadlineHeap<() => void>({ entriesMax: 4_000_000 })
  readonly #byId = new Map<NodeId, GroupNode>()
  readonly #byPort = new Map<number, GroupNode>()
  readonly #known: KnownRecords = new WeakMap()
  readonly #prng: Prng
  readonly #cuts = new Set<string>()
  /** Datagrams between these two are lost, connections work. */
  readonly #blocked = new Set<string>()
  nowMs = 0
  lossPerMille: number
  /** Of comparisons: what went over connections. */
  exchangedBytes = 0

  constructor(options: CoreGroupOptions) {
    this.#options = options
    this.#prng = new Prng(options.seed)
    this.settings = validateMembershipSettings(options.settings)
    this.lossPerMille = options.lossPerMille ?? 0
  }

  /** Starts one more node, or a node again with nothing remembered, at a later or an earlier calendar. */
  start(options: StartOptions = {}): GroupNode {
    const index = options.again?.index ?? this.nodes.length
    const id = options.again?.id ?? idOf(options.name ?? `member ${index}`)
    const prng = this.#prng.split(`node ${index}`)
    const metadata = { name: `n${index}`, roles: ['node'], capabilities: [], version: '1', addresses: [], load: 0 }
    const core = new MembershipCore(
      {
        settings: this.settings,
        vouching: trustingVouching(id, this.#known),
        ownKey: new Uint8Array(32),
        prng,
        first: {
          id,
          incarnation: options.wallMs ?? 1_000_000 + Math.floor(this.nowMs),
          session: prng.u32(),
          leaving: false,
          datagrams: [{ host: '10.0.0.1', port: options.port ?? index + 1 }],
          metadata,
        },
      },
      this.#now(),
    )
    const node = options.again ?? {
      index,
      id,
      core,
      bytesSent: 0,
      packetsSent: 0,
      timer: undefined,
      waiting: [],
      state: 'up',
    }
    node.core = core
    node.state = 'up'
    node.waiting = []
    this.nodes[index] = node
    this.#byId.set(id, node)
    this.#byPort.set(options.port ?? index + 1, node)
    this.#at(this.nowMs + this.#prng.below(this.settings.probeIntervalMs), () => this.tell(node, { type: 'wake' }))
    return node
  }

  /** Lets everybody know everybody, as if they had compared long ago. */
  acquaint(): void {
    const states: MemberState[] = this.nodes.map(({ core }) => ({ signed: core.ownSigned }))
    for (const node of this.nodes) {
      const peer = this.nodes[(node.index + 1) % this.nodes.length] ?? node
      node.core.answer(this.#now(), peer.id, { type: 'compare', own: node.core.ownSigned, sums: [] })
      node.core.answer(this.#now(), peer.id, { type: 'swap', give: states, want: [] })
      node.core.drain()
    }
  }

  connect(one: GroupNode, other: GroupNode): void {
    this.tell(one, { type: 'peer', change: 'up', peer: other.id })
    this.tell(other, { type: 'peer', change: 'up', peer: one.id })
  }

  connectAll(): void {
    for (const one of this.nodes) for (const other of this.nodes.slice(one.index + 1)) this.connect(one, other)
  }

  /**
   * Its process is gone; `reset` says whether its peers' connections were reset, as the kernel of a living machine
   * does.
   */
  kill(node: GroupNode, reset: boolean): void {
    node.state = 'down'
    if (!reset) return
    for (const other of this.nodes)
      if (other !== node) this.tell(other, { type: 'peer', change: 'down', peer: node.id })
  }

  pause(node: GroupNode, durationMs: number): void {
    if (node.state !== 'up') return
    node.state = 'paused'
    this.#at(this.nowMs + durationMs, () => {
      if (node.state !== 'paused') return
      node.state = 'up'
      const waiting = node.waiting
      node.waiting = []
      // As in a real process that goes on: timers that came due fire before sockets are read.
      this.tell(node, { type: 'wake' })
      for (const input of waiting) this.tell(node, input)
    })
  }

  cut(from: GroupNode, to: GroupNode): void {
    this.#cuts.add(`${from.index}>${to.index}`)
  }

  /** Datagrams are lost this way, connections go on. */
  block(from: GroupNode, to: GroupNode): void {
    this.#blocked.add(`${from.index}>${to.index}`)
  }

  heal(): void {
    this.#cuts.clear()
    this.#blocked.clear()
  }

  tell(node: GroupNode, input: MembershipInput): void {
    if (node.state === 'down') return
    if (node.state === 'paused') return void node.waiting.push(input)
    node.core.step(this.#now(), input)
    this.#perform(node)
  }

  at(atMs: number, act: () => void): void {
    this.#at(atMs, act)
  }

  run(durationMs: number): void {
    const untilMs = (this.nowMs + durationMs) as Millis
    for (let due = this.#events.popDue(untilMs); due !== undefined; due = this.#events.popDue(untilMs)) {
      this.nowMs = Math.max(this.nowMs, due.at)
      due.value()
    }
    this.nowMs = untilMs
  }

  /** Runs until it is so; returns how long that took, or undefined when it took longer than `withinMs`. */
  runUntil(isSo: () => boolean, withinMs: number, stepMs: number = 20): number | undefined {
    for (const startMs = this.nowMs; this.nowMs - startMs <= withinMs; this.run(stepMs)) {
      if (isSo()) return this.nowMs - startMs
    }
    return undefined
  }

  statusOf(observer: GroupNode, of: GroupNode): string {
    return observer.core.entry(of.id)?.status ?? 'unknown'
  }

  /** Every node that is up sees every other that is up as alive, and no other. */
  agrees(): boolean {
    const up = this.nodes.filter(({ state }) => state === 'up')
    return up.every((one) =>
      this.nodes.every((other) => {
        if (one === other) return true
        const status = this.statusOf(one, other)
        return other.state === 'up' ? status === 'alive' : status !== 'alive' && status !== 'suspect'
      }),
    )
  }

  #now(): Millis {
    return this.nowMs as Millis
  }

  #at(atMs: number, act: () => void): Deadline<() => void> {
    return this.#events.push(Math.max(atMs, this.nowMs) as Millis, act)
  }

  #perform(node: GroupNode): void {
    for (const effect of node.core.drain()) this.#do(node, effect)
    const wakeAt = node.core.deadline()
    if (node.timer !== undefined) {
      if (node.timer.at === wakeAt) return
      this.#events.remove(node.timer)
    }
    node.timer = this.#at(wakeAt, () => {
      node.timer = undefined
      if (node.state === 'up') this.tell(node, { type: 'wake' })
    })
  }

  #do(node: GroupNode, effect: MembershipEffect): void {
    switch (effect.type) {
      case 'send':
        return this.#send(node, effect)
      case 'probe-connection':
        return this.#probe(node, effect)
      case 'exchange':
        return this.#exchange(node, effect.peer)
      case 'event':
        return this.#options.onEvent?.(this.nowMs, node, effect.event)
      case 'departed':
      case 'refused':
        return
    }
  }

  #send(node: GroupNode, { to, path, message, gossip }: MembershipEffect & { readonly type: 'send' }): void {
    const pieces = gossip.reduce((sum, { bytes }) => sum + bytes.length + gossipHeadBytes, 0)
    node.bytesSent += laneBytes + sealBytes + messageBytes + pieces
    node.packetsSent++
    const isConnection = path === 'connection'
    const target = isConnection ? this.#byId.get(to) : this.#byPort.get(path.port)
    if (target === undefined || !this.#isOpen(node, target)) return
    const isLost = this.#blocked.has(`${node.index}>${target.index}`) || this.#prng.chance(this.lossPerMille, 1_000)
    if (isLost && !isConnection) return
    const from: typeof path = isConnection ? path : { host: '10.0.0.1', port: this.#portOf(node.core) }
    const packet: MembershipInput = { type: 'packet', from: node.id, path: from, message, gossip }
    this.#at(this.nowMs + this.#latencyMs(), () => this.tell(target, packet))
  }

  #portOf(core: MembershipCore): number {
    return core.record.datagrams[0]?.port ?? 0
  }

  #probe(node: GroupNode, effect: MembershipEffect & { readonly type: 'probe-connection' }): void {
    const target = this.#byId.get(effect.peer)
    const { sequence } = effect
    const reached = (): boolean => target?.state === 'up' && this.#isOpen(node, target) && this.#isOpen(target, node)
    const [afterMs, answer] = reached() ? [this.#latencyMs() * 2, reached] : [effect.timeoutMs, () => false]
    this.#at(this.nowMs + afterMs, () => this.tell(node, { type: 'connection-probed', sequence, reached: answer() }))
  }

  #exchange(node: GroupNode, peer: NodeId): void {
    const target = this.#byId.get(peer)
    const { core } = node
    const end = (succeeded: boolean): void => this.tell(node, { type: 'exchanged', peer, succeeded })
    const ask = (comparing: Comparing): void => {
      if (node.core !== core) return
      if (target?.state !== 'up' || !this.#isOpen(node, target) || !this.#isOpen(target, node)) {
        return void this.#at(this.nowMs + this.settings.exchangeTimeoutMs, () => end(false))
      }
      const answer = target.core.answer(this.#now(), node.id, comparing.request)
      this.#perform(target)
      this.exchangedBytes += bytesOf(comparing.request) + bytesOf(answer)
      this.#at(this.nowMs + this.#latencyMs() * 2, () => {
        if (node.core !== core || node.state === 'down') return
        const next = core.proceed(this.#now(), comparing, answer)
        this.#perform(node)
        if (next === undefined) end(true)
        else ask(next)
      })
    }
    ask(core.compare(this.#now()))
  }

  #isOpen(from: GroupNode, to: GroupNode): boolean {
    return !this.#cuts.has(`${from.index}>${to.index}`)
  }

  #latencyMs(): number {
    return 0.2 + this.#prng.below(1_000) / 500
  }
}
