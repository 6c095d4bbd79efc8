import { FlotillaError } from '@flotilla/core/errors'
import type { Codec } from '@flotilla/core/codec'
import type { Clock } from '@flotilla/core/time'
import type { CallOptions, RaftErrorCode } from '../group.ts'
import type { MachineCodecs } from '../state-machine.ts'
import type { Answer, Call } from '../wire/call.ts'
import type { CallBook } from './call-book.ts'
import { plainOwner, type Route } from './pending-call.ts'
import { Session } from './session.ts'

export interface GroupCallsOptions<Command, Result, Query, AnswerKind> {
  readonly clock: Clock
  readonly book: CallBook
  readonly route: Route
  readonly codecs: MachineCodecs<Command, Result, Query, AnswerKind>
  readonly drawKey: () => Uint8Array
  readonly callTimeoutMs: number
  readonly callsWaitingMax: number
  readonly commandsInFlightMax: number
}

/** What members and clients ask of a group alike. */
export class GroupCalls<Command, Result, Query, AnswerKind> {
  readonly #options: GroupCallsOptions<Command, Result, Query, AnswerKind>
  readonly #session: Session
  #closed: unknown
  /** Calls that have not ended; <= callsWaitingMax. */
  #waiting = 0

  constructor(options: GroupCallsOptions<Command, Result, Query, AnswerKind>) {
    this.#options = options
    const { clock, book, route, drawKey, commandsInFlightMax, callTimeoutMs } = options
    this.#session = new Session({ clock, book, route, drawKey, commandsInFlightMax, openTimeoutMs: callTimeoutMs })
  }

  run(command: Command, options?: CallOptions): Promise<Result> {
    return new Promise((resolve, reject) => {
      const signal = this.#begin(options)
      const { codecs, callTimeoutMs } = this.#options
      const bytes = codecs.command.encode(command)
      this.#waiting++
      this.#session.run({
        command: bytes,
        timeoutMs: options?.timeoutMs ?? callTimeoutMs,
        signal,
        resolve: (answer) => this.#ended(answer, codecs.result, resolve, reject),
        reject: (error) => {
          this.#waiting--
          reject(error)
        },
      })
    })
  }

  read(query: Query, options?: CallOptions): Promise<AnswerKind> {
    return new Promise((resolve, reject) => {
      const signal = this.#begin(options)
      const { codecs } = this.#options
      const call: Call = { type: 'read', query: codecs.query.encode(query) }
      this.#send(call, options, signal, (answer) => this.#ended(answer, codecs.answer, resolve, reject), reject)
    })
  }

  /** Anything else: resolves with an answer that is final and no refusal. */
  ask(call: Call, options?: CallOptions): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const signal = this.#begin(options)
      const take = (answer: Answer): void => {
        this.#waiting--
        if (answer.type === 'refused') reject(refusalOf(answer))
        else resolve(answer)
      }
      this.#send(call, options, signal, take, reject)
    })
  }

  /** Fails what waits, and whatever is asked from now on. */
  close(error: unknown): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    this.#options.book.fail(error, this.#options.route)
  }

  /** As `close`, after telling the group that the session is not used any more. */
  leave(error: unknown): void {
    if (this.#closed !== undefined) return
    this.close(error)
    this.#session.close()
  }

  #send(
    call: Call,
    options: CallOptions | undefined,
    signal: AbortSignal | undefined,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ): void {
    const { book, route, callTimeoutMs } = this.#options
    this.#waiting++
    const pending = book.hold({
      call,
      route,
      timeoutMs: options?.timeoutMs ?? callTimeoutMs,
      signal,
      owner: plainOwner,
      resolve,
      reject: (error) => {
        this.#waiting--
        reject(error)
      },
    })
    book.send(pending)
  }

  /** Throws if there is no beginning. */
  #begin(options: CallOptions | undefined): AbortSignal | undefined {
    const signal = options?.signal
    signal?.throwIfAborted()
    if (this.#closed !== undefined) throw this.#closed as Error
    const { callsWaitingMax, route } = this.#options
    if (this.#waiting < callsWaitingMax) return signal
    throw new FlotillaError(
      'overloaded' satisfies RaftErrorCode,
      `${callsWaitingMax} calls to group ${route.group} are waiting already (callsWaitingMax)`,
      { hint: 'it did not happen; wait for some of them' },
    )
  }

  #ended<Value>(
    answer: Answer,
    codec: Codec<Value>,
    resolve: (value: Value) => void,
    reject: (error: unknown) => void,
  ): void {
    this.#waiting--
    if (answer.type === 'refused') return reject(refusalOf(answer))
    if (answer.type !== 'result') return reject(oddAnswer(answer))
    try {
      resolve(codec.decode(answer.result))
    } catch (error) {
      reject(error)
    }
  }
}

function refusalOf(answer: Extract<Answer, { readonly type: 'refused' }>): FlotillaError {
  const { code, message, hint } = answer
  return new FlotillaError(code, message, hint === undefined ? {} : { hint })
}

function oddAnswer(answer: Answer): FlotillaError {
  return new FlotillaError('outcome-unknown' satisfies RaftErrorCode, `a member answered with ${answer.type}`, {
    hint: 'that node runs another version of this program or is broken',
  })
}
