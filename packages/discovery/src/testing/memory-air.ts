import { FlotillaError } from '@flotilla/core/errors'
import type { Prng } from '@flotilla/core/random'
import { after, type Clock } from '@flotilla/core/time'
import type { Address } from '../address.ts'
import type { DatagramHandlers, Datagrams } from '../ports.ts'

/** What happens to datagrams on their way. */
export interface AirWeather {
  readonly lossPerMille: number
  readonly duplicationPerMille: number
  /** From least to most, drawn for each datagram: what is far apart reorders them. */
  readonly latencyMs: readonly [least: number, most: number]
}

export const calmAir: AirWeather = { lossPerMille: 0, duplicationPerMille: 0, latencyMs: [0, 0] }

/** One machine's datagrams, and what a test may do to them. */
export interface MemoryDatagrams extends Datagrams {
  /** Nothing comes in until `resume`; then all of it does, in the order of its arrival. */
  pause(): void
  resume(): void
  /** The machine has other addresses from now on. */
  move(addresses: readonly Address[]): void
}

export interface MemoryAir {
  weather: AirWeather
  /** A machine with these addresses, each of which nobody else may have. */
  open(addresses: readonly Address[]): MemoryDatagrams
  /** Whatever this machine sends to that one is lost from now on; hosts, not ports. */
  cut(fromHost: string, toHost: string): void
  heal(): void
}

/** Datagrams that wait while a machine is paused; the rest is lost, as in a socket whose buffer is full. */
const waitingMax = 1_024

/** Datagrams in memory: everything arrives on the clock's time, and is drawn from one generator. */
export function memoryAir(options: { readonly clock: Clock; readonly prng: Prng }): MemoryAir {
  const { clock, prng } = options
  const machines = new Map<string, Machine>()
  const cuts = new Set<string>()

  const carry = (from: Address, to: Address, bytes: Uint8Array): void => {
    const { lossPerMille, duplicationPerMille, latencyMs } = air.weather
    if (cuts.has(`${from.host}>${to.host}`) || prng.chance(lossPerMille, 1_000)) return
    const copies = prng.chance(duplicationPerMille, 1_000) ? 2 : 1
    const sent = bytes.slice()
    for (let copy = 0; copy < copies; copy++) {
      const [least, most] = latencyMs
      const at = after(clock.now(), least + ((most - least) * prng.below(1_001)) / 1_000)
      clock.wakeAt(at, () => machines.get(keyOf(to))?.receive(from, sent))
    }
  }
  const air: MemoryAir = {
    weather: calmAir,
    open(addresses) {
      const machine = new Machine({
        carry,
        everybody: () => new Set(machines.values()),
        moved(former) {
          for (const address of former) machines.delete(keyOf(address))
          for (const address of machine.addresses()) take(machines, address, machine)
        },
      })
      machine.move(addresses)
      return machine
    },
    cut: (fromHost, toHost) => void cuts.add(`${fromHost}>${toHost}`),
    heal: () => cuts.clear(),
  }
  return air
}

interface Surroundings {
  carry(from: Address, to: Address, bytes: Uint8Array): void
  everybody(): Iterable<Machine>
  moved(former: readonly Address[]): void
}

class Machine implements MemoryDatagrams {
  readonly #surroundings: Surroundings
  #addresses: readonly Address[] = []
  #handlers: DatagramHandlers | undefined
  #isPaused = false
  #waiting: (readonly [Address, Uint8Array])[] = []

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  addresses(): readonly Address[] {
    return this.#addresses
  }

  send(to: Address, bytes: Uint8Array): void {
    const [from] = this.#addresses
    if (from !== undefined) this.#surroundings.carry(from, to, bytes)
  }

  announce(bytes: Uint8Array): void {
    for (const machine of this.#surroundings.everybody()) {
      const [to] = machine.addresses()
      if (machine !== this && to !== undefined) this.send(to, bytes)
    }
  }

  start(handlers: DatagramHandlers): void {
    this.#handlers = handlers
  }

  receive(from: Address, bytes: Uint8Array): void {
    if (!this.#isPaused) this.#handlers?.received(from, bytes)
    else if (this.#waiting.length < waitingMax) this.#waiting.push([from, bytes])
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const [from, bytes] of waiting) this.#handlers?.received(from, bytes)
  }

  move(addresses: readonly Address[]): void {
    const former = this.#addresses
    this.#addresses = addresses
    this.#surroundings.moved(former)
    this.#handlers?.addressesChanged()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#handlers = undefined
    const former = this.#addresses
    this.#addresses = []
    this.#surroundings.moved(former)
    return Promise.resolve()
  }
}

function take(machines: Map<string, Machine>, address: Address, machine: Machine): void {
  if (machines.has(keyOf(address))) throw new FlotillaError('in-use', `${keyOf(address)} belongs to another machine`)
  machines.set(keyOf(address), machine)
}

function keyOf({ host, port }: Address): string {
  return `${host} ${port}`
}
