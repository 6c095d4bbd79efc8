import type { Channel } from '@flotilla/core/network'
import { feedCodecs, type FeedAnswer, type FeedRequest } from '../feed/messages.ts'
import { cheapNode, type CheapNode } from './node-cheap-keys.ts'
import type { MeshWorld } from './node-mesh-world.ts'

/** A member that answers whatever the test likes, and counts how often it is asked. */
export class HostilePeer {
  readonly cheap: CheapNode
  readonly asked: FeedRequest[] = []
  readonly #channel: Channel
  answer: (request: FeedRequest) => FeedAnswer | Uint8Array | Error = () => new Error('it says nothing')

  constructor(world: MeshWorld, name: string) {
    this.cheap = cheapNode(name)
    const codecs = feedCodecs()
    world.members.set(this.cheap.id, { isAlive: true, awaySinceMs: undefined, isUntrusted: false })
    this.#channel = world.hub.join(this.cheap.id).network.open('cas-statements', {
      request: async ({ payload }) => {
        const request = codecs.request.decode(payload)
        this.asked.push(request)
        const answer = this.answer(request)
        if (answer instanceof Error) throw answer
        return answer instanceof Uint8Array ? answer : codecs.answer.encode(answer)
      },
    })
  }

  /** Asks somebody, with any bytes. */
  ask(to: CheapNode['id'], request: FeedRequest | Uint8Array): Promise<FeedAnswer> {
    const codecs = feedCodecs()
    const payload = request instanceof Uint8Array ? request : codecs.request.encode(request)
    return this.#channel.request(to, payload, { timeoutMs: 1_000 }).then((answer) => codecs.answer.decode(answer))
  }

  notify(to: CheapNode['id']): void {
    this.#channel.notify(to, new Uint8Array([7, 7, 7]))
  }
}
