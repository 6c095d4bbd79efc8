import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import type { CommandOrder, CommandOutcome, CommandRun, GuestCommands, GuestFigures } from '../contract.ts'
import { serveOwn, type OwnGuest, type OwnGuestOptions } from '../guest/index.ts'
import { talkToGuest, type OwnHost, type OwnHostEffect, type OwnHostOptions } from '../own/index.ts'
import { MemoryWall, type MemoryWallOptions } from './memory-wall.ts'

/** A command under way, to be ended by the test. */
export interface RunningCommand {
  readonly order: CommandOrder
  readonly run: CommandRun
  readonly end: (outcome: CommandOutcome) => void
}

export interface TwoSidesOptions {
  readonly wall?: Partial<MemoryWallOptions>
  readonly guest?: Partial<OwnGuestOptions>
  readonly host?: Partial<OwnHostOptions>
}

/** A guest and its host with a wall between them, on a clock that moves only when told. */
export class TwoSides implements AsyncDisposable {
  readonly clock: ManualClock = new ManualClock()
  readonly wall: MemoryWall
  readonly guest: OwnGuest
  readonly host: OwnHost
  readonly effects: OwnHostEffect[] = []
  readonly running: RunningCommand[] = []
  /** How often metrics were collected. */
  collected = 0
  #tickets = 0

  constructor(options: TwoSidesOptions = {}) {
    const { clock } = this
    this.wall = new MemoryWall({ clock, ...options.wall })
    this.guest = serveOwn({
      channel: this.wall.guest,
      clock,
      entropy: new Prng(2),
      commands: this.#commands(),
      figures: this.#figures(),
      guest: 'vm1',
      agentVersion: '1.2',
      ...options.guest,
    })
    this.host = talkToGuest({
      channel: this.wall.host,
      clock,
      entropy: new Prng(3),
      onEffect: (effect) => this.effects.push(effect),
      ...options.host,
    })
  }

  /** Gives an order; its ticket. */
  give(order: Partial<Parameters<OwnHost['give']>[0]> = {}): number {
    const ticket = ++this.#tickets
    const whole = { command: 'ping', arguments: {}, actor: 'ann', timeoutMs: 60_000, isSigned: false } as const
    this.host.give({ ...whole, ...order, ticket })
    return ticket
  }

  /** Lets bytes and promises that are due go on, and time as much as is said. */
  async settle(passMs = 0): Promise<void> {
    for (let round = 0; round < 100; round++) {
      this.clock.advance(round === 0 ? passMs : 0)
      await Promise.resolve()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { end } of this.running) end({ type: 'failed', code: 'cancelled', message: 'the test is over' })
    await this.guest[Symbol.asyncDispose]()
    await this.host[Symbol.asyncDispose]()
  }

  /** The endings of that order. */
  endings(ticket: number): readonly unknown[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'ended' && effect.ticket === ticket ? [effect.ending] : [],
    )
  }

  #commands(): GuestCommands {
    return {
      supported: () => ['ping', 'info'],
      run: (order, run) =>
        new Promise((resolve) => {
          this.running.push({ order, run, end: resolve })
        }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  }

  #figures(): GuestFigures {
    return {
      collect: (detail) => {
        this.collected++
        const system = { wallMs: this.collected, bootId: detail, problems: [] }
        return Promise.resolve({ system })
      },
    }
  }
}
