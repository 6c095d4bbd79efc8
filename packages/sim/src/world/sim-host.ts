import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import type { MemoryDisk, MemoryNode } from '@flotilla/core/testing'
import type { DiskWeather } from '../faults/disk-weather.ts'
import type { HostSpec } from '../suite.ts'
import type { Incarnation } from './incarnation.ts'

/** What the world keeps of a host across its lives. */
export interface SimHost {
  readonly spec: HostSpec
  readonly id: NodeId
  readonly random: Prng
  readonly disk: MemoryDisk
  readonly weather: DiskWeather
  /** How fast its clock runs; the same in every life. */
  readonly pace: number
  /** How far its calendar is off; jumps change it. */
  wallOffsetMs: number
  /** Undefined while it is down. */
  life: Life | undefined
  /** How many lives it has had. */
  lives: number
}

export interface Life {
  readonly incarnation: Incarnation
  readonly node: MemoryNode
  readonly closeDisk: () => Promise<void>
  /** What `start` resolves to; settled by `boot`, never rejected. */
  readonly service: PromiseWithResolvers<AsyncDisposable>
  stopping: boolean
}

export function isMortal(host: { readonly spec: HostSpec }): boolean {
  return host.spec.mortal !== false
}
