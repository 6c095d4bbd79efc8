import { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { NetworkLimits } from '../../network/index.ts'
import { Prng } from '../../random/index.ts'
import { ManualClock } from '../manual-clock.ts'
import { AdversarialWire } from './adversarial-wire.ts'
import { FuzzHost } from './fuzz-host.ts'
import { deadlineMsMax, FuzzLedger } from './fuzz-ledger.ts'
import { fuzzTopics } from './fuzz-topics.ts'
import { memoryHub, type MemoryHub } from './hub.ts'
import { turns } from './turns.ts'
import type { Wire } from './wire.ts'

const fuzzLimits: Partial<NetworkLimits> = {
  messageBytesMax: 1_024,
  messageBytesHeldMax: 3_000,
  noticesQueuedMax: 5,
  publicationsQueuedMax: 4,
  topicsSubscribedMax: 3,
  requestsInFlightMax: 4,
  streamsOpenMax: 3,
  streamWindowBytes: 1_024,
}

const ids = ['a', 'b', 'c'] as NodeId[]

/** Three nodes that do drawn things to each other over a wire that does its worst. */
export class FuzzWorld {
  readonly ledger: FuzzLedger = new FuzzLedger()
  readonly clock: ManualClock = new ManualClock()
  /** What the wire carried, in order. */
  readonly trace: string[] = []
  readonly #random: Prng
  readonly #wire: AdversarialWire
  readonly #hub: MemoryHub
  #hosts: FuzzHost[]

  constructor(seed: number) {
    this.#random = new Prng(seed)
    this.#wire = new AdversarialWire(this.#random.split('wire'))
    const wire: Wire = {
      carry: (frame, deliver) => {
        this.trace.push(`${frame.from}>${frame.to} ${frame.kind} ${frame.bytes}`)
        this.#wire.carry(frame, deliver)
      },
    }
    const onHandlerError = ({ error }: { readonly error: unknown }): void => {
      this.ledger.handedOver++
      const planned = error instanceof Error && (error.message === 'planned' || error instanceof FlotillaError)
      this.ledger.expect(planned, `a handler failed: ${String(error)}`)
    }
    this.#hub = memoryHub({ clock: this.clock, wire, limits: fuzzLimits, onHandlerError })
    this.#hosts = ids.map((id) => this.#start(id))
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.#act()
      await turns()
    }
  }

  /** First lets every deadline pass, then breaks every connection: after that nobody may wait for anything. */
  async settle(): Promise<void> {
    const timers = this.clock.timersWaiting
    this.ledger.expect(timers <= this.#requestsWaiting().length, `${timers} timers were left behind`)
    this.clock.advance(deadlineMsMax)
    await turns()
    const late = this.#requestsWaiting().join(', ')
    this.ledger.expect(late === '', `past the deadline these still wait: ${late}`)
    for (const id of ids) this.#hub.disconnect(id)
    await this.#drain()
    for (const host of this.#hosts) {
      this.ledger.expect(host.waiting.size === 0, `${host.id} waits for ever: ${[...host.waiting].join(', ')}`)
      this.ledger.expect(host.handlersRunning === 0, `${host.handlersRunning} handlers of ${host.id} go on for ever`)
    }
  }

  /**
   * With all connected again, everyone gets an answer and a stream from everyone, and knows who subscribes to what: no
   * limit is used up for ever.
   */
  async prove(): Promise<void> {
    for (const one of ids) for (const other of ids) if (one < other) this.#hub.connect(one, other)
    for (const one of this.#hosts) {
      for (const other of this.#hosts) {
        if (one === other) continue
        const proof = one.prove(other.id)
        await this.#drain()
        this.ledger.expect(await Promise.race([proof, turns(100).then(() => false)]), `${one.id} gets no answer`)
      }
      for (const topic of fuzzTopics) {
        const wanted = this.#hosts.filter((other) => other !== one && other.topics.subscribesTo(topic)).length
        const reached = one.topics.publish(topic, this.#random)
        this.ledger.expect(reached === wanted, `${one.id} publishes to ${reached} peers, where ${wanted} subscribe`)
      }
    }
    await this.#drain()
  }

  #requestsWaiting(): readonly string[] {
    return this.#hosts.flatMap(({ waiting }) => [...waiting].filter((what) => what.startsWith('request')))
  }

  async #drain(): Promise<void> {
    await turns()
    while (this.#wire.held > 0 || this.ledger.waiting.length > 0) {
      this.#wire.step()
      this.ledger.waiting.shift()?.()
      await turns()
    }
  }

  #act(): void {
    const random = this.#random
    const draw = random.below(100)
    const host = random.pick(this.#hosts)
    const peer = random.pick(ids.filter((id) => id !== host.id))
    if (draw < 40) for (let times = random.between(1, 6); times > 0; times--) this.#wire.step()
    else if (draw < 46) host.notify(peer, random)
    else if (draw < 56) host.topics.act(random)
    else if (draw < 67) host.request(peer, random)
    else if (draw < 75) host.exchange(peer, random)
    else if (draw < 83) takeOne(this.ledger.waiting, random)?.()
    else if (draw < 87) takeOne(this.ledger.cancels, random)?.abort(new Error('given up'))
    else if (draw < 90) this.clock.advance(random.between(1, 300))
    else if (draw < 93) this.#hub.disconnect(host.id, peer)
    else if (draw < 97) this.#hub.connect(host.id, peer)
    else if (draw < 98) host.reopen()
    else this.#restart(host, random.chance(1, 2))
  }

  #restart(host: FuzzHost, crash: boolean): void {
    if (crash) host.crash()
    else host.leave()
    this.#hosts = this.#hosts.map((other) => (other === host ? this.#start(host.id) : other))
  }

  #start(id: NodeId): FuzzHost {
    return new FuzzHost(this.#hub.join(id), this.ledger)
  }
}

function takeOne<Item>(items: Item[], random: Prng): Item | undefined {
  return items.length === 0 ? undefined : items.splice(random.below(items.length), 1)[0]
}
