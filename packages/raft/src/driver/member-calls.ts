import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { ChangeRefusal } from '../core/inputs.ts'
import { sameConfiguration, sorted } from '../core/configuration.ts'
import type { RaftErrorCode } from '../group.ts'
import type { Configuration } from '../types.ts'
import type { Answer } from '../wire/call.ts'
import type { CallOrigin } from './caller-table.ts'
import type { GroupDriver } from './group-driver.ts'
import type { NodeContext } from './node-context.ts'
import { refusalAnswer } from './proposals.ts'

type Wanted = Pick<Configuration, 'voters' | 'learners'>

interface Changing {
  readonly origin: CallOrigin
  readonly wanted: Configuration
  readonly until: Millis
}

/** Changes of members and transfers of leadership that were asked of this leader. There are few at a time. */
export class MemberCalls {
  readonly #group: GroupDriver
  readonly #node: NodeContext
  #changing: Changing[] = []
  #transferring: CallOrigin[] = []

  constructor(group: GroupDriver, node: NodeContext) {
    this.#group = group
    this.#node = node
  }

  change(origin: CallOrigin, { voters, learners }: Wanted): void {
    const wanted = { voters: sorted([...new Set(voters)]), outgoing: [], learners: sorted([...new Set(learners)]) }
    const now = this.#node.clock.now()
    const until = after(now, this.#node.limits.callTimeoutMs)
    const changing = { origin, wanted, until }
    if (this.#reached(wanted)) return this.#answer(origin, { type: 'done' })
    const answer = this.#group.core.changeMembers(now, wanted)
    if ('refused' in answer) return this.#answer(origin, this.#refused(answer))
    this.#changing.push(changing)
  }

  transfer(origin: CallOrigin, to: NodeId | undefined): void {
    if (to === this.#node.self) return this.#answer(origin, { type: 'leader', leader: to })
    const answer = this.#group.core.transfer(this.#node.clock.now(), to)
    if ('refused' in answer) return this.#answer(origin, this.#refused(answer))
    this.#transferring.push(origin)
  }

  transferEnded(to: NodeId, succeeded: boolean): void {
    const waiting = this.#transferring
    this.#transferring = []
    for (const origin of waiting) {
      if (succeeded) this.#answer(origin, { type: 'leader', leader: to })
      else this.#answer(origin, { type: 'refused', ...transferFailed(to) })
    }
  }

  /** Something has happened: is it what somebody waits for? */
  look(now: Millis): void {
    if (this.#changing.length === 0) return
    const before = this.#changing
    this.#changing = []
    for (const changing of before) {
      if (this.#reached(changing.wanted)) this.#answer(changing.origin, { type: 'done' })
      else if (now >= changing.until) this.#answer(changing.origin, { type: 'unclear' })
      else this.#changing.push(changing)
    }
  }

  deadline(): Millis {
    return this.#changing[0]?.until ?? (Infinity as Millis)
  }

  /** This node does not lead any more; a transfer may be why, and then its end is told separately. */
  leftOff(): void {
    const before = this.#changing
    this.#changing = []
    for (const { origin } of before) this.#answer(origin, { type: 'unclear' })
  }

  /** Nobody here will know what becomes of any of it. */
  abandon(): void {
    this.leftOff()
    const before = this.#transferring
    this.#transferring = []
    for (const origin of before) this.#answer(origin, { type: 'unclear' })
  }

  #reached(wanted: Configuration): boolean {
    const { configuration, configurationDecided } = this.#group.core.status()
    return configurationDecided && sameConfiguration(configuration, wanted)
  }

  #refused(refusal: ChangeRefusal): Answer {
    switch (refusal.refused) {
      case 'change-under-way':
        return refusedWith(
          'change-under-way',
          'another change of members is not through yet, or this leader has only begun',
          'try again in a moment',
        )
      case 'not-caught-up':
        return refusedWith(
          'not-caught-up',
          `${refusal.member} is ${refusal.entriesBehind} entries behind, too far to be a voter`,
          'make it a learner and wait, or use `settle`',
        )
      case 'wrong-members':
        return refusedWith('wrong-members', refusal.why, 'name each node once, and at least one voter')
      case 'not-leader':
      case 'overloaded':
      case 'handing-over':
      default:
        return refusalAnswer(refusal)
    }
  }

  #answer(origin: CallOrigin, answer: Answer): void {
    this.#node.callers.answer(origin, answer)
  }
}

function refusedWith(code: RaftErrorCode, message: string, hint: string): Answer {
  return { type: 'refused', code, message, hint }
}

function transferFailed(to: NodeId): { code: RaftErrorCode; message: string; hint: string } {
  const message = `${to} did not come to lead in time`
  return { code: 'deadline-exceeded', message, hint: 'see that it runs and has caught up, and try again' }
}
