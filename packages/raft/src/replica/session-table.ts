import type { LogMillis } from '../types.ts'
import type { SessionId } from './replica-contract.ts'
import type { SessionLimits } from './session-limits.ts'
import { Session } from './session.ts'

/**
 * The sessions of a group in order of use. The order comes from the log alone, so that every replica lets the same ones
 * go.
 */
export class SessionTable {
  limits: SessionLimits
  /** Exactly the sessions that are linked from `#oldest` to `#newest`. */
  readonly #byId = new Map<SessionId, Session>()
  /** The same sessions. */
  readonly #byKey = new Map<string, Session>()
  #oldest: Session | undefined
  #newest: Session | undefined

  constructor(limits: SessionLimits) {
    this.limits = limits
  }

  get size(): number {
    return this.#byId.size
  }

  /** When the oldest session goes, if nobody uses it. */
  deadline(): LogMillis {
    const oldest = this.#oldest
    return (oldest === undefined ? Infinity : oldest.lastUsed + this.limits.sessionIdleMs) as LogMillis
  }

  /** The session, which counts as used at that time. */
  use(id: SessionId, time: LogMillis): Session | undefined {
    const session = this.#byId.get(id)
    if (session !== undefined) this.#touch(session, time)
    return session
  }

  /** The session of that key, or a new one; others go if there are too many. The limits hold from now on. */
  open(id: SessionId, key: Uint8Array, limits: SessionLimits, time: LogMillis): Session {
    this.limits = limits
    const known = this.#byKey.get(textOf(key))
    if (known !== undefined) this.#touch(known, time)
    const room = known === undefined ? limits.sessionsMax - 1 : limits.sessionsMax
    while (this.#byId.size > room && this.#oldest !== undefined) this.#remove(this.#oldest)
    if (known !== undefined) return known
    // A copy, since the key may be part of a whole slab of entries that would stay in memory with it.
    const opened = new Session(id, key.slice(), time)
    this.add(opened)
    return opened
  }

  /** As the newest. Returns whether its id and key were free. */
  add(session: Session): boolean {
    const key = textOf(session.key)
    if (this.#byId.has(session.id) || this.#byKey.has(key)) return false
    this.#byId.set(session.id, session)
    this.#byKey.set(key, session)
    this.#link(session)
    return true
  }

  close(id: SessionId): void {
    const session = this.#byId.get(id)
    if (session !== undefined) this.#remove(session)
  }

  /** Lets go of the sessions that nobody has used for too long. */
  expire(time: LogMillis): void {
    while (this.#oldest !== undefined && this.deadline() <= time) this.#remove(this.#oldest)
  }

  *oldestFirst(): Generator<Session> {
    for (let session = this.#oldest; session !== undefined; session = session.newer) yield session
  }

  #touch(session: Session, time: LogMillis): void {
    session.lastUsed = time
    if (this.#newest === session) return
    this.#unlink(session)
    this.#link(session)
  }

  #remove(session: Session): void {
    this.#byId.delete(session.id)
    this.#byKey.delete(textOf(session.key))
    this.#unlink(session)
  }

  #link(session: Session): void {
    session.older = this.#newest
    session.newer = undefined
    if (this.#newest === undefined) this.#oldest = session
    else this.#newest.newer = session
    this.#newest = session
  }

  #unlink(session: Session): void {
    if (session.older === undefined) this.#oldest = session.newer
    else session.older.newer = session.newer
    if (session.newer === undefined) this.#newest = session.older
    else session.newer.older = session.older
  }
}

/** One character for each byte: a key of at most 64 bytes as something that a map can look up. */
function textOf(key: Uint8Array): string {
  return String.fromCharCode(...key)
}
