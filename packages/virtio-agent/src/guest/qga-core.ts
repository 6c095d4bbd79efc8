import type { Millis } from '@flotilla/core/time'
import { isExactObject, jsonDefaults, JsonStream, memberOf, type ExactJson } from '../lines/index.ts'
import type { QgaLimits } from '../qga/index.ts'

export type QgaInput =
  | { readonly type: 'peer'; readonly isThere: boolean }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** What became of the work of that number; nothing is to be sent where the line is undefined. */
  | { readonly type: 'worked'; readonly work: number; readonly line: Uint8Array | undefined }
  | { readonly type: 'wake' }

export type QgaWork =
  | { readonly type: 'request'; readonly request: ExactJson }
  /** What came was no request. */
  | { readonly type: 'trouble'; readonly what: string }

export type QgaEffect =
  /** Do it, and say by `worked` what is to be sent. */
  | { readonly type: 'work'; readonly work: number; readonly what: QgaWork }
  /** The host has been away for long: what it had open is closed. */
  | { readonly type: 'close-files' }

interface Waiting {
  readonly what: QgaWork
  readonly bytes: number
}

interface Working {
  readonly work: number
  /** The host that asked: an answer to another is dropped. */
  readonly peer: number
  readonly endsAt: Millis
}

/**
 * The guest's side of a session with whoever speaks the dialect of the QEMU guest agent. One command after the other,
 * and the next one begins when the answer to the one before has been taken: so at most one answer is held, however
 * slowly the host reads.
 */
export class QgaCore {
  readonly #limits: QgaLimits
  readonly #stream: JsonStream
  #waiting: Waiting[] = []
  #waitingBytes = 0
  /** Since the last one that was told. */
  #dropped = 0
  #working: Working | undefined
  #line: Uint8Array | undefined
  /** A line was handed out and is not written to its end. */
  #isSending = false
  #works = 0
  /** Rises whenever the host comes or goes. */
  #peer = 0
  #isThere = false
  /** Works whose time was over and that have not ended. */
  readonly #abandoned = new Set<number>()
  #closeFilesAt = Infinity as Millis
  #effects: QgaEffect[] = []

  constructor(limits: QgaLimits) {
    this.#limits = limits
    this.#stream = new JsonStream({ ...jsonDefaults, messageBytesMax: limits.messageBytesMax })
  }

  step(now: Millis, input: QgaInput): void {
    switch (input.type) {
      case 'peer':
        this.#meet(now, input.isThere)
        break
      case 'bytes':
        if (this.#isThere) this.#read(input.bytes)
        break
      case 'worked':
        this.#worked(input.work, input.line)
        break
      case 'wake':
        break
    }
    this.#expire(now)
    this.#next(now)
  }

  drain(): readonly QgaEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  deadline(): Millis {
    return Math.min(this.#working?.endsAt ?? Infinity, this.#closeFilesAt) as Millis
  }

  /** The next line to send. To be asked for when the one before has been written to its end; then `step` again. */
  nextLine(): Uint8Array | undefined {
    const line = this.#line
    this.#line = undefined
    this.#isSending = line !== undefined
    return line
  }

  #meet(now: Millis, isThere: boolean): void {
    this.#peer++
    this.#isThere = isThere
    this.#stream.clear()
    this.#waiting = []
    this.#waitingBytes = 0
    this.#dropped = 0
    this.#line = undefined
    this.#isSending = false
    // Some hosts connect anew for each command, so their files have to outlive a connection.
    this.#closeFilesAt = (isThere ? Infinity : now + this.#limits.filesLingerMs) as Millis
  }

  #read(bytes: Uint8Array): void {
    this.#stream.push(bytes, {
      onValue: (request, size) => this.#enqueue({ type: 'request', request }, size),
      onTrouble: (what) => this.#enqueue({ type: 'trouble', what: `JSON parse error, ${what}` }, 0),
    })
  }

  #enqueue(what: QgaWork, bytes: number): void {
    const { requestsMax, requestBytesMax } = this.#limits
    if (
      this.#waiting.length >= requestsMax ||
      (this.#waitingBytes > 0 && this.#waitingBytes + bytes > requestBytesMax)
    ) {
      this.#dropped++
      return
    }
    this.#waiting.push({ what, bytes })
    this.#waitingBytes += bytes
  }

  #worked(work: number, line: Uint8Array | undefined): void {
    this.#abandoned.delete(work)
    if (this.#working?.work !== work) return
    if (this.#working.peer === this.#peer) this.#line = line
    this.#working = undefined
  }

  #expire(now: Millis): void {
    if (now >= this.#closeFilesAt) {
      this.#closeFilesAt = Infinity as Millis
      this.#effects.push({ type: 'close-files' })
    }
    const working = this.#working
    if (working === undefined || now < working.endsAt) return
    this.#working = undefined
    this.#abandoned.add(working.work)
    if (working.peer !== this.#peer) return
    const what = `the command took longer than ${this.#limits.commandMsMax} ms; what becomes of it is not told`
    this.#waiting.unshift({ what: { type: 'trouble', what }, bytes: 0 })
  }

  #next(now: Millis): void {
    if (this.#working !== undefined || this.#line !== undefined || this.#isSending || !this.#isThere) return
    const what = this.#take()
    if (what === undefined) return
    const work = ++this.#works
    this.#working = { work, peer: this.#peer, endsAt: (now + this.#limits.commandMsMax) as Millis }
    this.#effects.push({ type: 'work', work, what })
  }

  #take(): QgaWork | undefined {
    const next = this.#waiting.shift()
    if (next !== undefined) {
      this.#waitingBytes -= next.bytes
      return this.#abandoned.size > this.#limits.abandonedMax ? hung(next.what, this.#abandoned.size) : next.what
    }
    if (this.#dropped === 0) return undefined
    const what = `${this.#dropped} requests were dropped: send fewer at once`
    this.#dropped = 0
    return { type: 'trouble', what }
  }
}

const harmless = ['guest-ping', 'guest-sync', 'guest-sync-delimited', 'guest-info', 'guest-fsfreeze-status']

/** So that commands that hang do not pile up without an end. */
function hung(what: QgaWork, count: number): QgaWork {
  if (what.type === 'trouble') return what
  const { request } = what
  const name = isExactObject(request) ? memberOf(request, 'execute') : undefined
  if (typeof name === 'string' && harmless.includes(name)) return what
  return { type: 'trouble', what: `${count} commands hang: see why in the guest, and start the agent again` }
}
