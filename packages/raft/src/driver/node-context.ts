import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import type { Logger } from '@flotilla/core/observe'
import type { Prng } from '@flotilla/core/random'
import type { Clock, Millis } from '@flotilla/core/time'
import type { Message } from '../messages.ts'
import type { RaftLimits } from '../raft.ts'
import type { RaftSettings } from '../settings.ts'
import type { GroupWrite, RaftStorage } from '../storage/storage.ts'
import type { GroupName, WriteNumber } from '../types.ts'
import type { CallerTable } from './caller-table.ts'
import type { GroupDriver } from './group-driver.ts'
import type { PeerTable } from './peer-table.ts'
import type { RaftInstruments } from './raft-instruments.ts'
import type { SnapshotSlots } from './snapshots/snapshot-slots.ts'
import type { SteadyClock } from './steady-clock.ts'

/** What the parts of one node share. */
export interface NodeContext {
  readonly self: NodeId
  readonly clock: Clock
  readonly steadyClock: SteadyClock
  readonly prng: Prng
  readonly settings: RaftSettings
  readonly limits: RaftLimits
  readonly storage: RaftStorage
  readonly logger: Logger
  readonly instruments: RaftInstruments
  readonly callers: CallerTable
  readonly peers: PeerTable
  readonly snapshotSlots: SnapshotSlots
  readonly channel: Channel
  /** What the node was stopped by, once it was. */
  readonly stoppedBy: Error | undefined
  /** Lets that group have its part in the end of this turn. */
  mark(group: GroupDriver): void
  /** Leaves at the end of this turn. */
  send(to: NodeId, group: GroupName, message: Message): void
  /** Becomes durable together with what else this turn writes. */
  write(group: GroupDriver, write: GroupWrite, number: WriteNumber): void
  /** Calls back after whatever else the event loop has to do now. */
  nextTurn(): Promise<void>
  /** Wakes that group then, at the latest. */
  wake(group: GroupDriver, at: Millis): void
  /** Nothing can be trusted any more: everything stops. */
  fail(error: unknown): void
}
