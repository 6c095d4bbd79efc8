import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import type { Millis } from '@flotilla/core/time'
import { createTransport, type TransportOptions } from '../driver.ts'
import type { Address, Link } from '../links.ts'
import type { Transport } from '../transport.ts'
import { memoryFacts } from './memory-facts.ts'
import { MemoryLinkWorld, type MemoryLinkWeather, type MemoryProcess } from './memory-links.ts'

const turnsEach = 40

/** Transports over links in memory, on a clock that moves when it is told to. */
export class MemoryMesh {
  readonly clock: ManualClock = new ManualClock()
  readonly world: MemoryLinkWorld
  readonly #prng: Prng

  constructor(weather: Partial<MemoryLinkWeather> = {}, seed = 1) {
    this.#prng = new Prng(seed)
    this.world = new MemoryLinkWorld({ prng: this.#prng.split('world'), weather })
  }

  addressOf(id: string): Address {
    return { host: id, port: 1 }
  }

  process(id: string): MemoryProcess {
    return { facts: memoryFacts(id as NodeId), clock: this.clock, address: this.addressOf(id) }
  }

  node(
    id: string,
    options: Partial<TransportOptions> = {},
    process: MemoryProcess = this.process(id),
  ): Promise<Transport> {
    return createTransport({
      self: process.facts,
      links: this.world.links(process),
      clock: this.clock,
      entropy: { bytes: (length) => this.#prng.bytes(length) },
      turnEnd: queueMicrotask,
      ...options,
    })
  }

  target(transport: Transport, ...ids: readonly string[]): void {
    transport.setTargets(ids.map((id) => ({ id: id as NodeId, addresses: [this.addressOf(id)] })))
  }

  /** A link of somebody who has a certificate, and does with it whatever the test likes. */
  async dialAs(id: string, to: string): Promise<Link> {
    const { signal } = new AbortController()
    const dialling = this.world.links(this.process(id)).dial(this.addressOf(to), { signal })
    await this.settle()
    return dialling
  }

  /** Lets everything happen that takes no time. */
  async settle(rounds = 20): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      this.clock.advance(0)
      for (let turn = 0; turn < turnsEach; turn++) await Promise.resolve()
    }
  }

  /** Lets that much time pass, with everything that happens on the way. */
  async pass(durationMs: number): Promise<void> {
    const until = this.clock.now() + durationMs
    while (this.clock.now() < until) {
      this.clock.advanceTo(Math.min(Math.max(this.clock.nextWakeAt ?? until, this.clock.now()), until) as Millis)
      for (let turn = 0; turn < turnsEach; turn++) await Promise.resolve()
    }
    await this.settle(2)
  }

  async close(...transports: readonly Transport[]): Promise<void> {
    const closing = Promise.all(transports.map((transport) => transport[Symbol.asyncDispose]()))
    await this.pass(3_000)
    await closing
  }
}
