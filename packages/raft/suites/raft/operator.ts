import { FlotillaError } from '@flotilla/core/errors'
import { repeat, type Host } from '@flotilla/sim'
import type { RegisterGroup, Town } from './town.ts'

/**
 * Changes members, hands leadership over and makes snapshots, from any host and at any time. In the end, everybody
 * whose disk is sound is to be a voter.
 */
export function operate(town: Town, host: Host, group: RegisterGroup): AsyncDisposable {
  return repeat(host, {
    pauseMs: [500, 4_000],
    async act() {
      try {
        if (town.world.isMended()) await settleAll(town, group)
        else await meddle(town, host, group)
      } catch (error) {
        // Whoever changes something at an unsuitable moment is told so; the invariants judge what came of it.
        if (!(error instanceof FlotillaError)) throw error
        host.note('operator', error.message)
      }
    },
  })
}

/** At most one host's disk rots, so that of three voters or more a majority keeps what was decided. */
const votersMin = 3

async function meddle(town: Town, { random, id }: Host, group: RegisterGroup): Promise<void> {
  const options = { timeoutMs: random.between(200, 3_000) }
  const drawn = random.below(10)
  if (drawn < 3) return void (await group.transferLeadership(undefined, options))
  if (drawn < 4) return void (await group.transferLeadership(id, options))
  if (drawn < 5) return group.compact()
  const sound = random.shuffled(town.soundIds())
  const count = Math.min(sound.length, random.between(votersMin, Math.max(votersMin, sound.length)))
  const voters = sound.slice(0, count).toSorted()
  const learners = sound
    .slice(count)
    .filter(() => random.chance(1, 2))
    .toSorted()
  if (drawn < 6) return group.changeMembers({ voters, learners }, options)
  // An election while two majorities are needed.
  if (drawn < 8) return changeAndTransfer(group, { voters, learners }, options)
  return group.settle({ voters, learners }, options)
}

async function changeAndTransfer(
  group: RegisterGroup,
  wanted: Parameters<RegisterGroup['changeMembers']>[0],
  options: { readonly timeoutMs: number },
): Promise<void> {
  const changing = group.changeMembers(wanted, options)
  const handingOver = group.transferLeadership(undefined, options)
  const ended = await Promise.allSettled([changing, handingOver])
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}

async function settleAll(town: Town, group: RegisterGroup): Promise<void> {
  if (isSettled(town, group)) return
  await group.settle({ voters: town.soundIds(), learners: [] }, { timeoutMs: 3_000 })
}

export function isSettled(town: Town, group: RegisterGroup): boolean {
  const { voters, outgoing, learners } = group.status().configuration
  if (outgoing.length > 0 || learners.length > 0) return false
  const sound = town.soundIds()
  return voters.length === sound.length && voters.every((voter) => sound.includes(voter))
}
