import { runAutopilot, type AutopilotStatus, type Founding, type RunningAutopilot } from '@flotilla/cluster'
import { nodeDisk } from '@flotilla/core/disk/node'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import type { Logger } from '@flotilla/core/observe'
import { lockMachine, type LockAnswer, type LockCommand, type LockQuery, type LockResult } from '@flotilla/locks'
import { openDiskStorage, raftDefaults, type RaftNode } from '@flotilla/raft'
import { nodeRaft } from '@flotilla/raft/node'
import type { MemberNote } from './founding-note.ts'
import { autopilotMembers, mayBeMember, mayRunCommands, type Standings } from './group-members.ts'
import { GroupPart } from './group-part.ts'
import type { MovingGroup } from './moving-group.ts'
import type { ServiceParts } from './service.ts'

export type LockGroup = MovingGroup<LockCommand, LockResult, LockQuery, LockAnswer>
export type LockGroupPart = GroupPart<LockCommand, LockResult, LockQuery, LockAnswer>

/** Of the group in which the nodes of a cluster decide who has which lock. */
export const lockGroupName = 'locks'

/** What being in a cluster means for the group. */
export interface RaftPlace extends Standings {
  readonly network: Network
  readonly holdsAuthority: () => boolean
}

/** This node's part in the group, running. */
export interface RaftMember extends AsyncDisposable {
  readonly raft: RaftNode
  readonly part: LockGroupPart
  readonly pilot: RunningAutopilot
}

export interface RaftMemberOptions {
  readonly parts: Pick<ServiceParts, 'settings' | 'clock' | 'entropy' | 'metrics'> & { readonly logger: Logger }
  readonly raftFolder: string
  readonly place: RaftPlace
  readonly founding: Founding
  readonly note: MemberNote
  readonly onFailed: (error: Error) => void
}

/** Rejects with a `FlotillaError` where the disk does not let it take part, and leaves nothing open then. */
export async function startRaftMember(options: RaftMemberOptions): Promise<RaftMember> {
  const {
    parts: { settings, clock, entropy, metrics, logger },
    raftFolder,
    place,
    founding,
    note,
    onFailed,
  } = options
  await using parts = new AsyncDisposableStack()
  const disk = parts.use(await nodeDisk({ folder: raftFolder }))
  const storage = await openDiskStorage({ disk, entropy, logger, metrics })
  const isStored = [...storage.recovered.keys()].some((name) => name === lockGroupName)
  if (note.isThere && !isStored) {
    await storage[Symbol.asyncDispose]()
    throw lostGroup(raftFolder)
  }
  const made: { part?: LockGroupPart } = {}
  const raft = parts.use(
    nodeRaft({
      network: place.network,
      storage,
      clock,
      entropy,
      logger,
      metrics,
      admits: (peer) => mayRunCommands(place, peer),
      admitsMember: (peer) => mayBeMember(place, peer),
      onUnknownGroup: (name) => (name === lockGroupName ? made.part?.enter() : undefined),
      onStopped: onFailed,
    }),
  )
  const part = parts.use(
    new GroupPart({ name: lockGroupName, machine: lockMachine, raft, note, clock, logger, onFailed }),
  )
  made.part = part
  const isFounder = founding.state === 'founding'
  if (isStored || isFounder) await part.open(isFounder ? [place.self] : undefined)
  await founding.done()
  const pilot = parts.use(autopilotOf(part, place, { clock, steadyMs: settings['steady-seconds'] * 1_000 }, logger))
  const owned = parts.move()
  return { raft, part, pilot, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const noPart: AutopilotStatus = {
  role: 'follower',
  quiet: false,
  configuration: { voters: [], outgoing: [], learners: [] },
  members: [],
}

function autopilotOf(
  part: LockGroupPart,
  place: RaftPlace,
  { clock, steadyMs }: Pick<ServiceParts, 'clock'> & { readonly steadyMs: number },
  logger: Logger,
): RunningAutopilot {
  const inGroup = (): readonly NodeId[] => {
    const { voters, learners } = part.status()?.configuration ?? noPart.configuration
    return [...voters, ...learners]
  }
  return runAutopilot({
    self: place.self,
    group: {
      status: () => part.status() ?? noPart,
      async changeMembers(wanted, how) {
        await part.opened?.changeMembers(wanted, how)
      },
    },
    members: () => autopilotMembers(place, inGroup()),
    clock,
    caughtUpLagMax: raftDefaults.promotionLagMax,
    settings: { steadyMs },
    logger: logger.child({ part: 'autopilot' }),
  })
}

function lostGroup(folder: string): FlotillaError {
  const what = `this node is a member of the group, but ${folder} does not hold it any more`
  return new FlotillaError('group-lost', `${what}, and with it what the node has promised the others`, {
    hint:
      'put that folder back as it was; if it is lost, revoke this node, and let the machine join anew in an empty ' +
      'data folder',
  })
}
