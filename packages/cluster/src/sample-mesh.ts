import type { Crypto } from '@flotilla/core/crypto'
import type { NodeId } from '@flotilla/core/ids'
import { ManualClock, memoryHub, type MemoryHub } from '@flotilla/core/testing'
import { clusterDefaults } from './config.ts'
import { admitted, sampleAuthority, sampleMachine, sampleNowMs, type SampleMachine } from './sample-machine.ts'

/** Of a key that nobody here has. */
export const somebody = 'fl18xyguzqvncxwzem0knt7zrp687zajudf7gx9mr' as NodeId

/** Sample machines that are connected in memory, on one clock that moves when told. */
export class SampleMesh {
  readonly clock: ManualClock = new ManualClock({ wallMs: sampleNowMs })
  /** What the members were told, `2 list` and `2 id` for the second, and what failed in their handlers. */
  readonly told: string[] = []
  readonly hub: MemoryHub
  readonly #crypto: Crypto

  constructor(crypto: Crypto) {
    this.#crypto = crypto
    const onHandlerError = ({ error }: { readonly error: unknown }): void => void this.told.push(String(error))
    this.hub = memoryHub({ clock: this.clock, connectOnJoin: false, onHandlerError })
  }

  /** An authority and members that have joined, each connected to the one before it. */
  async chain<Length extends number>(length: Length): Promise<SampleMachines[Length extends 1 | 2 | 3 ? Length : 5]> {
    const machines: SampleMachine[] = []
    for (let index = 0; index < length; index++) {
      const seed = index + 1
      const changed = {
        revocationsChanged: () => void this.told.push(`${seed} list`),
        identityChanged: () => void this.told.push(`${seed} id`),
      }
      const options = { crypto: this.#crypto, clock: this.clock, seed, ...changed }
      const machine = await (index === 0 ? sampleAuthority(options) : sampleMachine(options))
      if (machines[0] !== undefined) await admitted(machines[0], machine, `n${index}`)
      machines.push(machine)
      this.attach(machine)
      const before = machines[index - 1]
      if (before !== undefined) this.connect(before, machine)
    }
    await this.settled()
    return machines as never
  }

  attach({ member }: SampleMachine): AsyncDisposable {
    return member.attach(this.hub.join(member.id).network)
  }

  connect(one: SampleMachine, other: SampleMachine): void {
    this.hub.connect(one.member.id, other.member.id)
  }

  /** Until everything that does not wait for the clock has happened. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 400; turn++) await Promise.resolve()
  }

  async heartbeats(count: number = 1): Promise<void> {
    for (let beat = 0; beat < count; beat++) {
      this.clock.advance(clusterDefaults.heartbeatMs)
      await this.settled()
    }
  }

  /** Only the calendar, so that not every heartbeat of all those days has to be lived. */
  jump(durationMs: number): void {
    this.clock.setWall(this.clock.wallNow() + durationMs)
  }
}

/** By how many they are. */
interface SampleMachines {
  readonly 1: readonly [SampleMachine]
  readonly 2: readonly [SampleMachine, SampleMachine]
  readonly 3: readonly [SampleMachine, SampleMachine, SampleMachine]
  readonly 5: readonly [SampleMachine, SampleMachine, SampleMachine, SampleMachine, SampleMachine]
}
