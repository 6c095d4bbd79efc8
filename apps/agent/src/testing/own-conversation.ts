import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import {
  talkToGuest,
  type HostOrder,
  type OrderEnding,
  type OwnHost,
  type OwnHostEffect,
  type WallChannel,
} from '@flotilla/virtio-agent'
import { nodePacking } from '@flotilla/virtio-agent/node'

export type GivenOrder = Partial<Omit<HostOrder, 'ticket'>> & Pick<HostOrder, 'command'>
type Welcome = Extract<OwnHostEffect, { readonly type: 'welcomed' }>

/** How long a test waits for what should come at once, on a machine that is busy with something else. */
const orderMs = 60_000

/** A host that speaks our own dialect, and remembers all that it is told. It owns the channel. */
export class OwnConversation implements AsyncDisposable {
  readonly effects: OwnHostEffect[] = []
  readonly #channel: WallChannel
  readonly #host: OwnHost
  readonly #waiting = new Map<number, (ending: OrderEnding) => void>()
  readonly #welcome = Promise.withResolvers<Welcome>()
  #onEffect: (effect: OwnHostEffect) => void = () => {}
  #tickets = 0

  constructor(channel: WallChannel, secretKey: Uint8Array) {
    this.#channel = channel
    this.#host = talkToGuest({
      channel,
      clock: nodeClock(),
      entropy: nodeEntropy(),
      packing: nodePacking(),
      signer: { crypto: nodeCrypto(), secretKey },
      onEffect: (effect) => this.#hear(effect),
    })
  }

  /** The first that came. */
  welcome(): Promise<Welcome> {
    return this.#welcome.promise
  }

  /** Its ending; `given` is told its ticket at once. */
  order(order: GivenOrder, given: (ticket: number) => void = () => {}): Promise<OrderEnding> {
    const ticket = ++this.#tickets
    const { promise, resolve } = Promise.withResolvers<OrderEnding>()
    this.#waiting.set(ticket, resolve)
    const usual = { arguments: {}, actor: 'ann', timeoutMs: orderMs, isSigned: false }
    this.#host.give({ ...usual, ...order, ticket })
    given(ticket)
    return promise
  }

  cancel(ticket: number): void {
    this.#host.cancel(ticket)
  }

  configure(metrics: Parameters<OwnHost['configure']>[0]): void {
    this.#host.configure(metrics)
  }

  /** The next effect from now on that fits. */
  next<Type extends OwnHostEffect['type']>(
    type: Type,
    fits: (effect: Extract<OwnHostEffect, { readonly type: Type }>) => boolean = () => true,
  ): Promise<Extract<OwnHostEffect, { readonly type: Type }>> {
    const { promise, resolve } = Promise.withResolvers<Extract<OwnHostEffect, { readonly type: Type }>>()
    const before = this.#onEffect
    const isOfType = (effect: OwnHostEffect): effect is Extract<OwnHostEffect, { readonly type: Type }> =>
      effect.type === type
    this.#onEffect = (effect) => {
      before(effect)
      if (isOfType(effect) && fits(effect)) resolve(effect)
    }
    return promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host[Symbol.asyncDispose]()
    await this.#channel[Symbol.asyncDispose]()
  }

  #hear(effect: OwnHostEffect): void {
    this.effects.push(effect)
    if (effect.type === 'welcomed') this.#welcome.resolve(effect)
    if (effect.type === 'ended') {
      this.#waiting.get(effect.ticket)?.(effect.ending)
      this.#waiting.delete(effect.ticket)
    }
    this.#onEffect(effect)
  }
}
