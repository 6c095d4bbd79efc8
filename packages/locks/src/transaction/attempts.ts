import { sleep } from '@flotilla/core/time'
import { DeadlockError, type ClientWorld } from '../holding/acquisition.ts'
import { backoffOf } from '../session/persistence.ts'
import type { SessionWorld } from '../session/session.ts'
import { RunningTransaction } from './running-transaction.ts'
import type { Transaction, TransactionOptions } from './transaction.ts'

export interface TransactionWorld extends ClientWorld, Pick<SessionWorld, 'limits' | 'prng'> {
  /** A name that no other owner of this client has. */
  readonly nextOwner: () => string
}

/** Does the work in a transaction; again, in another of the same age, where a deadlock was in its way. */
export async function runTransaction<Result>(
  world: TransactionWorld,
  work: (tx: Transaction) => Promise<Result>,
  options: TransactionOptions,
): Promise<Result> {
  const { signal, retries = 0 } = options
  const pauses = backoffOf(world)
  let age: RunningTransaction['age']
  for (let retriesLeft = retries; ; retriesLeft--) {
    signal?.throwIfAborted()
    const session = await world.sessions.current({ signal })
    const tx = new RunningTransaction(world, session, world.nextOwner(), age)
    const stop = (): void => tx.stop(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    try {
      const result = await work(tx)
      // What it did, it did without a lock: that is no success.
      session.assertAlive()
      if (tx.doom !== undefined) throw tx.doom
      return result
    } catch (error) {
      if (retriesLeft <= 0 || !isDeadlock(error, tx)) throw error
      age = tx.age
    } finally {
      signal?.removeEventListener('abort', stop)
      await tx.end()
    }
    await sleep(world.clock, pauses.nextMs(), signal === undefined ? {} : { signal })
  }
}

function isDeadlock(error: unknown, { doom }: RunningTransaction): boolean {
  if (!(doom instanceof DeadlockError)) return false
  return error === doom || (error instanceof Error && error.cause === doom)
}
