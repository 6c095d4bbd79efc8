import { Buffer } from 'node:buffer'
import type { CommandOutcome } from '../contract.ts'
import { messageUnitsMax, type GuestLine, type OwnGuestLimits } from '../own/index.ts'

type Answer = Extract<GuestLine, { readonly type: 'result' | 'progress' }>

interface QueuedAnswer {
  readonly text: string
  readonly bytes: number
}

/** So many answers go before metrics that wait. */
const answersBeforeMetrics = 16

/**
 * What waits for the host to take it, bounded in each kind: of welcomes, beats and metrics only the newest; results
 * always, as long as they fit; output of commands while there is room, or else it is counted.
 */
export class OwnOutgoing {
  readonly #limits: OwnGuestLimits
  /** Newest of each kind, in the order in which they are sent. */
  readonly #newest = new Map<'refused' | 'welcome' | 'about' | 'ended' | 'beat', string>()
  #answers: QueuedAnswer[] = []
  #answerBytes = 0
  #answersDropped = 0
  #notices = new Map<string, number>()
  #metrics: (() => string) | undefined
  #answersSinceMetrics = 0

  constructor(limits: OwnGuestLimits) {
    this.#limits = limits
  }

  /** What waits of answers. */
  get answerBytes(): number {
    return this.#answerBytes
  }

  /** Nothing of an older session may reach the host of another. */
  clear(): void {
    this.#newest.clear()
    this.#answers = []
    this.#answerBytes = 0
    this.#answersDropped = 0
    this.#notices = new Map()
    this.#metrics = undefined
  }

  set(line: Extract<GuestLine, { readonly type: 'refused' | 'welcome' | 'about' | 'ended' | 'beat' }>): void {
    this.#newest.set(line.type, JSON.stringify(line))
  }

  notice(code: string): void {
    this.#notices.set(code, (this.#notices.get(code) ?? 0) + 1)
  }

  /** Of metrics the host has use only for the newest; they are made into text when it is their turn. */
  setMetrics(text: () => string): void {
    this.#metrics = text
    this.#answersSinceMetrics = 0
  }

  /** Whether it is sent, or has to be counted. */
  progress(line: Answer): boolean {
    const text = JSON.stringify(line)
    if (this.#answerBytes + Buffer.byteLength(text) > this.#limits.progressBytesMax) return false
    return this.#push(text)
  }

  result(line: Extract<Answer, { readonly type: 'result' }>): void {
    const { resultBytesMax, unsentBytesMax } = this.#limits
    const text = JSON.stringify({ ...line, outcome: briefly(line.outcome) })
    const bytes = Buffer.byteLength(text)
    const isTooLarge = bytes > resultBytesMax
    if (!isTooLarge && this.#answerBytes + bytes <= unsentBytesMax) {
      if (!this.#push(text)) this.#answersDropped++
      return
    }
    const message = isTooLarge
      ? `the result has more than ${resultBytesMax} bytes: ask for less`
      : 'results that the host has not taken are in the way: read them first'
    const outcome = { type: 'failed', code: 'too-large', message } as const
    if (!this.#push(JSON.stringify({ ...line, outcome }))) this.#answersDropped++
  }

  /** The next line as text, without its newline; undefined if nothing waits. */
  next(session: string | undefined): string | undefined {
    for (const [type, text] of this.#newest) {
      this.#newest.delete(type)
      return text
    }
    if (
      this.#metrics !== undefined &&
      (this.#answers.length === 0 || this.#answersSinceMetrics >= answersBeforeMetrics)
    ) {
      const text = this.#metrics()
      this.#metrics = undefined
      return text
    }
    const answer = this.#answers.shift()
    if (answer !== undefined) {
      this.#answersSinceMetrics++
      this.#answerBytes -= answer.bytes
      return answer.text
    }
    return session === undefined ? undefined : this.#nextNotice(session)
  }

  #push(text: string): boolean {
    if (this.#answers.length >= this.#limits.unsentLinesMax) return false
    const bytes = Buffer.byteLength(text)
    this.#answers.push({ text, bytes })
    this.#answerBytes += bytes
    return true
  }

  #nextNotice(session: string): string | undefined {
    if (this.#answersDropped > 0) {
      const count = this.#answersDropped
      this.#answersDropped = 0
      return JSON.stringify({ type: 'notice', session, code: 'answers-dropped', count })
    }
    for (const [code, count] of this.#notices) {
      this.#notices.delete(code)
      return JSON.stringify({ type: 'notice', session, code, count })
    }
    return undefined
  }
}

/** A host refuses a line whose message is longer than messages are: what a program had to say may be. */
function briefly(outcome: CommandOutcome): CommandOutcome {
  if (outcome.type === 'done' || outcome.message.length <= messageUnitsMax) return outcome
  return { ...outcome, message: `${outcome.message.slice(0, messageUnitsMax - 1)}…` }
}
