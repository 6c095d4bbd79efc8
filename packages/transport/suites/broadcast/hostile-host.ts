import type { Channel } from '@flotilla/core/network'
import { sealEnvelope } from '@flotilla/core/envelope'
import { ProtocolError, unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { repeat, type Host } from '@flotilla/sim'
import { envelopeId, envelopeIdBytes, joinIds } from '../../src/broadcast/envelope-id.ts'
import { validateBroadcastLimits } from '../../src/broadcast/limits.ts'
import { messageCodec, type Message } from '../../src/broadcast/messages.ts'
import { payloadOf } from './ledger.ts'
import { broadcastType, networkOf, suiteSettings, type MeshWorld } from './member-host.ts'
import type { Vice } from './mesh-plan.ts'
import { quickCrypto, secretKeyOf } from './quick-crypto.ts'

const codec = messageCodec(validateBroadcastLimits(suiteSettings))
const heardMax = 200

/** A member that has gone bad. It relays nothing; what it does beside is its vice. */
export async function startHostile(host: Host, mesh: MeshWorld, vice: Vice): Promise<AsyncDisposable> {
  const hostile = new Hostile(host, mesh)
  const acting = repeat(host, { pauseMs: hostile.pausesOf(vice), act: async () => hostile.act(vice) })
  return {
    async [Symbol.asyncDispose]() {
      await acting[Symbol.asyncDispose]()
      await hostile.channel[Symbol.asyncDispose]()
    },
  }
}

class Hostile {
  readonly channel: Channel
  readonly #host: Host
  readonly #peers = new Set<NodeId>()
  /** Envelopes of others. */
  readonly #heard: Uint8Array[] = []
  #count = 0

  constructor(host: Host, mesh: MeshWorld) {
    this.#host = host
    this.channel = networkOf(host, mesh).open('broadcast', {
      peer: ({ type, peer }) => void (type === 'up' ? this.#peers.add(peer) : this.#peers.delete(peer)),
      notice: (_from, bytes) => this.#hear(bytes),
    })
  }

  pausesOf(vice: Vice): readonly [number, number] {
    return vice === 'floods' || vice === 'babbles' ? [20, 200] : [50, 1_000]
  }

  act(vice: Vice): void {
    switch (vice) {
      case 'forges':
        return this.#toAll(this.#push(this.#forged()))
      case 'replays':
        return this.#toAll(this.#push(this.#anyHeard()))
      case 'floods':
        for (let more = this.#host.random.between(1, 10); more > 0; more--) this.#toAll(this.#push(this.#own()))
        return
      case 'withholds':
        return this.#withhold()
      case 'babbles':
        return this.#babble()
      default:
        return unreachable(vice, 'vice')
    }
  }

  #hear(bytes: Uint8Array): void {
    try {
      const message = codec.decode(bytes)
      if (message.type !== 'push') return
      this.#heard.push(message.envelope.slice())
      if (this.#heard.length > heardMax) this.#heard.splice(this.#host.random.below(heardMax), 1)
    } catch (error) {
      // Another hostile one babbled.
      if (!(error instanceof ProtocolError)) throw error
    }
  }

  /** Says that it has what it has not, and what it has: and sends neither. */
  #withhold(): void {
    const { random } = this.#host
    const invented = random.bytes(envelopeIdBytes * random.between(1, 40))
    this.#toAll({ type: 'have', ids: invented })
    this.#toAll({ type: 'have', ids: joinIds([envelopeId(quickCrypto, this.#anyHeard())]) })
  }

  #babble(): void {
    const { random } = this.#host
    const said = random.pick<Message>([
      { type: 'summary', slots: [] },
      { type: 'want', ids: random.bytes(random.below(2_000)) },
      { type: 'push', envelope: random.bytes(random.below(300)) },
    ])
    const bytes = codec.encode(said).slice()
    if (random.chance(1, 4)) bytes[random.below(bytes.length)] = random.below(256)
    for (const to of this.#peers) this.channel.notify(to, bytes)
  }

  /** Somebody else's with another byte, or one in somebody's name. */
  #forged(): Uint8Array {
    const { random } = this.#host
    const envelope = this.#anyHeard()
    const at = random.chance(1, 2) ? envelope.length - 1 - random.below(100) : random.below(envelope.length)
    envelope[at] = (envelope[at] ?? 0) ^ (1 << random.below(8))
    return envelope
  }

  #anyHeard(): Uint8Array {
    return (this.#heard.length === 0 ? this.#own() : this.#host.random.pick(this.#heard)).slice()
  }

  #own(): Uint8Array {
    const { name, incarnation, random, clock, entropy } = this.#host
    return sealEnvelope({
      crypto: quickCrypto,
      secretKey: secretKeyOf(name),
      type: broadcastType,
      payload: payloadOf(`${name}/${incarnation}/${++this.#count}`, random.chance(1, 20) ? 6_000 : 0),
      timestamp: clock.wallNow(),
      nonce: entropy.bytes(16),
    })
  }

  #push(envelope: Uint8Array): Message {
    return { type: 'push', envelope }
  }

  #toAll(message: Message): void {
    const bytes = codec.encode(message)
    for (const to of this.#peers) this.channel.notify(to, bytes)
  }
}
