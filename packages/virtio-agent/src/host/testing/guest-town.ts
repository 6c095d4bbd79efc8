/** One host and its machines in one process, by a clock that stands still until it is told; for tests. */
import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import type { GuestCommands, WallChannel } from '../../contract.ts'
import { serveOwn, serveQga } from '../../guest/index.ts'
import type { SharedKey } from '../../own/index.ts'
import { MemoryWall, memoryQgaSystem } from '../../testing/index.ts'
import { channelPattern } from '../channel-patterns.ts'
import type { GuestHost, VmOutcome, VmSummary } from '../contract.ts'
import { createGuestHost, type GuestHostOptions } from '../guest-host-driver.ts'
import type { GuestHostLimits } from '../limits.ts'

/** Until nothing moves any more. */
export async function settle(clock: ManualClock, durationMs = 0): Promise<void> {
  for (let round = 0; round < 60; round++) {
    clock.advance(round === 0 ? durationMs : 0)
    for (let turn = 0; turn < 8; turn++) await Promise.resolve()
  }
}

export type Doing = GuestCommands['run']

/** Goes on until nobody wants it any more. */
export const endless: Doing = (_order, { signal }) =>
  new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve({ type: 'failed', code: 'cancelled', message: 'enough' })),
  )

export class Town {
  readonly clock: ManualClock = new ManualClock()
  readonly host: GuestHost
  readonly walls: Map<string, MemoryWall> = new Map()
  readonly #owned = new AsyncDisposableStack()
  readonly #seen = new Set<string>()

  constructor(limits: Partial<GuestHostLimits> = {}, options: Partial<GuestHostOptions> = {}) {
    this.host = createGuestHost({
      patterns: ['/vms/{vm}.sock', '/vms/{vm}.qga'].map(channelPattern),
      folders: { names: () => Promise.resolve([...this.walls.keys()].map((path) => path.slice('/vms/'.length))) },
      openChannel: (path) => this.#channelTo(path),
      clock: this.clock,
      entropy: new Prng(1),
      limits: { findEveryMs: 1_000, ownPatienceMs: 3_000, holdOffMs: 2_000, ...limits },
      ...options,
    })
  }

  wall(path: string): MemoryWall {
    const known = this.walls.get(path)
    if (known !== undefined) return known
    const wall = new MemoryWall({ clock: this.clock })
    wall.connect()
    this.walls.set(path, wall)
    return wall
  }

  own(vm: string, doing: Doing = () => Promise.resolve({ type: 'done', value: vm }), key?: SharedKey): void {
    const commands: GuestCommands = {
      supported: () => ['ping', 'process.list', 'time.get'],
      run: doing,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
    const system = { wallMs: 1, bootId: vm, problems: [], processor: { usage: 0.25, cores: [{ core: 0 }] } }
    this.#owned.use(
      serveOwn({
        channel: this.wall(`/vms/${vm}.sock`).guest,
        commands,
        figures: { collect: () => Promise.resolve({ system }) },
        clock: this.clock,
        entropy: new Prng(2),
        guest: `guest ${vm}`,
        agentVersion: '1.2.3',
        ...(key === undefined ? {} : { key }),
      }),
    )
  }

  qga(vm: string): void {
    const channel = this.wall(`/vms/${vm}.qga`).guest
    this.#owned.use(serveQga({ channel, clock: this.clock, system: memoryQgaSystem(), version: '7.2' }))
  }

  /** The program in the machine is another one now, which says what it likes. */
  hostile(vm: string): WallChannel {
    const channel = this.wall(`/vms/${vm}.sock`).renew('guest', this.clock)
    channel.begin({ onPeer: () => {}, onBytes: () => {}, onRoom: () => {}, onTrouble: () => {} })
    return channel
  }

  vm(name: string): VmSummary | undefined {
    return this.host.list().find(({ vm }) => vm === name)
  }

  ping(vm: string): Promise<VmOutcome> {
    return this.host.order(vm, { command: 'ping', arguments: {}, actor: 'ann', timeoutMs: 10_000 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]()
    await this.#owned.disposeAsync()
  }

  #channelTo(path: string): WallChannel {
    const wall = this.wall(path)
    const isFirst = !this.#seen.has(path)
    this.#seen.add(path)
    if (isFirst) return wall.host
    const channel = wall.renew('host', this.clock)
    wall.connect()
    return channel
  }
}
