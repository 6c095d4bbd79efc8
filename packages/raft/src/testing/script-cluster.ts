import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { Effect, Write } from '../effects.ts'
import type { Message } from '../messages.ts'
import { validateRaftSettings, type RaftSettings } from '../settings.ts'
import type { Index, SnapshotMark, Term } from '../types.ts'
import { CoreDisk } from './core-world-disk.ts'
import { CoreNode, type CoreHost } from './core-world-node.ts'
import { Chronicle, raftInvariants, type RaftInvariant } from './invariants/index.ts'
import type { MemberRecord } from './invariants/chronicle.ts'
import { effectText } from './script-text.ts'

export interface Letter {
  readonly from: NodeId
  readonly to: NodeId
  readonly message: Message
}

/** Messages that one command may deliver, so that a script that goes round in circles ends. */
const lettersMax = 10_000

/** The cluster of a script: nothing moves in it but what a command moves, and everything is noted. */
export class ScriptCluster implements CoreHost {
  readonly nodes: Map<NodeId, CoreNode> = new Map()
  /** Sent and not delivered, in order. */
  letters: Letter[] = []
  now = 0 as Millis
  /** Whose writes are done only when a command says so. */
  readonly slowDisks: Set<NodeId> = new Set()
  readonly cut: Set<string> = new Set()
  /** Off for a script in which somebody breaks what Raft rests upon. */
  invariantsHold = true
  shows = true
  /** Heartbeats and their answers say little, and often. */
  showsHeartbeats = false
  settings: Partial<RaftSettings> = {}
  #lines: string[] = []
  #chronicle: Chronicle | undefined
  #invariants: readonly RaftInvariant[] = []
  readonly #records = new Map<NodeId, MemberRecord>()
  readonly #disks = new Map<NodeId, readonly number[]>()

  begin(voters: readonly NodeId[]): void {
    const configuration = { voters, outgoing: [], learners: [] }
    this.#chronicle = new Chronicle(configuration)
    this.#invariants = raftInvariants(this.#chronicle)
    for (const id of voters) this.add(id, voters)
  }

  /** The group whose members' disks were given by `disk`. */
  assemble(): void {
    const voters = [...this.#disks.keys()]
    const configuration = { voters, outgoing: [], learners: [] }
    this.#chronicle = new Chronicle(configuration)
    this.#invariants = raftInvariants(this.#chronicle)
    for (const [id, terms] of this.#disks) {
      const node = this.#make(id, voters)
      node.disk.hardState = {
        term: Math.max(...this.#disks.values().flatMap((given) => given)) as Term,
        vote: undefined,
      }
      node.disk.entries = terms.map((term, place) => {
        const index = (place + 1) as Index
        return { index, term: term as Term, kind: 'command', data: new TextEncoder().encode(`${index}`) }
      })
      this.start(id)
    }
  }

  /** That member begins with entries of these terms. */
  disk(id: NodeId, terms: readonly number[]): void {
    this.#disks.set(id, terms)
  }

  /** A node that begins with these voters, or knowing nobody. */
  add(id: NodeId, voters: readonly NodeId[]): void {
    this.#make(id, voters)
    this.start(id)
  }

  start(id: NodeId): void {
    const node = this.node(id)
    const { hardState, snapshot, entries } = node.disk
    const record = this.#chronicle?.begins(id, { hardState, snapshot, entries })
    if (record !== undefined) this.#records.set(id, record)
    node.start(this.now, Number(id))
    node.drain()
  }

  node(id: NodeId): CoreNode {
    const node = this.nodes.get(id)
    if (node === undefined) throw new Error(`there is no node ${id} in this script`)
    return node
  }

  /** Everything that was noted since the last call. */
  takeLines(): readonly string[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  say(line: string): void {
    this.#lines.push(line)
  }

  /** Done with every write of the disks that are not slow. */
  settleDisks(): void {
    for (const node of this.nodes.values()) {
      while (node.pending.length > 0 && !this.slowDisks.has(node.id)) this.finishWrites(node, node.pending.length)
    }
  }

  finishWrites(node: CoreNode, count: number): void {
    const record = this.#records.get(node.id)
    node.finishWrites(this.now, count, () => {
      if (record !== undefined) this.#chronicle?.written(record)
    })
  }

  /** Those that match, and those that come of them, until there are none. */
  deliver(matches: (letter: Letter) => boolean, atMost: number = lettersMax): void {
    for (let delivered = 0; delivered < atMost; delivered++) {
      this.settleDisks()
      const place = this.letters.findIndex((letter) => matches(letter))
      const [letter] = place === -1 ? [] : this.letters.splice(place, 1)
      if (letter === undefined) return
      const { from, to, message } = letter
      this.nodes.get(to)?.step(this.now, { type: 'message', from, message })
    }
    this.settleDisks()
  }

  /** Lets that much time pass; whoever is due wakes. With `delivers`, every message arrives at once. */
  pass(durationMs: number, delivers: boolean): void {
    const end = after(this.now, durationMs)
    for (;;) {
      if (delivers) this.deliver(() => true)
      const due = [...this.nodes.values()].toSorted((a, b) => a.deadline() - b.deadline())[0]
      if (due === undefined || due.deadline() > end) break
      this.now = Math.max(this.now, due.deadline()) as Millis
      due.step(this.now, { type: 'wake' })
      this.settleDisks()
    }
    this.now = end
  }

  send(from: CoreNode, to: NodeId, message: Message): void {
    if (this.cut.has(`${from.id}>${to}`)) return
    this.letters.push({ from: from.id, to, message })
  }

  writing(node: CoreNode, write: Write): void {
    const record = this.#records.get(node.id)
    if (record !== undefined) this.#chronicle?.writes(record, write)
  }

  perform(node: CoreNode, effect: Exclude<Effect, { type: 'send' | 'claim' | 'write' }>): void {
    if (effect.type === 'apply') {
      const index = effect.entries.at(-1)?.index ?? (0 as Index)
      node.step(this.now, { type: 'applied', index })
    }
    if (effect.type === 'restore') node.step(this.now, { type: 'applied', index: effect.snapshot.index })
  }

  noted(node: CoreNode, effect: Effect): void {
    const isBeat = (effect.type === 'send' || effect.type === 'claim') && effect.message.type.startsWith('heartbeat')
    if (this.shows && (!isBeat || this.showsHeartbeats)) this.say(`${node.id} ${effectText(effect)}`)
  }

  stepped(node: CoreNode): void {
    const record = this.#records.get(node.id)
    const status = node.core?.status()
    if (record === undefined || status === undefined) return
    if (status.role === 'leader') this.#chronicle?.leads(record, status.term)
    this.#chronicle?.decides(record, status.commit)
    if (!this.invariantsHold) return
    for (const invariant of this.#invariants) {
      const detail = invariant.check()
      if (detail !== undefined) throw new Error(`${invariant.sentence} But: ${detail}`)
    }
  }

  #make(id: NodeId, voters: readonly NodeId[]): CoreNode {
    const configuration = { voters, outgoing: [], learners: [] }
    const snapshot: SnapshotMark = { index: 0 as Index, term: 0 as Term, configuration, id: '', bytes: 0 }
    const node = new CoreNode(id, validateRaftSettings(this.settings), new CoreDisk(snapshot), this)
    this.nodes.set(id, node)
    return node
  }
}
