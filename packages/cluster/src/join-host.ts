import { unreachable } from '@flotilla/core/errors'
import type { WallMillis } from '@flotilla/core/time'
import type { AdmissionDesk } from './admission-desk.ts'
import { checkNewcomerLengths, type Hello, type HostMessage, type NewcomerMessage } from './join-messages.ts'
import { malformedJoin } from './refusal.ts'

/** In this order: what is sent after a `persist` must not leave before the table of invitations is durable. */
export type HostEffect =
  | { readonly type: 'persist' }
  | { readonly type: 'send'; readonly message: HostMessage }
  /** Nothing more is said. */
  | { readonly type: 'end' }

/** The host's side of one newcomer's joining: hello, greeting, proof, welcome. */
export class JoinHost {
  readonly #desk: AdmissionDesk
  readonly #exporter: Uint8Array
  /** Defined from the greeting on. */
  #hello: Hello | undefined
  #isOver = false
  #effects: HostEffect[] = []

  constructor(desk: AdmissionDesk, exporter: Uint8Array) {
    this.#desk = desk
    this.#exporter = exporter
  }

  /** Throws a `ProtocolError` for what does not belong here. */
  step(wallNow: WallMillis, message: NewcomerMessage): void {
    if (this.#isOver) throw malformedJoin('it goes on after the end')
    checkNewcomerLengths(message)
    switch (message.type) {
      case 'hello': {
        if (this.#hello !== undefined) throw malformedJoin('it says hello twice')
        this.#hello = message
        const answer = this.#desk.greet(wallNow, message, this.#exporter)
        this.#effects.push({ type: 'send', message: answer })
        if (answer.type === 'refused') this.#end()
        return
      }
      case 'proof': {
        if (this.#hello === undefined) throw malformedJoin('it proves something before it says hello')
        const answer = this.#desk.admit(wallNow, this.#hello, message, this.#exporter)
        this.#effects.push({ type: 'persist' }, { type: 'send', message: answer })
        return this.#end()
      }
      default:
        return unreachable(message, "newcomer's message")
    }
  }

  drain(): readonly HostEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #end(): void {
    this.#isOver = true
    this.#effects.push({ type: 'end' })
  }
}
