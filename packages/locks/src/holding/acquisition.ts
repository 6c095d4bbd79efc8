import { FlotillaError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import type { AcquireOutcome, Instruments } from '../instruments.ts'
import type { WaitOptions } from '../locks.ts'
import { cycleText, type DeadlockCycle, type LockParty } from '../machine/index.ts'
import { patienceOf, type Patience } from '../patience.ts'
import { Claim, type Wish } from '../session/claim.ts'
import type { Session } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'

/** What everything that is acquired through one client stands on. */
export interface ClientWorld {
  readonly sessions: Sessions
  readonly clock: Clock
  readonly instruments: Instruments
}

export interface Busy {
  readonly type: 'busy'
  readonly holders: readonly LockParty[]
  readonly delayedMs: number
}

/** Opens a session where there is none, asks, and waits. Rejects with `deadlock` and what else may come in between. */
export async function acquire(world: ClientWorld, wish: Wish, options: WaitOptions): Promise<Claim | Busy> {
  using patience = patienceOf(world.clock, wish.key, options)
  return await measured(world, wish, patience, async () => {
    const session = await world.sessions.current({ signal: patience.signal })
    return claim(session, wish, patience)
  })
}

/** As `acquire`, in a session that must not change, as that of a transaction. */
export async function acquireIn(
  world: ClientWorld,
  session: Session,
  wish: Wish,
  options: WaitOptions,
): Promise<Claim | Busy> {
  using patience = patienceOf(world.clock, wish.key, options)
  return await measured(world, wish, patience, () => claim(session, wish, patience))
}

async function claim(session: Session, wish: Wish, patience: Patience): Promise<Claim | Busy> {
  const made = new Claim(session, wish)
  try {
    const end = await made.obtain(patience.signal)
    if (end.type === 'deadlock') throw deadlocked(wish.key, end.cycle, made.age)
    return end.type === 'busy' ? end : made
  } catch (error) {
    made.takeBack(patience.because)
    throw error
  }
}

export async function measured<Result>(
  { clock, instruments }: Pick<ClientWorld, 'clock' | 'instruments'>,
  wish: Pick<Wish, 'mode'>,
  patience: Patience,
  act: () => Promise<Claim | Result>,
): Promise<Claim | Result> {
  const began = clock.now()
  const { mode } = wish
  try {
    const got = await act()
    const isHeld = got instanceof Claim
    instruments.acquired(mode, isHeld ? 'granted' : 'busy')
    if (isHeld && got.hasWaited) instruments.waited(mode, (clock.now() - began) / 1_000)
    return got
  } catch (error) {
    const outcome = outcomeOf(error, patience)
    instruments.acquired(mode, outcome)
    if (outcome === 'timeout') instruments.timeout()
    if (outcome === 'deadlock') instruments.deadlock()
    if (outcome !== 'failed') instruments.waited(mode, (clock.now() - began) / 1_000)
    throw error
  }
}

function outcomeOf(error: unknown, patience: Patience): AcquireOutcome {
  if (patience.signal?.aborted) return patience.because === 'timeout' ? 'timeout' : 'cancelled'
  if (!(error instanceof FlotillaError)) return 'failed'
  const code = String(error.code)
  return code === 'deadlock' || code === 'session-expired' ? code : 'failed'
}

/** Why the youngest of a ring had to give way. */
export class DeadlockError extends FlotillaError<'deadlock'> {
  override readonly name = 'DeadlockError'
  readonly cycle: DeadlockCycle
  /** How old the owner is; for another try at the same age. */
  readonly age: Claim['age']

  constructor(key: string, cycle: DeadlockCycle, age: Claim['age']) {
    super('deadlock', `waiting for ${JSON.stringify(key)} would never end: ${cycleText(cycle)}`, {
      hint: 'release what you hold and begin anew; transaction does that by itself when it is given retries',
    })
    this.cycle = cycle
    this.age = age
  }
}

function deadlocked(key: string, cycle: DeadlockCycle, age: Claim['age']): DeadlockError {
  return new DeadlockError(key, cycle, age)
}

export function busyError(key: string, { holders, delayedMs }: Busy): FlotillaError<'busy'> {
  const names = holders.map(({ name, owner }) => `${name} (${owner})`)
  const why =
    names.length > 0
      ? `is held by ${names.join(', ')}`
      : delayedMs > 0
        ? `is closed for ${delayedMs} ms more, as its holder was lost`
        : 'is waited for by others'
  return new FlotillaError('busy', `${JSON.stringify(key)} ${why}`, { hint: 'wait for it, or try again later' })
}
