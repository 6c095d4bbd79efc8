/** One of our own invariants is broken: a bug in Flotilla, never the fault of a peer, a disk or a user. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Stops at our own bugs, in production too. Never use it on what came from outside: that is a `ProtocolError`. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (condition) return
  throw new InvariantError(`broken invariant: ${invariant}`)
}

/** Closes an exhaustive `switch`; the compiler refuses it while a case is missing. */
export function unreachable(value: never, what: string): never {
  throw new InvariantError(`broken invariant: unknown ${what} ${shown(value)}`)
}

function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value) // A bigint, or something that holds itself.
  }
}
