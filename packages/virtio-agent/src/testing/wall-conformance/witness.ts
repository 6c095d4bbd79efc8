import type { WallChannel, WallChannelEvents } from '../../contract.ts'

/** Takes down what a channel reports, and lets a case wait for it. */
export class Witness implements WallChannelEvents {
  readonly peers: boolean[] = []
  readonly troubles: unknown[] = []
  readonly #pieces: Uint8Array[] = []
  receivedBytes = 0
  rooms = 0
  /** How often anything was reported at all. */
  reports = 0
  readonly #waiting = new Set<() => void>()

  onPeer(isThere: boolean): void {
    this.peers.push(isThere)
    this.#wake()
  }

  onBytes(bytes: Uint8Array): void {
    this.#pieces.push(Uint8Array.from(bytes))
    this.receivedBytes += bytes.length
    // They are ours only until we return, so a channel must not mind what becomes of them.
    bytes.fill(0xee)
    this.#wake()
  }

  onRoom(): void {
    this.rooms++
    this.#wake()
  }

  onTrouble(error: unknown): void {
    this.troubles.push(error)
    this.#wake()
  }

  get received(): Uint8Array {
    const all = new Uint8Array(this.receivedBytes)
    let at = 0
    for (const piece of this.#pieces) {
      all.set(piece, at)
      at += piece.length
    }
    return all
  }

  /** Asks again after each report. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.add(resolve)
      await promise
    }
  }

  #wake(): void {
    this.reports++
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

/** Writes all, waiting for room as often as there is none. */
export async function writeAll(channel: WallChannel, witness: Witness, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const rooms = witness.rooms
    at += channel.write(bytes.subarray(at))
    if (at < bytes.length) await witness.until(() => witness.rooms > rooms)
  }
}

/** Different at every place, so that anything lost, doubled or swapped shows. */
export function pattern(length: number, seed: number = 1): Uint8Array {
  let state = seed
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state >>> 24
  })
}
