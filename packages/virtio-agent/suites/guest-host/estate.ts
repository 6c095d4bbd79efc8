import type { Clock, Millis } from '@flotilla/core/time'
import type { Host, WorldView } from '@flotilla/sim'
import { sharedKeyBytes, type GuestHost, type SharedKey, type WallChannel } from '../../src/index.ts'
import { nodeCrypto, nodeLineCipher } from '../guest/adapters-driver.ts'
import { Ledger } from '../guest/ledger.ts'
import { Gate } from './gate.ts'
import { Machine, type Dialect } from './machine.ts'

/** An order that has not ended. */
export interface OpenOrder {
  readonly machine: Machine
  readonly givenAt: Millis
  readonly timeoutMs: number
  /** That it is late was seen before: once may be seen just before it ends. */
  isSeenLate: boolean
}

/** The machines of one host, the host's life, and everything that was ever asked for. */
export class Estate {
  readonly world: WorldView
  readonly ledger: Ledger
  readonly machines: readonly Machine[]
  /** Of the host that lives now. */
  keeper: GuestHost | undefined
  readonly open: Map<number, OpenOrder> = new Map<number, OpenOrder>()
  readonly gates: Set<Gate> = new Set<Gate>()
  /** Machines that this host has ever spoken to of its own accord, and when it began. */
  readonly met: Set<string> = new Set<string>()
  /** This host, or the witness, stops: what is under way is lost. */
  isStopping = false
  begunAt: Millis = 0 as Millis
  clock: Clock | undefined
  /** Answered after everything was mended: machine and dialect. */
  readonly served: Set<string> = new Set<string>()

  constructor(world: WorldView) {
    this.world = world
    this.ledger = new Ledger(world)
    const others = world.random.between(1, 5)
    this.machines = [
      new Machine('a', 'witness', world.random.split('a')),
      ...['b', 'c', 'd', 'e', 'f'].slice(0, others).map((name) => {
        const random = world.random.split(name)
        return new Machine(name, random.chance(1, 2) ? 'honest' : 'hostile', random)
      }),
    ]
  }

  /** The host of before is gone with all that it held. */
  begin({ name, clock }: Host): void {
    this.ledger.forget(name)
    this.open.clear()
    this.gates.clear()
    this.met.clear()
    this.begunAt = clock.now()
    this.isStopping = false
    this.clock = clock
  }

  files(): readonly string[] {
    return this.machines.flatMap((machine) => machine.files())
  }

  /** As a host does that connects to the socket of that path. */
  channel(path: string, clock: Clock): WallChannel {
    const { start, vm, dialect } = /^\/vms\/(?<start>\d+)-(?<vm>.+)\.(?<dialect>own|qga)$/.exec(path)?.groups ?? {}
    const machine = this.machines.find(({ name }) => name === vm)
    if (machine === undefined) throw new Error(`there is no socket ${path}`)
    const spoken = dialect as Dialect
    if (spoken === 'own') this.met.add(machine.name)
    let inner: WallChannel | undefined
    if (Number(start) === machine.start) {
      const wall = machine.wall(spoken, clock)
      inner = wall.renew('host', clock)
      // Where the socket is away it is tried again, until the machine comes.
      if (machine.isThere) wall.connect()
    }
    const gate = new Gate({ machine, dialect: spoken, clock, inner, onClosed: (closed) => this.gates.delete(closed) })
    this.gates.add(gate)
    return gate
  }

  calm(): void {
    for (const machine of this.machines) {
      machine.calm()
      machine.comes()
    }
  }
}

/** The shared key of that number; none for 0. */
export function keyOf(number: number): SharedKey | undefined {
  if (number === 0) return undefined
  return { bytes: new Uint8Array(sharedKeyBytes).fill(number), crypto: nodeCrypto(), cipher: nodeLineCipher() }
}
