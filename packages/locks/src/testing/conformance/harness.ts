import type { Locks } from '../../locks.ts'

/** A lock service under test, with as many clients as a case asks for. */
export interface LockHarness extends AsyncDisposable {
  /** Makes one more client, with `conformanceLease`. */
  readonly client: (name: string) => Promise<LockClient>
  /**
   * Asks `condition` again and again, while the world goes on, and resolves when it says true. It rejects, with `what`,
   * if that does not come to pass for longer than anything should take.
   */
  readonly until: (what: string, condition: () => boolean) => Promise<void>
  /** Resolves when all that is under way, and needs nobody to do anything, can be expected to have happened. */
  readonly settle: () => Promise<void>
  /** Lets so much time pass, everywhere. */
  readonly elapse: (durationMs: number) => Promise<void>
}

export interface LockClient {
  readonly locks: Locks
  /** The client reaches the service no more, nor is it reached, and neither is told. */
  readonly cut: () => Promise<void>
  readonly heal: () => Promise<void>
}

/** What a harness may be unable to do; cases that need it are left out. */
export type LockHarnessAbility = 'cut'

/** How the clients of a harness are made. */
export interface ConformanceLease {
  readonly ttlMs: number
  readonly lockDelayMs: number
}

export const conformanceLease: ConformanceLease = { ttlMs: 3_000, lockDelayMs: 1_000 }

/** One case, as the files beside this one write it down. */
export interface LockCase {
  readonly name: string
  readonly needs?: LockHarnessAbility
  readonly run: (harness: LockHarness) => Promise<void>
}
