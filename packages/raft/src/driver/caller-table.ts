import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import type { AddressedAnswer } from '../wire/answer-codec.ts'
import { writeAnswers } from '../wire/answer-codec.ts'
import type { ByteWriter } from '../wire/byte-writer.ts'
import type { Answer, BootNumber, CallId } from '../wire/call.ts'

/** One life of a process that calls, as long as its connection lasts. */
export interface Caller {
  readonly peer: NodeId
  readonly boot: BootNumber
  /** Of the last notice of calls that was taken: an earlier one has come twice, or too late. */
  sequence: number
  /** Calls taken up and not answered. */
  waiting: number
  /** Those of this turn. */
  answers: AddressedAnswer[]
  /** Nobody is there any more to answer to. */
  gone: boolean
}

/** Where a call came from: everything that its answer needs. */
export interface CallOrigin {
  readonly caller: Caller
  readonly id: CallId
}

/** Who calls, and the answers of this turn. */
export class CallerTable {
  readonly #writer: ByteWriter
  readonly #bytesMax: number
  readonly #callers = new Map<NodeId, Caller>()
  /** Those with answers that have not left. */
  #answered: Caller[] = []

  constructor(writer: ByteWriter, bytesMax: number) {
    this.#writer = writer
    this.#bytesMax = bytesMax
  }

  /** The caller, if a notice of that number is new. */
  admit(peer: NodeId, boot: BootNumber, sequence: number): Caller | undefined {
    const caller = this.of(peer, boot)
    if (sequence <= caller.sequence) return undefined
    caller.sequence = sequence
    return caller
  }

  of(peer: NodeId, boot: BootNumber): Caller {
    const known = this.#callers.get(peer)
    if (known?.boot === boot) return known
    this.forget(peer)
    const caller: Caller = { peer, boot, sequence: -1, waiting: 0, answers: [], gone: false }
    this.#callers.set(peer, caller)
    return caller
  }

  /** Its connection is gone, and with it whoever waited. */
  forget(peer: NodeId): void {
    const caller = this.#callers.get(peer)
    if (caller === undefined) return
    caller.gone = true
    caller.answers = []
    this.#callers.delete(peer)
  }

  answer({ caller, id }: CallOrigin, answer: Answer): void {
    if (caller.gone) return
    if (caller.answers.length === 0) this.#answered.push(caller)
    caller.answers.push({ boot: caller.boot, id, answer })
  }

  /** What the network does not take is lost: whoever does not read its answers asks again. */
  flush(channel: Channel, self: NodeId, toSelf: (answers: readonly AddressedAnswer[]) => void): void {
    if (this.#answered.length === 0) return
    const answered = this.#answered
    this.#answered = []
    for (const caller of answered) {
      const { answers, peer } = caller
      if (answers.length === 0) continue
      caller.answers = []
      if (peer === self) toSelf(answers)
      else writeAnswers(this.#writer, answers, this.#bytesMax, (notice) => void channel.notify(peer, notice))
    }
  }
}
