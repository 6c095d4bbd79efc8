import type { BlobStore } from '@flotilla/cas-store'
import { FlotillaError } from '@flotilla/core/errors'
import type { Clock } from '@flotilla/core/time'
import { askedRange } from '../http/byte-ranges.ts'
import type { BytesReply } from '../http/bytes-reply.ts'
import { isTagged, tagOf } from '../http/entity-tags.ts'
import { eventBeats } from '../http/event-beats.ts'
import type { EventStream } from '../http/event-stream.ts'
import { jsonReply, type Reply } from '../http/reply.ts'
import type { ContentQuestion } from '../http/route.ts'
import type { BlobEvent, BlobPutAnswer } from './blob-answers.ts'
import { NameTurns } from './name-turns.ts'
import { progressTeller } from './progress-teller.ts'
import { wrongParameter } from './query-parameters.ts'

/** One request for content: who asks, and for how long it is of use to anybody. */
export interface ContentCall {
  readonly store: BlobStore
  readonly question: Pick<ContentQuestion, 'request' | 'method' | 'body'>
  readonly events: EventStream
  /** Aborts when the client has gone, or the node stops. */
  readonly signal: AbortSignal
}

export interface PutCall extends ContentCall {
  /** How many nodes shall have it. */
  readonly copies: number | 'all' | undefined
}

/** Bytes of one kind only: a browser must neither show nor run what somebody has stored. */
const contentHeaders = {
  'Content-Type': 'application/octet-stream',
  'Content-Disposition': 'attachment',
  'Accept-Ranges': 'bytes',
} as const

/** Content of blobs over HTTP: ranges and conditions as RFC 9110 has them, entity tags being the ids of blobs. */
export class BlobContents {
  readonly #clock: Clock
  readonly #turns = new NameTurns()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Under that name, or under none. Whoever asks for events is told how far it has come. */
  async put(name: string | undefined, call: PutCall): Promise<Reply | undefined> {
    const { question, events } = call
    if (question.request.headers['content-range'] !== undefined) {
      throw wrongParameter('a part of a blob cannot be put', 'send all of it; what is known is not written again')
    }
    const wantsEvents = question.request.headers.accept?.includes('text/event-stream') === true
    if (!wantsEvents) {
      const answer = await this.#put(name, call, () => {})
      return { ...jsonReply(201, answer), headers: { ETag: tagOf(answer.id), Location: `/v1/blobs/${answer.id}` } }
    }
    using _beats = eventBeats(this.#clock, events)
    const done = await this.#put(name, call, progressTeller(this.#clock, events))
    const event: BlobEvent<BlobPutAnswer> = { event: 'done', done }
    events.send(event)
    return undefined
  }

  async #put(
    name: string | undefined,
    call: PutCall,
    onProgress: (progress: { readonly bytesRead: number; readonly bytesKnown: number }) => void,
  ): Promise<BlobPutAnswer> {
    const { store, question, signal, copies } = call
    const options = { signal, onProgress, ...(copies === undefined ? {} : { copies }) }
    if (name === undefined || !isConditional(question)) {
      const put = await store.put(question.body, { ...options, ...(name === undefined ? {} : { name }) })
      return { ...put, name: name ?? null }
    }
    // Looked at before anything is sent, for nothing, and again when it counts.
    await this.#checkCondition(name, call)
    const put = await store.put(question.body, options)
    return await this.#turns.take(name, async () => {
      await this.#checkCondition(name, call)
      await store.name(name, put.id, { signal })
      return { ...put, name }
    })
  }

  async get(ref: string, call: ContentCall): Promise<Reply | BytesReply> {
    const { store, question, signal } = call
    const { method, request } = question
    const stat = await store.stat(ref, { signal })
    if (stat === undefined) throw notFound(ref)
    const { id, size } = stat
    const tag = tagOf(id)
    const { 'if-match': match, 'if-none-match': noneMatch, 'if-range': ifRange, range: asked } = request.headers
    if (match !== undefined && !isTagged(match, tag)) throw preconditionFailed(ref)
    const headers = { ...contentHeaders, ETag: tag, 'Content-Length': size }
    if (noneMatch !== undefined && isTagged(noneMatch, tag)) {
      return { status: 304, headers: { ETag: tag }, bytes: undefined }
    }
    const range = ifRange === undefined || ifRange === tag ? askedRange(asked, size) : askedRange(undefined, size)
    if (range.type === 'beyond') {
      const refusal = { error: { code: 'wrong-range', message: 'there is no such part', hint: `it has ${size} bytes` } }
      return { ...jsonReply(416, refusal), headers: { 'Content-Range': `bytes */${size}` } }
    }
    if (method === 'HEAD') return { status: 200, headers, bytes: undefined }
    if (range.type === 'whole') {
      const content = await store.get(id, { signal, borrow: true })
      return { status: 200, headers, bytes: content }
    }
    const { start, length } = range
    const content = await store.get(id, { signal, range: { start, length }, borrow: true })
    const part = { 'Content-Length': length, 'Content-Range': `bytes ${start}-${start + length - 1}/${size}` }
    return { status: 206, headers: { ...headers, ...part }, bytes: content }
  }

  async delete(ref: string, call: ContentCall): Promise<Reply> {
    const { store, question, signal } = call
    const remove = async (): Promise<Reply> => {
      if (isConditional(question)) await this.#checkCondition(ref, call)
      if (!(await store.delete(ref, { signal }))) throw notFound(ref)
      return jsonReply(200, { deleted: true })
    }
    return isConditional(question) ? await this.#turns.take(ref, remove) : await remove()
  }

  async #checkCondition(ref: string, { store, question, signal }: ContentCall): Promise<void> {
    const { 'if-match': match, 'if-none-match': noneMatch } = question.request.headers
    const stat = await store.stat(ref, { signal })
    const tag = stat === undefined ? undefined : tagOf(stat.id)
    if (match !== undefined && !isTagged(match, tag)) throw preconditionFailed(ref)
    if (noneMatch !== undefined && isTagged(noneMatch, tag)) throw preconditionFailed(ref)
  }
}

function isConditional({ request: { headers } }: ContentCall['question']): boolean {
  return headers['if-match'] !== undefined || headers['if-none-match'] !== undefined
}

export function notFound(ref: string): FlotillaError {
  return new FlotillaError('not-found', `there is no blob ${JSON.stringify(ref)}`, {
    hint: 'see `flotilla blob ls` for those that there are',
  })
}

function preconditionFailed(ref: string): FlotillaError {
  return new FlotillaError('precondition-failed', `${JSON.stringify(ref)} does not stand for what was expected`, {
    hint: 'look at what it stands for now, and decide anew',
  })
}
