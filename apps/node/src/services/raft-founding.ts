import type { Founding } from '@flotilla/cluster'
import { FlotillaError } from '@flotilla/core/errors'
import { nodeLimitsDefaults } from '../limits.ts'
import type { LockGroupPart, RaftPlace } from './raft-member.ts'

/**
 * Creates the group in a cluster from before there were groups, whose maker has noted nothing. It is somebody's order,
 * because no node can know that no other one has done it: two groups would be two owners of each lock.
 */
export async function foundGroup(founding: Founding, part: LockGroupPart, place: RaftPlace): Promise<void> {
  if (founding.state !== 'unknown' || part.opened !== undefined) {
    throw new FlotillaError('already-founded', 'this cluster has its group already, or its maker creates it', {
      hint: 'see `flotilla raft` on its other machines',
    })
  }
  if (!place.holdsAuthority()) {
    throw new FlotillaError('not-the-authority', 'only a machine that holds the authority may create the group', {
      hint: 'run this where `flotilla init` was run, and on that machine only',
    })
  }
  if (await isAnswered(part)) {
    throw new FlotillaError('already-founded', 'another machine of this cluster has created the group already', {
      hint: 'nothing is to be done: this one becomes a member by itself',
    })
  }
  await founding.begins()
  await part.open([place.self])
  await founding.done()
}

async function isAnswered({ group }: LockGroupPart): Promise<boolean> {
  try {
    await group.read({ type: 'counters' }, { timeoutMs: nodeLimitsDefaults.groupSoughtMs })
    return true
  } catch (error) {
    if (error instanceof FlotillaError) return false
    throw error
  }
}
