import type { CertificateFacts } from '@flotilla/certificates'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { after, type Clock } from '@flotilla/core/time'
import type { Address, Link, LinkErrorCode, Links } from '../links.ts'
import { MemoryEnd, type Wire } from './memory-end.ts'

export interface MemoryLinkWeather {
  /** How long bytes, dials and breaks take, one way, in milliseconds: from least to most. */
  readonly delayMs: readonly [least: number, most: number]
  /** Bytes come in pieces of drawn sizes up to this. */
  readonly pieceBytesMax: number
  /** How much goes through each way in a millisecond. */
  readonly bytesPerMs: number
  /** How much the system takes of what the far side has not read. */
  readonly socketBufferBytes: number
}

export const clearWeather: MemoryLinkWeather = {
  delayMs: [0, 0],
  pieceBytesMax: 65_536,
  bytesPerMs: Infinity,
  socketBufferBytes: 65_536,
}

export interface MemoryProcess {
  readonly facts: CertificateFacts
  readonly clock: Clock
  /** Where it listens. */
  readonly address: Address
}

/** What becomes of a dial. */
export type DialFate = 'answered' | 'refused' | 'unanswered'

/**
 * The network between processes in memory, with what an adversary does to it. Everything that reaches a process comes
 * by a wake of its own clock, so a simulator may pause it or let it die.
 */
export class MemoryLinkWorld {
  weather: MemoryLinkWeather
  /** Decides the fate of each dial that could be answered; all are, unless told otherwise. */
  dialFate: (from: NodeId, to: Address) => DialFate = () => 'answered'
  readonly #prng: Prng
  readonly #listeners = new Map<string, Listener>()
  /** Directions in which nothing passes: what is sent stays on its way. */
  readonly #cuts = new Set<string>()
  readonly #ends = new Set<MemoryEnd>()

  constructor(options: { readonly prng?: Prng; readonly weather?: Partial<MemoryLinkWeather> } = {}) {
    this.#prng = options.prng ?? new Prng(1)
    this.weather = { ...clearWeather, ...options.weather }
  }

  /** The links of one process. */
  links(process: MemoryProcess): Links {
    let listener: Listener | undefined
    return {
      listen: (accept) => {
        listener = { process, accept }
        this.#listeners.set(addressText(process.address), listener)
        return Promise.resolve([process.address])
      },
      dial: (address, { signal }) => this.#dial(process, address, signal),
      [Symbol.asyncDispose]: () => {
        const key = addressText(process.address)
        if (this.#listeners.get(key) === listener) this.#listeners.delete(key)
        return Promise.resolve()
      },
    }
  }

  /** From now on nothing passes from the one to the other; neither is told. */
  cut(from: NodeId, to: NodeId): void {
    this.#cuts.add(`${from} ${to}`)
  }

  /** What was on its way goes on. */
  heal(from: NodeId, to: NodeId): void {
    this.#cuts.delete(`${from} ${to}`)
    for (const end of this.#ends) end.pull()
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#cuts.has(`${from} ${to}`)
  }

  /** Breaks all links of two nodes; both ends are told, as far as they can be reached. */
  reset(one: NodeId, other: NodeId): void {
    for (const end of this.#ends) {
      if (end.owner.id === one && end.peer.id === other) end.break()
    }
  }

  /** Leaves the links of two nodes half-open: the one end has lost them, the other one is not told. */
  halfOpen(one: NodeId, other: NodeId): void {
    for (const end of this.#ends) {
      if (end.owner.id === one && end.peer.id === other) end.lose()
    }
  }

  /** The process is gone. Its peers are told by the system that runs on, or, with `silently`, never: its power went. */
  kill(process: MemoryProcess, { silently = false }: { readonly silently?: boolean } = {}): void {
    const key = addressText(process.address)
    if (this.#listeners.get(key)?.process === process) this.#listeners.delete(key)
    for (const end of this.#ends) {
      if (end.process === process) end.die(silently)
    }
  }

  /** Links of which this process has an end that is not closed. */
  linksOf(process: MemoryProcess): number {
    return [...this.#ends].filter((end) => end.process === process).length
  }

  #dial(from: MemoryProcess, address: Address, signal: AbortSignal): Promise<Link> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(signal.reason as Error)
      if (signal.aborted) return giveUp()
      signal.addEventListener('abort', giveUp, { once: true })
      const listener = this.#listeners.get(addressText(address))
      const fate = this.dialFate(from.facts.id, address)
      if (fate === 'unanswered') return
      if (listener === undefined || fate === 'refused') {
        const sentence = `nobody listens at ${address.host} port ${address.port}`
        return this.#soon(from, () => reject(new FlotillaError<LinkErrorCode>('peer-unreachable', sentence)))
      }
      const [here, there] = [from.facts.id, listener.process.facts.id]
      if (this.isCut(here, there) || this.isCut(there, here)) return
      this.#soon(listener.process, () => {
        if (this.isCut(there, here) || signal.aborted) return
        const [dialling, accepting] = this.#pair(from, listener.process, address)
        this.#soon(from, () => {
          signal.removeEventListener('abort', giveUp)
          if (signal.aborted) return dialling.destroy()
          resolve(dialling)
        })
        listener.accept(accepting)
      })
    })
  }

  #pair(from: MemoryProcess, to: MemoryProcess, address: Address): [MemoryEnd, MemoryEnd] {
    const shared = {
      draw: (most: number) => this.#prng.between(1, Math.max(1, most)),
      delayMs: () => this.#delayMs(),
      weather: () => this.weather,
      gone: (end: MemoryEnd) => void this.#ends.delete(end),
    }
    const wireFrom = (one: NodeId, other: NodeId): Wire => ({ ...shared, isCut: () => this.isCut(one, other) })
    const [here, there] = [from.facts.id, to.facts.id]
    const dialling = new MemoryEnd({ process: from, peer: to.facts, address, dialledHere: true })
    const accepting = new MemoryEnd({ process: to, peer: from.facts, address: from.address, dialledHere: false })
    dialling.join(accepting, wireFrom(here, there))
    accepting.join(dialling, wireFrom(there, here))
    this.#ends.add(dialling)
    this.#ends.add(accepting)
    return [dialling, accepting]
  }

  #soon(process: MemoryProcess, run: () => void): void {
    process.clock.wakeAt(after(process.clock.now(), this.#delayMs()), run)
  }

  #delayMs(): number {
    const [least, most] = this.weather.delayMs
    return least === most ? least : least + ((most - least) * this.#prng.below(1_001)) / 1_000
  }
}

interface Listener {
  readonly process: MemoryProcess
  readonly accept: (link: Link) => void
}

function addressText({ host, port }: Address): string {
  return `${host} ${port}`
}
