import { assert, FlotillaError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import type { RaftErrorCode } from '../group.ts'
import type { CommandNumber, SessionId } from '../replica/replica-contract.ts'
import type { Answer, Call } from '../wire/call.ts'
import type { CallBook } from './call-book.ts'
import { NumberWindow } from './number-window.ts'
import type { CallOwner, PendingCall, Route } from './pending-call.ts'

export interface CommandAsked {
  readonly command: Uint8Array
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly resolve: PendingCall['resolve']
  readonly reject: PendingCall['reject']
}

export interface SessionOptions {
  readonly clock: Clock
  readonly book: CallBook
  readonly route: Route
  /** Draws the key by which the group knows that two openings are one. */
  readonly drawKey: () => Uint8Array
  /** See `GroupClientOptions.commandsInFlightMax`. */
  readonly commandsInFlightMax: number
  /** How long to try to open one. */
  readonly openTimeoutMs: number
}

/** What a command is until it has a session: it holds only the bytes. */
const noSession = 0 as SessionId
const noNumber = 0 as CommandNumber

/**
 * The commands of one client to one group, numbered within a session so that each is applied once however often it is
 * sent (Raft §8). The session is opened when the first command wants it, and anew when the group has forgotten it.
 */
export class Session implements CallOwner {
  readonly #options: SessionOptions
  readonly #book: CallBook
  #id: SessionId | undefined
  #numbers: NumberWindow
  /** Asks for a session. */
  #opening: PendingCall | undefined
  /** Commands that wait for a session, or for room in it, in order of asking. */
  readonly #held = new Set<PendingCall>()

  constructor(options: SessionOptions) {
    this.#options = options
    this.#book = options.book
    this.#numbers = new NumberWindow(options.commandsInFlightMax)
  }

  run(asked: CommandAsked): void {
    const { command, timeoutMs, signal, resolve, reject } = asked
    const call: Call = { type: 'command', session: noSession, number: noNumber, answeredBelow: noNumber, command }
    const { route } = this.#options
    const pending = this.#book.hold({ call, route, timeoutMs, signal, owner: this, resolve, reject })
    if (this.#id !== undefined && this.#held.size === 0 && !this.#numbers.full) return this.#start(pending, this.#id)
    this.#held.add(pending)
    if (this.#id === undefined) this.#open()
    pending.waitsFor = this.#opening
  }

  settled(pending: PendingCall, answer: Answer | undefined, error: unknown): void {
    const { call } = pending
    assert(call.type === 'command', 'a session is asked about its commands')
    this.#held.delete(pending)
    if (call.session === this.#id) this.#numbers.settle(call.number)
    if (answer === undefined) pending.reject(error)
    else if (answer.type === 'session-expired') this.#expired(pending, call.session, call.command)
    else pending.resolve(answer)
    if (this.#held.size > 0) this.#release()
  }

  /** Nobody will use it any more. Its end is told to the group, though not waited for. */
  close(): void {
    const session = this.#id
    this.#id = undefined
    if (session === undefined) return
    this.#ask({ type: 'close-session', session }, () => {})
  }

  #start(pending: PendingCall, session: SessionId): void {
    const { call } = pending
    assert(call.type === 'command', 'only commands are numbered')
    const number = this.#numbers.take()
    pending.waitsFor = undefined
    pending.call = { type: 'command', session, number, answeredBelow: this.#numbers.lowest, command: call.command }
    this.#book.send(pending)
  }

  #release(): void {
    if (this.#id === undefined) return this.#open()
    for (const pending of this.#held) {
      if (this.#id === undefined || this.#numbers.full) return
      this.#held.delete(pending)
      this.#start(pending, this.#id)
    }
  }

  #open(): void {
    if (this.#opening !== undefined) return
    this.#opening = this.#ask({ type: 'open-session', key: this.#options.drawKey() }, (answer, error) => {
      this.#opening = undefined
      if (answer?.type === 'session') {
        this.#id = answer.session
        this.#numbers = new NumberWindow(this.#options.commandsInFlightMax)
        return this.#release()
      }
      // Whoever waits longer than that tries again.
      for (const pending of Array.from(this.#held)) this.#book.end(pending, answer, error)
    })
  }

  #ask(call: Call, done: (answer: Answer | undefined, error: unknown) => void): PendingCall {
    const { route, openTimeoutMs } = this.#options
    const owner: CallOwner = { settled: (_pending, answer, error) => done(answer, error) }
    const ignore = (): void => {}
    const asked = { call, route, timeoutMs: openTimeoutMs, signal: undefined, owner, resolve: ignore, reject: ignore }
    const pending = this.#book.hold(asked)
    this.#book.send(pending)
    return pending
  }

  /** The group knows nothing of the session, or not enough to tell whether that command was applied. */
  #expired(pending: PendingCall, session: SessionId, command: Uint8Array): void {
    if (session === this.#id) this.#id = undefined
    const { route, deadlineAt, signal, resolve, reject, uncertain } = pending
    if (uncertain) {
      return reject(
        new FlotillaError(
          'session-expired' satisfies RaftErrorCode,
          `group ${route.group} has forgotten the session of a command that was sent twice: it may have happened`,
          { hint: 'look at the state before doing it again' },
        ),
      )
    }
    // It was sent once, and that was the answer: it did not happen, and may be done in a new session.
    const timeoutMs = Math.max(0, deadlineAt - this.#options.clock.now())
    this.run({ command, timeoutMs, signal, resolve, reject })
  }
}
