import type { Bench, Running } from '@flotilla/core/testing'
import type { ApplyContext, Index, LogMillis } from '@flotilla/raft'
import {
  createLockMachineKind,
  lockLimits,
  type LockCommand,
  type LockMachine,
  type LockResult,
  type LockSessionId,
} from '../src/machine/index.ts'

/** As large as the curves need: 10,000 sessions, keys and waiters. */
const kind = createLockMachineKind({ ...lockLimits, requestsPerSessionMax: 65_536 })

/** One machine with its log, and the codecs that a command and its result go through on their way. */
class Subject {
  readonly machine: LockMachine = kind.create()
  #index = 0
  readonly #requests = new Map<LockSessionId, number>()

  run(command: LockCommand): LockResult {
    const { codecs } = this.machine
    const context: ApplyContext = {
      index: ++this.#index as Index,
      time: 0 as LogMillis,
      version: 1,
      emit: () => undefined,
    }
    const decoded = codecs.command.decode(codecs.command.encode(command))
    return codecs.result.decode(codecs.result.encode(this.machine.apply(decoded, context)))
  }

  open(): LockSessionId {
    const key = new Uint8Array(16)
    new DataView(key.buffer).setUint32(0, this.#index + 1)
    const opened = this.run({ type: 'open-session', key, name: 'bench', ttlMs: 60_000, lockDelayMs: 0 })
    return opened.type === 'session-opened' ? opened.session : (0 as LockSessionId)
  }

  /** Returns the number of the request, for its release. */
  acquire(session: LockSessionId, resource: string, mode: 'shared' | 'exclusive', owner?: string): number {
    const request = (this.#requests.get(session) ?? 0) + 1
    this.#requests.set(session, request)
    const asking = { session, owner: owner ?? `o${request}`, request, resource, mode, wait: true }
    this.run({ type: 'acquire', ...asking } as LockCommand)
    return request
  }

  release(session: LockSessionId, request: number): void {
    this.run({ type: 'release', session, request, because: 'done' } as LockCommand)
  }
}

/** Each in turn. */
function turning(count: number): () => number {
  let next = 0
  return () => (next === count ? (next = 1) - 1 : next++)
}

/** A lock and an unlock of a key that nobody else wants, while so many others are held. */
function uncontended(keys: number): Running {
  const subject = new Subject()
  const session = subject.open()
  for (let key = 0; key < keys; key++) subject.acquire(session, `held/${key}`, 'exclusive')
  return each(() => subject.release(session, subject.acquire(session, 'free', 'exclusive')))
}

/** So many sessions wait for one key: its holder releases it, the first of them gets it, and one more comes. */
function queued(waiters: number): Running {
  const subject = new Subject()
  const sessions = Array.from({ length: waiters + 1 }, () => subject.open())
  const held = sessions.map((session) => subject.acquire(session, 'hot', 'exclusive'))
  const turn = turning(sessions.length)
  return each(() => {
    const at = turn()
    const session = sessions[at] as LockSessionId
    subject.release(session, held[at] as number)
    held[at] = subject.acquire(session, 'hot', 'exclusive')
  })
}

/** So many wait for one key, and the last of them gives up and comes again. */
function givingUp(waiters: number): Running {
  const subject = new Subject()
  const session = subject.open()
  for (let waiter = 0; waiter < waiters; waiter++) subject.acquire(session, 'hot', 'exclusive')
  return each(() => subject.release(session, subject.acquire(session, 'hot', 'exclusive')))
}

/** So many readers hold a key, and one more comes and goes. */
function reading(readers: number): Running {
  const subject = new Subject()
  const session = subject.open()
  for (let reader = 0; reader < readers; reader++) subject.acquire(session, 'read', 'shared')
  return each(() => subject.release(session, subject.acquire(session, 'read', 'shared')))
}

/**
 * The search for a deadlock at its longest, without one: each owner but the first waits for what the next one holds,
 * somebody waits for the first, and that one begins to wait for the second, and gives up.
 */
function chained(owners: number): Running {
  const subject = new Subject()
  const session = subject.open()
  for (let owner = 0; owner <= owners; owner++) subject.acquire(session, `link/${owner}`, 'exclusive', `owner/${owner}`)
  for (let owner = 1; owner < owners; owner++) {
    subject.acquire(session, `link/${owner + 1}`, 'exclusive', `owner/${owner}`)
  }
  subject.acquire(session, 'link/0', 'exclusive', 'before the first')
  return each(() => subject.release(session, subject.acquire(session, 'link/1', 'exclusive', 'owner/0')))
}

/** A snapshot of so many keys, each with a holder. */
function snapshotting(keys: number): Running {
  const subject = new Subject()
  const session = subject.open()
  for (let key = 0; key < keys; key++) subject.acquire(session, `held/${key}`, 'exclusive')
  return each(() => {
    let bytes = 0
    for (const piece of subject.machine.snapshot()) bytes += piece.length
    return bytes
  })
}

function each(operation: () => unknown): Running {
  return {
    work(count) {
      for (let done = 0; done < count; done++) operation()
      return count
    },
  }
}

export const bench: Bench = {
  name: 'lock-machine',
  summary: 'The lock machine alone, codecs included, without a log: what a lock costs each replica besides raft.',
  figures: [
    { metric: 'lock and unlock, uncontended', unit: 'pairs', ours: () => uncontended(0) },
    { metric: 'release to the first of 100 waiters, and wait again', unit: 'pairs', ours: () => queued(100) },
  ],
  curves: [
    { metric: 'lock and unlock, with other keys held', items: 'keys held', start: uncontended },
    { metric: 'release to the first waiter, and wait again', items: 'waiters', start: queued },
    { metric: 'wait, and give up', items: 'waiters', start: givingUp },
    { metric: 'join readers, and leave', items: 'readers', start: reading },
    { metric: 'wait at the end of a chain of owners', items: 'owners', start: chained },
    { metric: 'snapshot', items: 'keys held', start: snapshotting },
  ],
}
