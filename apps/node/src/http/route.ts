import type { IncomingMessage } from 'node:http'
import type { BytesReply } from './bytes-reply.ts'
import type { Caller, UserRole } from './caller.ts'
import type { EventStream } from './event-stream.ts'
import type { Reply } from './reply.ts'
import type { AuditKind, RouteAbout } from './route-about.ts'

/** What all routes have that are for somebody who has said who he is. */
interface Place {
  /** One that ends with a `*` is for everything below it. */
  readonly path: string
  /** Who may: unless it is said, a viewer may ask, and an operator may have something done. */
  readonly role?: UserRole
  readonly open?: never
}

interface OpenPlace {
  readonly path: string
  readonly open: true
  /** Without it, it is no part of the API. */
  readonly about?: RouteAbout
}

/** Answers anybody: only for what holds no secret, or looks at who asks itself. */
export interface OpenRoute extends OpenPlace {
  readonly answer: (question: OpenQuestion) => Reply | Promise<Reply>
}

/** As `OpenRoute`, where a JSON document is posted: for who has to say who he is. */
export interface OpenPostRoute extends OpenPlace {
  readonly about: RouteAbout
  openPost(document: unknown, question: OpenQuestion): Reply | Promise<Reply>
}

/** Answers with something that is no JSON. */
interface Route extends Place {
  readonly about: RouteAbout
  readonly answer: (question: Question) => Reply | Promise<Reply>
}

/** Answers with JSON. Whatever is handed to a route was checked by its schemas before. */
export interface AskedRoute extends Place {
  readonly about: RouteAbout
  get(question: Asked): object | Promise<object>
}

/**
 * A path to which a JSON document is posted; its answer is one too. It may throw a `FlotillaError`, which is the
 * refusal that the client gets.
 */
export interface PostedRoute extends Place {
  readonly about: RouteAbout
  readonly audit?: AuditKind
  post(document: unknown, caller: Caller): object | Promise<object>
}

/** A path that answers with events until it is done, or nobody listens any more. To be asked, or to be posted to. */
export interface StreamedRoute extends Place {
  readonly about: RouteAbout
  readonly isPosted: boolean
  readonly audit?: AuditKind
  stream(question: Streamed, events: EventStream): Promise<void>
}

export type ContentMethod = 'GET' | 'HEAD' | 'PUT' | 'DELETE'

/**
 * A path under which there is content: it is put and deleted there, and may be as large as it likes in both directions.
 * What is asked with HEAD is asked as with GET.
 */
export interface ContentRoute extends Place {
  readonly content: Readonly<Partial<Record<Exclude<ContentMethod, 'HEAD'>, ContentHandler>>>
}

/** What one method does there. Its answer is a reply, or the events that it has sent meanwhile. */
export interface ContentHandler {
  readonly about: RouteAbout
  readonly audit?: AuditKind
  /** A browser may fetch it by a link that ends with a ticket, `?ticket=…`. */
  readonly takesTicket?: true
  serve(question: ContentQuestion, events: EventStream): Promise<Reply | BytesReply | undefined>
}

export type ClosedRoute = Route | AskedRoute | PostedRoute | StreamedRoute | ContentRoute

export type AnyRoute = OpenRoute | OpenPostRoute | ClosedRoute

/** What there is to know of a request where only its path and who asks count, so that the node can ask as well. */
export interface Asked<Query = unknown> {
  readonly caller: Caller
  readonly query: Query
  /** What stands in the place of the `*`, decoded. */
  readonly rest: string
}

export interface Streamed<Query = unknown, Document = unknown> extends Asked<Query> {
  /** Empty where nothing was posted. */
  readonly document: Document
}

export interface ContentQuestion<Query = unknown> extends Asked<Query> {
  readonly request: IncomingMessage
  readonly method: ContentMethod
  /** What is sent, in pieces, read as quickly as it is taken; a body that breaks off throws. May be iterated once. */
  readonly body: AsyncIterable<Uint8Array>
}

interface Question {
  readonly caller: Caller
  readonly query: URLSearchParams
  readonly rest: string
}

export interface OpenQuestion extends Omit<Question, 'caller'> {
  readonly request: IncomingMessage
  readonly port: number
}
