import { after } from '@flotilla/core/time'
import { FlotillaError } from '@flotilla/core/errors'
import type { LockCommand } from '../machine/index.ts'
import { nothingMore, type OnPaid, type Session } from './session.ts'

/**
 * Tells the service now, if that can be done within `releaseTimeoutMs`, else in the background. Resolves with whether
 * it knows; it never rejects.
 */
export async function settle(
  session: Session,
  about: string,
  command: LockCommand,
  onPaid: OnPaid = nothingMore,
): Promise<boolean> {
  const { clock, limits } = session.world
  const patience = new AbortController()
  using _timer = clock.wakeAt(after(clock.now(), limits.releaseTimeoutMs), () =>
    patience.abort(new FlotillaError('deadline-exceeded', 'the service was not told in time')),
  )
  try {
    const { signal } = patience
    await onPaid(await session.ask(command, { signal }), signal)
    return true
  } catch (error) {
    if (!session.isAlive) return false
    session.world.logger.debug({ err: error }, 'the lock service is told later that something was let go')
    session.owe(about, command, onPaid)
    return false
  }
}
