import { assert } from '@flotilla/core/errors'
import { BoundedQueue } from '@flotilla/core/machines'
import type { KeySchedules } from '../chunk-keys.ts'
import type { ThreadWorkshopLimits } from '../limits.ts'
import { workshopFailed, workshopOverloaded } from '../workshop-error.ts'
import type { Part, PartResult } from './part.ts'

export interface PartOfCall {
  readonly part: Part
  readonly bytes: number
  readonly resolve: (result: PartResult) => void
  readonly reject: (error: Error) => void
}

/** A thread, seen from here. It answers in the order in which it was asked. */
export interface Thread {
  work(parts: readonly Part[]): void
  useKeys(keys: KeySchedules): void
  /** Resolves when it is gone. */
  close(): Promise<void>
}

export interface ThreadEvents {
  onDone(results: readonly PartResult[]): void
  onKeysUsed(): void
  /** Once, unless it was told to close. Nothing comes after it. */
  onDeath(cause: unknown): void
}

export interface CrewOptions {
  readonly threads: number
  readonly limits: ThreadWorkshopLimits
  start(events: ThreadEvents): Thread
}

interface Post {
  thread: Thread | undefined
  /** Messages that it has not answered, from the oldest on. */
  readonly messages: (readonly PartOfCall[])[]
  /** Keys that it was given and has not confirmed. */
  readonly keyTurns: (() => void)[]
}

/**
 * Hands parts out to threads: whoever has least to do gets what waits, several parts in one message. Threads are
 * started when there is work for them, and a dead one is replaced; what it had under way fails.
 */
export class Crew {
  readonly #options: CrewOptions
  readonly #posts: readonly Post[]
  readonly #waiting: BoundedQueue<PartOfCall>
  #bytesWaiting = 0
  #lost = 0
  #lastCause: unknown
  #isHandingOut = false
  #idle: (() => void)[] = []

  constructor(options: CrewOptions) {
    this.#options = options
    this.#waiting = new BoundedQueue({ capacity: options.limits.partsWaitingMax, whenFull: 'refuse' })
    this.#posts = Array.from({ length: options.threads }, () => ({
      thread: undefined,

      messages: [],
      keyTurns: [],
    }))
  }

  /** All of them, or none: then it throws `overloaded` or `workshop-failed`. */
  add(parts: readonly PartOfCall[]): void {
    const { partsWaitingMax, threadsLostMax } = this.#options.limits
    if (this.#lost > threadsLostMax) throw this.#givenUp()
    if (this.#waiting.size + parts.length > partsWaitingMax) throw workshopOverloaded(partsWaitingMax)
    for (const part of parts) {
      this.#waiting.push(part)
      this.#bytesWaiting += part.bytes
    }
    if (this.#isHandingOut) return
    this.#isHandingOut = true
    // Calls of one turn travel in one message.
    queueMicrotask(() => {
      this.#isHandingOut = false
      this.#handOut()
    })
  }

  /** Resolves when no thread uses other keys any more. */
  async useKeys(keys: KeySchedules): Promise<void> {
    const confirmed = this.#posts.flatMap(({ thread, keyTurns }) => {
      if (thread === undefined) return []
      const turn = new Promise<void>((resolve) => keyTurns.push(resolve))
      thread.useKeys(keys)
      return [turn]
    })
    await Promise.all(confirmed)
  }

  /** Waits for what was added, then lets all threads go. Nothing may be added any more. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#idle.push(resolve)
      this.#tellIfIdle()
    })
    await Promise.all(
      this.#posts.map(async (post) => {
        const { thread } = post
        post.thread = undefined
        await thread?.close()
      }),
    )
  }

  #handOut(): void {
    while (this.#waiting.size > 0) {
      const post = this.#freestPost()
      if (post === undefined) break
      const parts = this.#nextParts()
      this.#send(post, parts)
    }
    this.#tellIfIdle()
  }

  #send(post: Post, parts: readonly PartOfCall[]): void {
    try {
      post.thread ??= this.#start(post)
      post.thread.work(parts.map(({ part }) => part))
      post.messages.push(parts)
    } catch (cause) {
      // There is no memory for another thread, or to share what it shall work on.
      const error = workshopFailed('no thread can be given work on chunks', 'see the cause, then try again', cause)
      for (const { reject } of parts) reject(error)
    }
  }

  #freestPost(): Post | undefined {
    let freest: Post | undefined
    for (const post of this.#posts) {
      if (freest === undefined || post.messages.length < freest.messages.length) freest = post
    }
    const isFree = freest !== undefined && freest.messages.length < this.#options.limits.messagesPerThreadMax
    return isFree ? freest : undefined
  }

  /** At least one; as many as a message may carry, but no more than this thread's share of what waits. */
  #nextParts(): readonly PartOfCall[] {
    const share = Math.min(this.#options.limits.messageBytes, Math.ceil(this.#bytesWaiting / this.#posts.length))
    const parts: PartOfCall[] = []
    let bytes = 0
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (parts.length > 0 && bytes + next.bytes > share) break
      this.#waiting.shift()
      parts.push(next)
      bytes += next.bytes
    }
    this.#bytesWaiting -= bytes
    return parts
  }

  #start(post: Post): Thread {
    return this.#options.start({
      onDone: (results) => {
        const parts = post.messages.shift()
        assert(parts !== undefined && parts.length === results.length, 'a thread answers what it was asked')
        for (const [index, { resolve }] of parts.entries()) resolve(results[index] as PartResult)
        this.#handOut()
      },
      onKeysUsed: () => post.keyTurns.shift()?.(),
      onDeath: (cause) => this.#bury(post, cause),
    })
  }

  #bury(post: Post, cause: unknown): void {
    this.#lost++
    this.#lastCause = cause
    post.thread = undefined
    const lost = post.messages.splice(0).flat()
    for (const resolve of post.keyTurns.splice(0)) resolve()
    const isOver = this.#lost > this.#options.limits.threadsLostMax
    if (isOver) {
      lost.push(...this.#waiting)
      this.#waiting.clear()
      this.#bytesWaiting = 0
    }
    const error = isOver
      ? this.#givenUp()
      : workshopFailed('a thread that works on chunks died', 'nothing came of this call; make it again', cause)
    for (const { reject } of lost) reject(error)
    this.#handOut()
  }

  #givenUp(): Error {
    const sentence = `${this.#lost} threads that work on chunks have died`
    return workshopFailed(sentence, 'see the cause, then open the store again', this.#lastCause)
  }

  #tellIfIdle(): void {
    if (this.#waiting.size > 0 || this.#posts.some(({ messages }) => messages.length > 0)) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}
