import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { Awareness } from './awareness.ts'
import type { Beliefs } from './beliefs.ts'
import type { Emit } from './effect.ts'
import { isHere, type MemberEntry, type MemberTable } from './member-table.ts'
import type { Path } from './messages.ts'
import type { Post } from './post.ts'
import type { MembershipSettings } from './settings.ts'

export interface ProberOptions {
  readonly settings: MembershipSettings
  readonly table: MemberTable
  readonly post: Post
  readonly beliefs: Beliefs
  readonly awareness: Awareness
  readonly emit: Emit
  readonly nextSequence: () => number
}

interface Probe {
  readonly sequence: number
  readonly entry: MemberEntry
  /** What we claim if it fails. */
  readonly kind: 'silent' | 'reset'
  /** When to try other ways; Infinity once they are tried. */
  askAt: Millis
  verdictAt: Millis
  /** Whom we asked to try, and who of them said that they failed too. */
  readonly asked: Set<NodeId>
  readonly nacked: Set<NodeId>
}

/** A probe for somebody else. */
interface Relay {
  readonly asker: MemberEntry
  readonly askerSequence: number
  readonly path: Path
  readonly target: NodeId
  readonly nackAt: Millis
}

/**
 * Finds out who does not answer: one member after the other in drawn order, each first by a ping, then through others
 * and over its connection at once, so that neither one bad link nor blocked datagrams make it look dead.
 */
export class Prober {
  readonly #options: ProberOptions
  /** By sequence number; at most one for each member, `size <= probesMax`. */
  readonly #probes = new Map<number, Probe>()
  /** By our own sequence number; `size <= relaysMax`. */
  readonly #relays = new Map<number, Relay>()
  #nextAt: Millis

  constructor(options: ProberOptions, now: Millis) {
    this.#options = options
    this.#nextAt = now
  }

  get deadline(): Millis {
    let first: number = this.#nextAt
    for (const { askAt, verdictAt } of this.#probes.values()) first = Math.min(first, askAt, verdictAt)
    for (const { nackAt } of this.#relays.values()) first = Math.min(first, nackAt)
    return first as Millis
  }

  /** How many are under way. */
  get probing(): number {
    return this.#probes.size
  }

  due(now: Millis): void {
    for (const [sequence, relay] of this.#relays) if (relay.nackAt <= now) this.#nack(sequence, relay)
    for (const probe of this.#probes.values()) {
      if (probe.askAt <= now) this.#askOthers(now, probe)
      else if (probe.verdictAt <= now) this.#fail(now, probe)
    }
    if (this.#nextAt > now) return
    const { settings, table, awareness } = this.#options
    this.#nextAt = after(now, settings.probeIntervalMs * awareness.multiplier)
    const entry = table.nextToProbe()
    if (entry !== undefined) this.probe(now, entry, 'silent')
  }

  /** Probes a member now, whoever's turn it is. `reset` is for one whose connection was reset: all ways at once. */
  probe(now: Millis, entry: MemberEntry, kind: Probe['kind']): void {
    const { settings, awareness, post, nextSequence } = this.#options
    if (!isHere(entry) || this.#isProbed(entry, kind) || this.#probes.size >= settings.probesMax) return
    const stretch = awareness.multiplier
    const probe: Probe = {
      sequence: nextSequence(),
      entry,
      kind,
      askAt: after(now, kind === 'reset' ? 0 : settings.directTimeoutMs * stretch),
      verdictAt: after(now, kind === 'reset' ? settings.evidenceTimeoutMs : settings.probeTimeoutMs * stretch),
      asked: new Set(),
      nacked: new Set(),
    }
    this.#probes.set(probe.sequence, probe)
    post.send(entry, { type: 'ping', sequence: probe.sequence })
    if (kind === 'reset') this.#askOthers(now, probe)
  }

  /** The member itself answered, or one whom we asked says that it did. */
  acked(from: NodeId, path: Path, sequence: number): void {
    const probe = this.#probes.get(sequence)
    if (probe !== undefined && (probe.entry.id === from || probe.asked.has(from))) {
      if (probe.entry.id === from && path !== 'connection') probe.entry.isBehindConnection = false
      this.#succeed(probe)
    }
    const relay = this.#relays.get(sequence)
    if (relay === undefined || relay.target !== from) return
    this.#relays.delete(sequence)
    this.#options.post.send(relay.asker, { type: 'ack', sequence: relay.askerSequence }, { path: relay.path })
  }

  nacked(from: NodeId, sequence: number): void {
    const probe = this.#probes.get(sequence)
    if (probe?.asked.has(from) === true) probe.nacked.add(from)
  }

  connectionProbed(sequence: number, reached: boolean): void {
    const probe = this.#probes.get(sequence)
    if (probe === undefined || !reached) return
    probe.entry.isBehindConnection = true
    this.#succeed(probe)
  }

  /** Tries to reach the target for somebody else. */
  relay(now: Millis, asker: MemberEntry, request: { path: Path; sequence: number; target: NodeId }): void {
    const { settings, table, post, nextSequence } = this.#options
    const entry = table.get(request.target)
    if (entry === undefined || this.#relays.size >= settings.relaysMax) return
    const sequence = nextSequence()
    const { path, target } = request
    const nackAt = after(now, settings.directTimeoutMs)
    this.#relays.set(sequence, { asker, askerSequence: request.sequence, path, target, nackAt })
    post.send(entry, { type: 'ping', sequence })
  }

  /** We slept: whoever did not answer meanwhile may have done so. */
  startOver(now: Millis): void {
    this.#probes.clear()
    this.#relays.clear()
    this.#nextAt = now
  }

  #isProbed(entry: MemberEntry, kind: Probe['kind']): boolean {
    for (const probe of this.#probes.values()) {
      if (probe.entry !== entry) continue
      if (kind === 'silent' || probe.kind === 'reset') return true
      this.#probes.delete(probe.sequence) // The quicker one takes its place.
    }
    return false
  }

  #askOthers(now: Millis, probe: Probe): void {
    const { settings, table, post, emit } = this.#options
    const { entry, sequence, askAt } = probe
    // However late we are, the others get the time that is theirs.
    probe.verdictAt = after(probe.verdictAt, now - askAt)
    probe.askAt = Infinity as Millis
    // It may be elsewhere by now: next time another of its addresses is tried, unless it is heard before.
    entry.heardAt = undefined
    entry.addressTurn++
    const others = table.pick(settings.indirectProbes, (other) => other !== entry && other.status === 'alive')
    for (const other of others) {
      probe.asked.add(other.id)
      post.send(other, { type: 'ask', sequence, target: entry.id })
    }
    emit({ type: 'probe-connection', sequence, peer: entry.id, timeoutMs: Math.max(1, probe.verdictAt - now) })
  }

  #succeed(probe: Probe): void {
    this.#probes.delete(probe.sequence)
    if (probe.kind === 'silent') this.#options.awareness.improve()
  }

  #fail(now: Millis, { sequence, entry, kind, asked, nacked }: Probe): void {
    const { awareness, beliefs } = this.#options
    this.#probes.delete(sequence)
    // Who was asked and did not even say that it failed is missing too: then it may be us who hear nothing.
    if (kind === 'silent') awareness.worsen(asked.size > 0 ? asked.size - nacked.size : 1)
    beliefs.accuse(now, entry, kind)
  }

  #nack(sequence: number, { asker, askerSequence, path }: Relay): void {
    this.#relays.delete(sequence)
    this.#options.post.send(asker, { type: 'nack', sequence: askerSequence }, { path })
  }
}
