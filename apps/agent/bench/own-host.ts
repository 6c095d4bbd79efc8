import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { talkToGuest } from '@flotilla/virtio-agent'
import { nodePacking, socketChannel } from '@flotilla/virtio-agent/node'

/** A host of our own dialect, with all settings at their defaults. */
export class OwnHostOfGuest implements AsyncDisposable {
  readonly #owned = new AsyncDisposableStack()
  readonly #first = Promise.withResolvers<number>()
  metrics = 0

  /** At the port of a guest. */
  static meet({ ownSocket }: { readonly ownSocket: string }): OwnHostOfGuest {
    return new OwnHostOfGuest(ownSocket, 'connect')
  }

  /** Where there is no port: an agent that connects there. */
  static waitFor(path: string): OwnHostOfGuest {
    return new OwnHostOfGuest(path, 'listen')
  }

  private constructor(path: string, role: 'connect' | 'listen') {
    const clock = nodeClock()
    const channel = this.#owned.use(socketChannel({ place: { path }, role, clock, prng: new Prng(1) }))
    const host = talkToGuest({
      channel,
      clock,
      entropy: nodeEntropy(),
      packing: nodePacking(),
      onEffect: ({ type }) => {
        if (type !== 'metrics') return
        this.metrics++
        this.#first.resolve(performance.now())
      },
    })
    this.#owned.use(host)
  }

  /** On the clock of `performance`. */
  get firstMetricsAt(): Promise<number> {
    return this.#first.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync()
  }
}
