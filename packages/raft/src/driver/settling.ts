import { FlotillaError } from '@flotilla/core/errors'
import { sleep, type Clock } from '@flotilla/core/time'
import { membersOf } from '../core/configuration.ts'
import type { CallOptions, Group, GroupStatus, RaftErrorCode } from '../group.ts'
import { driverLimits } from '../limits.ts'
import type { Configuration } from '../types.ts'

type Wanted = Pick<Configuration, 'voters' | 'learners'>

/** Whose members are changed. */
type Settled = Pick<Group<never, never, never, never>, 'name' | 'changeMembers'> & { status(): GroupStatus }

/**
 * Makes these the members, in two steps where nodes come new as voters: first they learn, so that the group has its
 * majority while they catch up (thesis §4.2.1); then they vote.
 */
export async function settleMembers(
  group: Settled,
  clock: Clock,
  wanted: Wanted,
  options: CallOptions & { readonly timeoutMs: number },
): Promise<void> {
  const { signal, timeoutMs } = options
  const until = clock.now() + timeoutMs
  const left = (): CallOptions => {
    const leftMs = until - clock.now()
    if (leftMs > 0) return { timeoutMs: leftMs, ...(signal === undefined ? {} : { signal }) }
    throw new FlotillaError(
      'deadline-exceeded' satisfies RaftErrorCode,
      `the members of group ${group.name} were not settled within ${timeoutMs} ms`,
      { hint: 'see that new members run and are connected; what was reached stays' },
    )
  }
  for (;;) {
    const { configuration } = group.status()
    const known = membersOf(configuration)
    const { voters, learners } = configuration
    const coming = wanted.voters.filter((member) => !known.includes(member))
    try {
      if (coming.length > 0) await group.changeMembers({ voters, learners: [...learners, ...coming] }, left())
      return await group.changeMembers(wanted, left())
    } catch (error) {
      if (!(error instanceof FlotillaError) || !passes(error.code as RaftErrorCode)) throw error
      left()
    }
    await sleep(clock, driverLimits.settleAgainMs, signal === undefined ? {} : { signal })
  }
}

/** Whether it is over by itself after a while. */
function passes(code: RaftErrorCode): boolean {
  return code === 'not-caught-up' || code === 'change-under-way'
}
