import { unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { encodePayload } from '../replica/payload-codec.ts'
import { sessionLimitsOf } from '../replica/session-limits.ts'
import type { LogMillis } from '../types.ts'
import type { Answer, ReceivedCall } from '../wire/call.ts'
import type { CallOrigin } from './caller-table.ts'
import type { GroupDriver } from './group-driver.ts'
import type { NodeContext } from './node-context.ts'

const unstamped = 0 as LogMillis

/** Where calls to one group come in, from this node's own callers and from others. */
export class Desk {
  readonly #group: GroupDriver
  readonly #node: NodeContext
  readonly #admits: (peer: NodeId) => boolean

  constructor(group: GroupDriver, node: NodeContext, admits: (peer: NodeId) => boolean) {
    this.#group = group
    this.#node = node
    this.#admits = admits
  }

  take(origin: CallOrigin, call: ReceivedCall): void {
    const refusal = this.#refusal(origin, call)
    if (refusal !== undefined) return this.#node.callers.answer(origin, refusal)
    const { proposals, reads, members } = this.#group
    switch (call.type) {
      case 'command':
        proposals.add(call.payload, origin)
        break
      case 'open-session': {
        const limits = sessionLimitsOf(this.#node.limits)
        const { key } = call
        proposals.add(encodePayload({ type: 'open-session', time: unstamped, limits, key }), origin)
        break
      }
      case 'close-session':
        proposals.add(encodePayload({ type: 'close-session', time: unstamped, session: call.session }), origin)
        break
      case 'read':
        this.#node.instruments.reads.inc({})
        reads.add(call.query, origin)
        break
      case 'change-members':
        members.change(origin, { voters: call.voters, learners: call.learners })
        break
      case 'transfer':
        members.transfer(origin, call.to)
        break
      default:
        return unreachable(call, 'call')
    }
    this.#node.mark(this.#group)
  }

  #refusal({ caller }: CallOrigin, call: ReceivedCall): Answer | undefined {
    const { self, limits, instruments } = this.#node
    const group = this.#group
    if (group.closed || (caller.peer !== self && !this.#admits(caller.peer))) return { type: 'not-served' }
    if (call.type !== 'read' && !group.standing.leading) {
      const { leader } = group.standing
      return leader === undefined || leader === self ? { type: 'no-leader' } : { type: 'redirect', leader }
    }
    if (group.standing.removed) return { type: 'not-served' }
    if (caller.waiting >= limits.callsWaitingPerPeerMax) {
      instruments.refusals.inc({ why: 'callsWaitingPerPeerMax' })
      return { type: 'overloaded', limit: 'callsWaitingPerPeerMax' }
    }
    if (group.proposals.waiting + group.reads.waiting >= limits.callsWaitingMax) {
      instruments.refusals.inc({ why: 'callsWaitingMax' })
      return { type: 'overloaded', limit: 'callsWaitingMax' }
    }
    const { commandBytesMax } = group.settings
    if (call.type !== 'command' || call.payload.length <= commandBytesMax) return undefined
    const message = `a command of ${call.payload.length} bytes is longer than commandBytesMax (${commandBytesMax})`
    return { type: 'refused', code: 'too-large', message, hint: 'put less into one command' }
  }
}
