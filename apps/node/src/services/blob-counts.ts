import type { BlobContent, PutResult } from '@flotilla/cas-store'
import type { Counter, Metrics } from '@flotilla/core/observe'

/** What is counted of what programs of this machine put and get through this node. */
export class BlobCounts {
  readonly #puts: Counter<never>
  readonly #bytesPut: Counter<never>
  readonly #bytesKnown: Counter<never>
  readonly #bytesStored: Counter<never>
  readonly #gets: Counter<never>
  readonly #bytesGot: Counter<never>

  constructor(metrics: Metrics) {
    const counter = (name: string, help: string): Counter<never> =>
      metrics.counter<never>({ name: `flotilla_blobs_${name}`, help, labelNames: [] })
    this.#puts = counter('puts_total', 'Blobs put through this node.')
    this.#bytesPut = counter('put_bytes_total', 'Content of blobs put through this node.')
    this.#bytesKnown = counter('known_bytes_total', 'Of that, what was here already.')
    this.#bytesStored = counter('stored_bytes_total', 'What it became on the disk of this node.')
    this.#gets = counter('gets_total', 'Blobs, or parts of them, fetched through this node.')
    this.#bytesGot = counter('got_bytes_total', 'Content fetched through this node.')
  }

  put({ size, bytesKnown, bytesStored }: PutResult): void {
    this.#puts.inc({})
    this.#bytesPut.inc({}, size)
    this.#bytesKnown.inc({}, bytesKnown)
    this.#bytesStored.inc({}, bytesStored)
  }

  /** The same bytes, counted as they go. */
  async *got(content: BlobContent): AsyncGenerator<Uint8Array, void> {
    this.#gets.inc({})
    for await (const piece of content) {
      this.#bytesGot.inc({}, piece.length)
      yield piece
    }
  }
}
