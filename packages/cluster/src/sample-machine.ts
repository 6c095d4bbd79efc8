import type { Crypto } from '@flotilla/core/crypto'
import { Prng, type Entropy } from '@flotilla/core/random'
import { ManualClock, RecordingLogger } from '@flotilla/core/testing'
import type { ClusterMember, ClusterMemberOptions } from './cluster-member.ts'
import { openClusterMember } from './open-member.ts'
import type { DoorPipe } from './ports.ts'
import { memoryClusterStore, memoryDoor, type MemoryClusterStore, type MemoryDoorOptions } from './testing/index.ts'

/** 2026-03-01T12:00:00Z */
export const sampleNowMs = 1_772_366_400_000
export const sampleAddress = { host: '10.0.0.1', port: 4_711 } as const

/** What the tests of this folder are made of: a machine with a key, a store and a clock, the same on every run. */
export interface SampleMachine {
  readonly secretKey: Uint8Array
  readonly store: MemoryClusterStore
  readonly clock: ManualClock
  readonly logger: RecordingLogger
  readonly member: ClusterMember
  /** The machine after a restart: what was not durable is gone. */
  readonly restarted: (store?: MemoryClusterStore) => Promise<SampleMachine>
}

export interface SampleOptions extends Partial<ClusterMemberOptions> {
  readonly crypto: Crypto
  readonly seed: number
  readonly clock?: ManualClock
  readonly store?: MemoryClusterStore
}

export async function sampleMachine(options: SampleOptions): Promise<SampleMachine> {
  const { seed, clock = new ManualClock({ wallMs: sampleNowMs }), store = memoryClusterStore() } = options
  const logger = new RecordingLogger()
  const secretKey = new Uint8Array(32).fill(seed)
  const entropy = seededEntropy(seed)
  const member = await openClusterMember({ entropy, logger, ...options, store, clock, secretKey })
  const restarted = (after = memoryClusterStore({ records: store.records() })): Promise<SampleMachine> =>
    sampleMachine({ ...options, clock, store: after, seed })
  return { secretKey, store, clock, logger, member, restarted }
}

export function seededEntropy(seed: number): Entropy {
  const prng = new Prng(seed)
  return { bytes: (length) => Uint8Array.from({ length }, () => prng.below(256)) }
}

/** A machine that has made a cluster. */
export async function sampleAuthority(options: SampleOptions): Promise<SampleMachine> {
  const machine = await sampleMachine(options)
  await machine.member.init({ name: 'first' })
  return machine
}

/** How a newcomer reaches a machine's door: by a pipe in memory at whose other end that machine serves. */
export function doorTo(host: SampleMachine, options: MemoryDoorOptions = {}): () => Promise<DoorPipe> {
  return () => {
    const door = memoryDoor(options)
    host.member.serveDoor(door.host).catch((error: unknown) => host.logger.info({ err: error }, 'door failed'))
    return Promise.resolve(door.newcomer)
  }
}

/** Invites and joins. */
export async function admitted(host: SampleMachine, newcomer: SampleMachine, name: string): Promise<void> {
  const { token } = await host.member.invite({ role: 'node', addresses: [sampleAddress] })
  await newcomer.member.join({ token, name, open: doorTo(host) })
}

/** The code of the error that `act` rejects with, or `done`. */
export async function outcomeOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act()
    return 'done'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
