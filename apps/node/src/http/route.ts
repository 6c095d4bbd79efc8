import type { IncomingMessage } from 'node:http'
import type { BytesReply } from './bytes-reply.ts'
import type { Caller, UserRole } from './caller.ts'
import type { EventStream } from './event-stream.ts'
import type { Reply } from './reply.ts'
import type { RequestDocument } from './request-document.ts'

/** What all routes have. */
interface Place {
  /** One that ends with a `*` is for everything below it. */
  readonly path: string
  /** Who may: unless it is said, a viewer may ask, and an operator may have something done. */
  readonly role?: UserRole
  readonly open?: never
}

/** Answers anybody: only for what holds no secret, or looks at who asks itself. */
export interface OpenRoute {
  readonly path: string
  readonly open: true
  readonly answer: (question: OpenQuestion) => Reply | Promise<Reply>
}

/** As `OpenRoute`, where a JSON document is posted: for who has to say who he is. */
export interface OpenPostRoute {
  readonly path: string
  readonly open: true
  readonly openPost: (document: RequestDocument, question: OpenQuestion) => Reply | Promise<Reply>
}

export interface Route extends Place {
  readonly answer: (question: Question) => Reply | Promise<Reply>
}

/**
 * A path to which a JSON document is posted; its answer is one too. It may throw a `FlotillaError`, which is the
 * refusal that the client gets.
 */
export interface PostRoute extends Place {
  readonly post: (document: RequestDocument, caller: Caller) => object | Promise<object>
}

/** A path that answers with events until it is done, or nobody listens any more. To be asked, or to be posted to. */
export interface StreamRoute extends Place {
  readonly stream: (question: StreamQuestion, events: EventStream) => Promise<void>
  readonly isPosted: boolean
}

export type ContentMethod = 'GET' | 'HEAD' | 'PUT' | 'DELETE'

/**
 * A path under which there is content: it is put and deleted there, and may be as large as it likes in both directions.
 * Its answer is a reply, or the events that it has sent meanwhile.
 */
export interface ContentRoute extends Place {
  readonly methods: readonly ContentMethod[]
  readonly content: (question: ContentQuestion, events: EventStream) => Promise<Reply | BytesReply | undefined>
}

export type ClosedRoute = Route | PostRoute | StreamRoute | ContentRoute

export type AnyRoute = OpenRoute | OpenPostRoute | ClosedRoute

export interface ContentQuestion extends Question {
  readonly request: IncomingMessage
  readonly method: ContentMethod
  /** What is sent, in pieces, read as quickly as it is taken; a body that breaks off throws. May be iterated once. */
  readonly body: AsyncIterable<Uint8Array>
}

interface StreamQuestion {
  readonly caller: Caller
  readonly query: URLSearchParams
  /** Empty where nothing was posted. */
  readonly document: RequestDocument
}

/** What there is to know of a request where only its path and who asks count, so that the node can ask as well. */
export interface Question {
  readonly caller: Caller
  readonly query: URLSearchParams
  /** What stands in the place of the `*`, as it came. */
  readonly rest: string
}

export interface OpenQuestion extends Omit<Question, 'caller'> {
  readonly request: IncomingMessage
  readonly port: number
}
