import type { NodeId } from '@flotilla/core/ids'

interface Waiter {
  readonly peer: NodeId
  readonly bytes: number
  readonly admit: () => void
}

/** Bytes that may be in memory for peers at once: who wants more waits, without holding up the other peers. */
export class ByteBudget {
  readonly #bytesMax: number
  readonly #bytesPerPeerMax: number
  #bytes = 0
  readonly #bytesOf = new Map<NodeId, number>()
  /** Oldest first. At most one for each stream that is served. */
  readonly #waiting = new Set<Waiter>()

  constructor(options: { readonly bytesMax: number; readonly bytesPerPeerMax: number }) {
    this.#bytesMax = options.bytesMax
    this.#bytesPerPeerMax = Math.min(options.bytesPerPeerMax, options.bytesMax)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Resolves when there is room; disposing of it gives it back. More than a peer may have counts as all of that. */
  async take(peer: NodeId, bytes: number, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted()
    const counted = Math.min(bytes, this.#bytesPerPeerMax)
    if (!this.#fits(peer, counted) || this.#isBehind(peer)) await this.#wait(peer, counted, signal)
    else this.#add(peer, counted)
    let isTaken = true
    return {
      [Symbol.dispose]: () => {
        if (isTaken) this.#add(peer, -counted)
        isTaken = false
        this.#admitWaiting()
      },
    }
  }

  #wait(peer: NodeId, bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = (): void => {
        signal.removeEventListener('abort', abort)
        resolve()
      }
      const waiter: Waiter = { peer, bytes, admit }
      const abort = (): void => {
        this.#waiting.delete(waiter)
        reject(signal.reason as Error)
        this.#admitWaiting()
      }
      this.#waiting.add(waiter)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  #admitWaiting(): void {
    for (const waiter of this.#waiting) {
      // Whoever waits for the others may not be overtaken by smaller wishes; whoever waits for himself may.
      if (!this.#fitsTogether(waiter.bytes)) return
      if (!this.#fitsPeer(waiter.peer, waiter.bytes)) continue
      this.#waiting.delete(waiter)
      this.#add(waiter.peer, waiter.bytes)
      waiter.admit()
    }
  }

  #isBehind(peer: NodeId): boolean {
    for (const waiter of this.#waiting) {
      if (waiter.peer === peer || this.#fitsPeer(waiter.peer, waiter.bytes)) return true
    }
    return false
  }

  #fits(peer: NodeId, bytes: number): boolean {
    return this.#fitsTogether(bytes) && this.#fitsPeer(peer, bytes)
  }

  #fitsTogether(bytes: number): boolean {
    return this.#bytes + bytes <= this.#bytesMax
  }

  #fitsPeer(peer: NodeId, bytes: number): boolean {
    return (this.#bytesOf.get(peer) ?? 0) + bytes <= this.#bytesPerPeerMax
  }

  #add(peer: NodeId, bytes: number): void {
    this.#bytes += bytes
    const ofPeer = (this.#bytesOf.get(peer) ?? 0) + bytes
    if (ofPeer === 0) this.#bytesOf.delete(peer)
    else this.#bytesOf.set(peer, ofPeer)
  }
}
