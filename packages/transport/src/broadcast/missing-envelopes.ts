import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { EnvelopeId } from './envelope-id.ts'
import type { BroadcastLimits } from './limits.ts'

interface Announcer {
  /** What it announced and that is not here; `size <= announcedPerPeerMax`. */
  readonly announced: Set<EnvelopeId>
  /** Those of them that were asked of it, and until when it may take, which is their order; `<= wantsInFlightMax`. */
  readonly asked: Map<EnvelopeId, Millis>
  /** Asked for in vain since it last sent one. */
  failures: number
}

interface Missing {
  /** Exactly the peers whose `announced` has it; not empty. */
  readonly announcers: Set<NodeId>
  /** Of whom it was asked, who then has it in `asked`. */
  asked: NodeId | undefined
}

/** A peer that failed so often in a row is asked only if nobody else announces the same before the next exchange. */
const failuresDoubtful = 3

/**
 * What peers have announced and we do not have: whom to ask for what. One peer is asked at a time for one envelope;
 * when it does not send it in time, it has no more to do with that one, and whoever failed least is asked next. Each
 * peer's announcements count against itself only, so one that announces what does not exist keeps nobody else out.
 */
export class MissingEnvelopes {
  readonly #limits: BroadcastLimits
  readonly #missing = new Map<EnvelopeId, Missing>()
  readonly #announcers = new Map<NodeId, Announcer>()
  /** What is to be asked of whom, in the order in which that was decided. */
  #wants = new Map<NodeId, EnvelopeId[]>()

  constructor(limits: BroadcastLimits) {
    this.#limits = limits
  }

  get announced(): number {
    let sum = 0
    for (const { announced } of this.#announcers.values()) sum += announced.size
    return sum
  }

  /** The peer says that it has it, and we have not. */
  announce(peer: NodeId, id: EnvelopeId, now: Millis): void {
    const announcer = this.#announcers.get(peer) ?? { announced: new Set(), asked: new Map(), failures: 0 }
    if (announcer.announced.size >= this.#limits.announcedPerPeerMax || announcer.announced.has(id)) return
    this.#announcers.set(peer, announcer)
    announcer.announced.add(id)
    const missing = this.#missing.get(id) ?? { announcers: new Set(), asked: undefined }
    missing.announcers.add(peer)
    this.#missing.set(id, missing)
    if (missing.asked === undefined && announcer.failures < failuresDoubtful) this.#ask(id, missing, peer, now)
  }

  /** It came from this peer, as good or as bad as it is: nobody need send it any more. */
  came(id: EnvelopeId, from: NodeId, now: Millis): void {
    const missing = this.#missing.get(id)
    if (missing === undefined) return
    const sender = this.#announcers.get(from)
    if (sender !== undefined && missing.asked === from) sender.failures = 0
    this.#missing.delete(id)
    for (const peer of missing.announcers) this.#announcers.get(peer)?.announced.delete(id)
    if (missing.asked === undefined) return
    this.#announcers.get(missing.asked)?.asked.delete(id)
    this.#askMore(missing.asked, now)
  }

  /** The connection broke. */
  lost(peer: NodeId, now: Millis): void {
    const announcer = this.#announcers.get(peer)
    if (announcer === undefined) return
    this.#announcers.delete(peer)
    this.#wants.delete(peer)
    for (const id of announcer.announced) this.#withdraw(id, peer, now)
  }

  /** Gives up on whoever took too long. */
  expire(now: Millis): void {
    for (const [peer, announcer] of this.#announcers) {
      let expired = false
      for (const [id, until] of announcer.asked) {
        if (until > now) break
        announcer.asked.delete(id)
        announcer.announced.delete(id)
        announcer.failures += 1
        expired = true
        this.#withdraw(id, peer, now)
      }
      if (expired) this.#askMore(peer, now)
    }
  }

  /** Asks for whatever nobody was asked for yet, doubtful peers included. */
  sweep(now: Millis): void {
    for (const [id, missing] of this.#missing) {
      if (missing.asked === undefined) this.#askBest(id, missing, now)
    }
  }

  /** Takes out what to ask of whom. */
  drain(): ReadonlyMap<NodeId, readonly EnvelopeId[]> {
    const wants = this.#wants
    if (wants.size > 0) this.#wants = new Map()
    return wants
  }

  deadline(): Millis {
    let earliest = Infinity
    for (const { asked } of this.#announcers.values()) {
      for (const until of asked.values()) {
        earliest = Math.min(earliest, until)
        break
      }
    }
    return earliest as Millis
  }

  #withdraw(id: EnvelopeId, peer: NodeId, now: Millis): void {
    const missing = this.#missing.get(id)
    if (missing === undefined) return
    missing.announcers.delete(peer)
    if (missing.announcers.size === 0) {
      this.#missing.delete(id)
      return
    }
    if (missing.asked !== peer) return
    missing.asked = undefined
    this.#askBest(id, missing, now)
  }

  #askBest(id: EnvelopeId, missing: Missing, now: Millis): void {
    let best: NodeId | undefined
    let failuresOfBest = Infinity
    for (const peer of missing.announcers) {
      const announcer = this.#announcers.get(peer)
      if (announcer === undefined || announcer.asked.size >= this.#limits.wantsInFlightMax) continue
      if (announcer.failures >= failuresOfBest) continue
      best = peer
      failuresOfBest = announcer.failures
    }
    if (best !== undefined) this.#ask(id, missing, best, now)
  }

  /** The peer may be asked for more than before. */
  #askMore(peer: NodeId, now: Millis): void {
    const announcer = this.#announcers.get(peer)
    if (announcer === undefined || announcer.failures >= failuresDoubtful) return
    for (const id of announcer.announced) {
      if (announcer.asked.size >= this.#limits.wantsInFlightMax) return
      const missing = this.#missing.get(id)
      if (missing !== undefined && missing.asked === undefined) this.#ask(id, missing, peer, now)
    }
  }

  #ask(id: EnvelopeId, missing: Missing, peer: NodeId, now: Millis): void {
    const announcer = this.#announcers.get(peer)
    if (announcer === undefined || announcer.asked.size >= this.#limits.wantsInFlightMax) return
    missing.asked = peer
    announcer.asked.set(id, after(now, this.#limits.wantTimeoutMs))
    const wants = this.#wants.get(peer)
    if (wants === undefined) this.#wants.set(peer, [id])
    else wants.push(id)
  }
}
