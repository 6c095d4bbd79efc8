import type { Host, WorldView } from '@flotilla/sim'
import type { WallChannel } from '../../src/index.ts'
import { MemoryWall } from '../../src/testing/index.ts'
import { Ledger } from './ledger.ts'

/** A machine, its host, and the walls between them: one for each dialect. */
export class Town {
  readonly world: WorldView
  readonly ledger: Ledger
  /** Whether lines come twice, late, or with garbage between them. */
  readonly isSealed: boolean
  /** Commands that were answered after everything was mended, by dialect. */
  readonly served: Set<string> = new Set<string>()
  #own: MemoryWall | undefined
  #qga: MemoryWall | undefined

  constructor(world: WorldView) {
    this.world = world
    this.ledger = new Ledger(world)
    this.isSealed = world.random.chance(1, 2)
  }

  /** The channel of a program that begins now at that side. */
  channel(dialect: 'own' | 'qga', side: 'guest' | 'host', host: Host): WallChannel {
    return this.wall(dialect, host).renew(side, host.clock)
  }

  wall(dialect: 'own' | 'qga', host: Host): MemoryWall {
    if (dialect === 'own') return (this.#own ??= this.#build(host, true))
    return (this.#qga ??= this.#build(host, false))
  }

  /** In the end nothing goes wrong with bytes any more. */
  calm(): void {
    this.#own?.calm()
    this.#qga?.calm()
  }

  /** QEMU's dialect has no ids by which a line that comes twice could be known, so there lines come once. */
  #build({ clock }: Host, hasIds: boolean): MemoryWall {
    const prng = this.world.random.split(hasIds ? 'own wall' : 'qga wall')
    return new MemoryWall({
      clock,
      prng,
      roomBytes: prng.pick([200, 1_500, 65_536]),
      pieceBytesMax: prng.pick([7, 100, 4_096]),
      delayMsMax: prng.pick([0, 3, 40]),
      keepsStaleBytes: prng.chance(1, 2),
      mischief: {
        garbagePercent: prng.pick([0, 2, 10]),
        duplicatesPercent: hasIds ? prng.pick([0, 5, 25]) : 0,
        delaysPercent: hasIds ? prng.pick([0, 5, 25]) : 0,
      },
    })
  }
}
