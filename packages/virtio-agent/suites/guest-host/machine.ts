import type { Prng } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import { MemoryWall } from '../../src/testing/index.ts'

export type Dialect = 'own' | 'qga'

/**
 * `witness`: nothing ever goes wrong with it, so it shows whether the others' trouble is theirs alone. `honest`: it
 * crashes and restarts, behind a wall that tears and repeats. `hostile`: it sends whatever it likes.
 */
export type Character = 'witness' | 'honest' | 'hostile'

/** A virtual machine, and its sockets at the host. */
export class Machine {
  readonly name: string
  readonly character: Character
  /** Which shared key each side has; 0 for none. */
  readonly keys: { readonly host: number; readonly guest: number }
  readonly hasQga: boolean
  /** Whether its sockets are there, and the number of its start, which is in their names. */
  isThere = true
  start = 1
  readonly #random: Prng
  readonly #walls = new Map<Dialect, MemoryWall>()

  constructor(name: string, character: Character, random: Prng) {
    this.name = name
    this.character = character
    this.#random = random
    const host = random.below(2)
    this.keys = { host, guest: character === 'witness' || random.chance(3, 4) ? host : random.below(3) }
    this.hasQga = character !== 'witness' && random.chance(1, 2)
  }

  /** Its agent and the host have the same key, or none. */
  get isTrusted(): boolean {
    return this.keys.host === this.keys.guest
  }

  files(): readonly string[] {
    if (!this.isThere) return []
    const dialects: readonly Dialect[] = this.hasQga ? ['own', 'qga'] : ['own']
    return dialects.map((dialect) => `${this.start}-${this.name}.${dialect}`)
  }

  wall(dialect: Dialect, clock: Clock): MemoryWall {
    const known = this.#walls.get(dialect)
    if (known !== undefined) return known
    const wall = this.#build(dialect, clock)
    this.#walls.set(dialect, wall)
    return wall
  }

  /** In the end nothing goes wrong with bytes any more. */
  calm(): void {
    for (const wall of this.#walls.values()) wall.calm()
  }

  comes(): void {
    if (this.isThere) return
    this.isThere = true
    if (this.#random.chance(1, 2)) this.start++
    else for (const wall of this.#walls.values()) wall.connect()
  }

  goes(): void {
    this.isThere = false
    for (const wall of this.#walls.values()) wall.disconnect()
  }

  /** The connection breaks, and is back at once. */
  stumbles(): void {
    for (const wall of this.#walls.values()) {
      if (!wall.isConnected) continue
      wall.disconnect()
      wall.connect()
    }
  }

  #build(dialect: Dialect, clock: Clock): MemoryWall {
    const prng = this.#random.split(dialect)
    // A hostile one makes its own mischief.
    if (this.character === 'hostile') return new MemoryWall({ clock, prng })
    if (this.character === 'witness') return new MemoryWall({ clock, prng, pieceBytesMax: 100 })
    // QEMU's dialect has no ids by which a line that comes twice could be known, so there lines come once.
    const hasIds = dialect === 'own'
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
