import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { configurationFault, nobody, sorted } from '../core/configuration.ts'
import type { RaftErrorCode } from '../group.ts'
import { createReplica, restoreReplica } from '../replica/replica.ts'
import type { Replica } from '../replica/replica-contract.ts'
import type { RaftSettings } from '../settings.ts'
import type { MachineKind } from '../state-machine.ts'
import type { RaftStorage, RecoveredGroup } from '../storage/storage.ts'
import type { Configuration, GroupName, Index, SnapshotMark, Term } from '../types.ts'

/** What a group begins with on this node: what its disk says, or, where that knows nothing, the first members. */
export async function beginGroup(
  storage: RaftStorage,
  group: GroupName,
  recovered: RecoveredGroup | undefined,
  voters: readonly NodeId[] | undefined,
): Promise<RecoveredGroup> {
  if (recovered !== undefined) return recovered
  const term = 0 as Term
  const snapshot: SnapshotMark = { index: 0 as Index, term, configuration: firstMembers(voters), id: '', bytes: 0 }
  const hardState = { term, vote: undefined }
  await storage.write([{ group, hardState, snapshot }])
  return { hardState, snapshot, entries: [] }
}

function firstMembers(voters: readonly NodeId[] | undefined): Configuration {
  if (voters === undefined) return nobody
  const configuration = { ...nobody, voters: sorted(voters) }
  const fault = voters.length === 0 ? 'a group begins with at least one voter' : configurationFault(configuration)
  if (fault === undefined) return configuration
  throw new FlotillaError('wrong-members' satisfies RaftErrorCode, fault, { hint: 'name each voter once' })
}

/** A machine as that snapshot says. Rejects with `snapshot-unloadable`. */
export async function loadReplica<Command, Result, Query, Answer>(
  storage: RaftStorage,
  group: GroupName,
  machineKind: MachineKind<Command, Result, Query, Answer>,
  snapshot: SnapshotMark,
): Promise<Replica> {
  if (snapshot.id === '') return createReplica({ machineKind })
  return await restoreReplica(storage.snapshots.read(group, snapshot), { machineKind })
}

/** Throws where one message of the group could not be carried. */
export function checkMessageSizes(settings: RaftSettings, messageBytesMax: number): void {
  // A message may be as long as one command more than `appendBytesMax`; entries and messages have heads.
  const { appendBytesMax, appendEntriesMax, commandBytesMax } = settings
  const needed = Math.max(appendBytesMax, commandBytesMax) + 16 * appendEntriesMax + 1_024
  if (needed <= messageBytesMax) return
  throw new FlotillaError(
    'wrong-setting',
    `raft: appendBytesMax ${appendBytesMax}, commandBytesMax ${commandBytesMax} and appendEntriesMax ` +
      `${appendEntriesMax} make messages of ${needed} bytes; the network carries ${messageBytesMax} (messageBytesMax)`,
    { hint: 'lower the ones or raise the other' },
  )
}
