import type { NodeId } from '@flotilla/core/ids'
import { DeadlineHeap } from '@flotilla/core/machines'
import { Prng } from '@flotilla/core/random'
import { after, type Millis } from '@flotilla/core/time'
import { decodeConfiguration } from '../core/configuration-codec.ts'
import type { RaftCore } from '../core/inputs.ts'
import type { Effect, Write } from '../effects.ts'
import type { Message } from '../messages.ts'
import { validateRaftSettings } from '../settings.ts'
import type { Entry, Index, ReadNumber, SnapshotMark, Term } from '../types.ts'
import { CoreDisk } from './core-world-disk.ts'
import { calm, type CoreWorldOptions, type Weather, type WorldEvent } from './core-world-event.ts'
import { Machines } from './core-world-machines.ts'
import { CoreNode, type CoreHost } from './core-world-node.ts'
import { Chronicle, raftInvariants, ReadLinearizability } from './invariants/index.ts'
import type { MemberRecord, RaftInvariant } from './invariants/chronicle.ts'

/**
 * Some cores of one group, their disks and a network, in one thread, on time that jumps from event to event. After
 * every step the invariants are checked; a broken one throws.
 */
export class CoreWorld implements CoreHost {
  readonly prng: Prng
  readonly nodes: ReadonlyMap<NodeId, CoreNode>
  readonly chronicle: Chronicle
  readonly reads: ReadLinearizability
  weather: Weather = { ...calm }
  /** Pairs `from>to` between which nothing passes. */
  readonly cut: Set<string> = new Set()
  now = 0 as Millis
  /** What has happened, to show that worlds are not empty. */
  readonly counts: Map<string, number> = new Map()
  readonly #invariants: readonly RaftInvariant[]
  readonly #events = new DeadlineHeap<WorldEvent>()
  readonly #records = new Map<NodeId, MemberRecord>()
  readonly #machines = new Machines()
  readonly #wakes = new Map<NodeId, Millis>()
  #lastRead = 0
  #lastCommand = 0

  constructor({ seed, nodes, voters, settings }: CoreWorldOptions) {
    this.prng = new Prng(seed)
    const ids = Array.from({ length: nodes }, (_, place) => String.fromCharCode(97 + place) as NodeId)
    const configuration = { voters: ids.slice(0, voters), outgoing: [], learners: [] }
    const beginning: SnapshotMark = { index: 0 as Index, term: 0 as Term, configuration, id: '', bytes: 0 }
    const empty: SnapshotMark = { ...beginning, configuration: { voters: [], outgoing: [], learners: [] } }
    this.chronicle = new Chronicle(configuration)
    this.reads = new ReadLinearizability(this.chronicle)
    this.#invariants = [...raftInvariants(this.chronicle), this.reads]
    const whole = validateRaftSettings(settings)
    this.nodes = new Map(
      ids.map((id, place) => [id, new CoreNode(id, whole, new CoreDisk(place < voters ? beginning : empty), this)]),
    )
    for (const id of ids) this.start(id)
  }

  /** Lives until that time, or until nothing is to happen any more. */
  runUntil(end: Millis): void {
    for (let event = this.#events.popDue(end); event !== undefined; event = this.#events.popDue(end)) {
      this.now = Math.max(this.now, event.at) as Millis
      this.#happen(event.value)
    }
    this.now = end
  }

  start(id: NodeId): void {
    const node = this.#node(id)
    if (node.core !== undefined) return
    const { disk } = node
    const record = this.chronicle.begins(id, {
      hardState: disk.hardState,
      snapshot: disk.snapshot,
      entries: disk.entries,
    })
    this.#records.set(id, record)
    this.#machines.begin(id, disk.snapshot)
    node.start(this.now, this.prng.u32())
    node.drain()
  }

  /** Of what is being written, some may have become durable. */
  crash(id: NodeId): void {
    const node = this.#node(id)
    if (node.core === undefined) return
    this.count('crash')
    const kept = node.pending.length === 0 ? 0 : this.prng.below(node.pending.length + 1)
    node.crash(kept)
    this.#wakes.delete(id)
  }

  /** Something from outside: a proposal, a change, a hint. */
  act(id: NodeId, does: (core: RaftCore) => void): void {
    this.#node(id).act(this.now, does)
  }

  proposeAt(id: NodeId, count: number): boolean {
    let taken = false
    this.act(id, (core) => {
      const commands = Array.from({ length: count }, () => {
        this.#lastCommand++
        return new TextEncoder().encode(`${this.#lastCommand}`)
      })
      taken = 'first' in core.propose(this.now, commands)
    })
    if (taken) this.count('proposal')
    return taken
  }

  readAt(id: NodeId, count: number): void {
    const life = this.#node(id).life
    const reads = Array.from({ length: count }, () => {
      this.#lastRead++
      this.reads.begins(`${id}/${life}/${this.#lastRead}`)
      return this.#lastRead as ReadNumber
    })
    this.act(id, (core) => core.step(this.now, { type: 'read', reads }))
  }

  /** A snapshot of everything that this node's machine has applied. */
  snapshotAt(id: NodeId): void {
    const machine = this.#machines.of(id)
    this.act(id, (core) => {
      const { snapshot, applied } = core.status()
      const term = core.termAt(machine.index)
      if (applied !== machine.index || machine.index <= snapshot.index || term === undefined) return
      const configuration = this.#configurationAt(id, machine.index)
      if (configuration === undefined) return
      const mark: SnapshotMark = {
        index: machine.index,
        term,
        configuration,
        id: `${id}/${this.now}/${machine.index}`,
        bytes: 1,
      }
      this.#machines.snapshot(id, mark.id)
      this.count('snapshot made')
      core.step(this.now, { type: 'snapshot-made', snapshot: mark })
    })
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  send(from: CoreNode, to: NodeId, message: Message): void {
    const { weather, prng } = this
    this.count(message.type)
    if (!this.nodes.has(to) || this.cut.has(`${from.id}>${to}`) || prng.chance(weather.lossPercent, 100)) return
    const times = prng.chance(weather.doublePercent, 100) ? 2 : 1
    for (let time = 0; time < times; time++) {
      const delayMs = prng.chance(weather.latePercent, 100) ? prng.between(20, 900) : prng.between(1, 5)
      this.#events.push(after(this.now, delayMs), { type: 'message', from: from.id, to, message })
    }
  }

  /** As a driver does, which drains once for everything that came in one turn. */
  postpones(node: CoreNode): boolean {
    if (!this.prng.chance(1, 4)) return false
    this.#soon({ type: 'drain', node: node.id, life: node.life })
    return true
  }

  writing(node: CoreNode, write: Write): void {
    this.chronicle.writes(this.#record(node.id), write)
    const isSlow = this.prng.chance(this.weather.slowDiskPercent, 100)
    const delayMs = isSlow ? this.prng.between(20, 600) : this.prng.between(0, 4)
    this.#events.push(after(this.now, delayMs), { type: 'written', node: node.id, life: node.life })
  }

  perform(node: CoreNode, effect: Exclude<Effect, { type: 'send' | 'claim' | 'write' }>): void {
    const { id, life } = node
    this.count(effect.type)
    switch (effect.type) {
      case 'apply':
        return this.#apply(node, effect.entries)
      case 'restore': {
        const { index, hash } = this.#machines.restore(id, effect.snapshot)
        this.chronicle.restores(this.#record(id), index, `${hash}`)
        return this.#soon({ type: 'applied', node: id, life, index })
      }
      case 'bring-snapshot':
        this.#events.push(after(this.now, this.prng.between(5, 100)), {
          type: 'snapshot',
          node: id,
          life,
          to: effect.to,
        })
        return
      case 'read':
        for (const read of effect.reads) this.reads.answered(`${id}/${life}/${read}`, effect.index)
        return
      case 'read-failed':
        for (const read of effect.reads) this.reads.ends(`${id}/${life}/${read}`)
        return
      case 'tell':
        this.count(effect.news.type)
    }
  }

  stepped(node: CoreNode): void {
    const { core, id } = node
    if (core === undefined) return
    const { role, term, commit } = core.status()
    const record = this.#record(id)
    if (role === 'leader') this.chronicle.leads(record, term)
    this.chronicle.decides(record, commit)
    for (const invariant of this.#invariants) {
      const detail = invariant.check()
      if (detail !== undefined) throw new Error(`at ${this.now}: ${invariant.sentence} But: ${detail}`)
    }
    const wakeAt = node.deadline()
    if (wakeAt === Infinity || wakeAt >= (this.#wakes.get(id) ?? Infinity)) return
    this.#wakes.set(id, wakeAt)
    this.#events.push(wakeAt, { type: 'wake', node: id, at: wakeAt })
  }

  #happen(event: WorldEvent): void {
    const { now } = this
    switch (event.type) {
      case 'wake': {
        if (this.#wakes.get(event.node) === event.at) this.#wakes.delete(event.node)
        const node = this.#node(event.node)
        if (node.deadline() <= now) node.step(now, { type: 'wake' })
        else if (node.core !== undefined) this.stepped(node)
        return
      }
      case 'drain': {
        const node = this.#node(event.node)
        if (node.life === event.life) node.drain()
        return
      }
      case 'message': {
        if (this.cut.has(`${event.from}>${event.to}`)) return
        return this.#node(event.to).step(now, { type: 'message', from: event.from, message: event.message })
      }
      case 'written': {
        const node = this.#node(event.node)
        if (node.life !== event.life || node.core === undefined) return
        const count = this.prng.chance(1, 4) ? 2 : 1
        const record = this.#record(event.node)
        return node.finishWrites(now, count, () => this.chronicle.written(record))
      }
      case 'applied': {
        const node = this.#node(event.node)
        if (node.life === event.life) node.step(now, { type: 'applied', index: event.index })
        return
      }
      case 'snapshot':
        return this.#bring(event.node, event.life, event.to)
    }
  }
  #apply(node: CoreNode, entries: readonly Entry[]): void {
    const record = this.#record(node.id)
    for (const entry of entries) {
      if (entry.index > record.durable.snapshot.index && record.durable.termAt(entry.index) !== entry.term) {
        throw new Error(`at ${this.now}: ${node.id} applies ${entry.index}, which is not on its disk`)
      }
      const { index, hash } = this.#machines.apply(node.id, entry)
      this.chronicle.applies(record, index, `${hash}`)
    }
    this.#soon({ type: 'applied', node: node.id, life: node.life, index: this.#machines.of(node.id).index })
  }

  /** A stream between two nodes: it brings the latest snapshot, or breaks. */
  #bring(from: NodeId, life: number, to: NodeId): void {
    const [source, target] = [this.#node(from), this.#node(to)]
    if (source.core === undefined || source.life !== life) return
    const { snapshot, term } = source.core.status()
    const isBroken = this.cut.has(`${from}>${to}`) || this.prng.chance(this.weather.lossPercent, 100)
    const succeeds = !isBroken && target.core !== undefined && snapshot.index > 0
    if (succeeds) target.step(this.now, { type: 'snapshot-received', from, term, snapshot })
    source.step(this.now, { type: 'snapshot-brought', to, snapshot: succeeds ? snapshot : undefined })
  }

  #soon(event: WorldEvent): void {
    this.#events.push(after(this.now, this.prng.between(0, 3)), event)
  }

  #configurationAt(id: NodeId, index: Index): SnapshotMark['configuration'] | undefined {
    const { log } = this.#record(id)
    const entry = log.entries.findLast((known) => known.kind === 'configuration' && known.index <= index)
    return entry === undefined ? log.snapshot.configuration : decodeConfiguration(entry.data)
  }

  #node(id: NodeId): CoreNode {
    const node = this.nodes.get(id)
    if (node === undefined) throw new Error(`there is no node ${id}`)
    return node
  }

  #record(id: NodeId): MemberRecord {
    const record = this.#records.get(id)
    if (record === undefined) throw new Error(`${id} was never started`)
    return record
  }
}
