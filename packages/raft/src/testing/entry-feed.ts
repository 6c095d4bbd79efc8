import { CommandEncoder, encodePayload } from '../replica/payload-codec.ts'
import type { CommandNumber, Outcome, Payload, Replica, SessionId } from '../replica/replica-contract.ts'
import { validateSessionLimits, type SessionLimits } from '../replica/session-limits.ts'
import type { Entry, EntryKind, Index, LogMillis, Term } from '../types.ts'

/** Feeds a replica, or several, with entries as a log would, for tests. */
export class EntryFeed {
  readonly #replicas: readonly Replica[]
  readonly #encoder = new CommandEncoder()
  #index: number
  time = 0

  constructor(...replicas: readonly Replica[]) {
    this.#replicas = replicas
    this.#index = replicas[0]?.applied ?? 0
  }

  /** What became of it at the first replica. */
  entry(kind: EntryKind, data: Uint8Array): Outcome {
    this.#index++
    const entry: Entry = { index: this.#index as Index, term: 1 as Term, kind, data }
    const [first, ...others] = this.#replicas.map((replica) => replica.apply(entry))
    for (const other of others) if (!isSame(first, other)) throw new Error('replicas differ')
    return first ?? { type: 'nothing' }
  }

  payload(payload: Payload): Outcome {
    return this.entry('command', encodePayload(payload))
  }

  open(key: number | Uint8Array = 1, limits: Partial<SessionLimits> = {}): Outcome {
    const keyBytes = typeof key === 'number' ? new Uint8Array(8).fill(key) : key
    return this.payload({
      type: 'open-session',
      time: this.#now(),
      limits: validateSessionLimits(limits),
      key: keyBytes,
    })
  }

  /** The command is a text, or bytes. */
  command(session: number, number: number, command: string | Uint8Array, answeredBelow: number = 1): Outcome {
    const data = this.#encoder.encode(
      this.#now(),
      session as SessionId,
      number as CommandNumber,
      answeredBelow as CommandNumber,
      typeof command === 'string' ? new TextEncoder().encode(command) : command,
    )
    return this.entry('command', data)
  }

  bare(command: string): Outcome {
    return this.payload({ type: 'bare-command', time: this.#now(), command: new TextEncoder().encode(command) })
  }

  pass(milliseconds: number): Outcome {
    this.time += milliseconds
    return this.payload({ type: 'time', time: this.#now() })
  }

  close(session: number): Outcome {
    return this.payload({ type: 'close-session', time: this.#now(), session: session as SessionId })
  }

  version(version: number): Outcome {
    return this.payload({ type: 'version', time: this.#now(), version })
  }

  #now(): LogMillis {
    return this.time as LogMillis
  }
}

function isSame(one: Outcome | undefined, other: Outcome): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
