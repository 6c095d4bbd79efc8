import type { Schema } from '../schema/schema.ts'
import type { BytesReply } from './bytes-reply.ts'
import type { Caller, UserRole } from './caller.ts'
import type { EventStream } from './event-stream.ts'
import type { Reply } from './reply.ts'
import type { AuditKind, RouteAbout } from './route-about.ts'
import type {
  Asked,
  AskedRoute,
  ContentQuestion,
  ContentHandler,
  OpenPostRoute,
  OpenQuestion,
  PostedRoute,
  Streamed,
  StreamedRoute,
} from './route.ts'

// What these do is for the compiler: a handler is given what its schemas let through, and answers what they say.

/** A path that answers with JSON. */
export function asked<Answer extends object, Query = unknown>(route: {
  readonly path: string
  readonly role?: UserRole
  readonly about: RouteAbout & { readonly query?: Schema<Query>; readonly answer: Schema<Answer> }
  readonly get: (question: Asked<NoInfer<Query>>) => NoInfer<Answer> | Promise<NoInfer<Answer>>
}): AskedRoute {
  return route
}

/** A path to which JSON is posted, and which answers with JSON. */
export function posted<Answer extends object, Document = unknown>(route: {
  readonly path: string
  readonly role?: UserRole
  readonly audit?: AuditKind
  readonly about: RouteAbout & { readonly document?: Schema<Document>; readonly answer: Schema<Answer> }
  readonly post: (document: NoInfer<Document>, caller: Caller) => NoInfer<Answer> | Promise<NoInfer<Answer>>
}): PostedRoute {
  return route
}

/** A path to which anybody may post JSON: for who has to say who he is. */
export function openPosted<Document = unknown>(route: {
  readonly path: string
  readonly about: RouteAbout & { readonly document?: Schema<Document> }
  readonly openPost: (document: NoInfer<Document>, question: OpenQuestion) => Reply | Promise<Reply>
}): OpenPostRoute {
  return { ...route, open: true }
}

/** A path that answers with events. */
export function streamed<Event extends object, Query = unknown, Document = unknown>(route: {
  readonly path: string
  readonly role?: UserRole
  readonly audit?: AuditKind
  readonly isPosted: boolean
  readonly about: RouteAbout & {
    readonly query?: Schema<Query>
    readonly document?: Schema<Document>
    readonly events: Schema<Event>
  }
  readonly stream: (
    question: Streamed<NoInfer<Query>, NoInfer<Document>>,
    events: EventStream<NoInfer<Event>>,
  ) => Promise<void>
}): StreamedRoute {
  return route
}

/** What one method does with content. */
export function handled<Query = unknown>(handler: {
  readonly audit?: AuditKind
  readonly takesTicket?: true
  readonly about: RouteAbout & { readonly query?: Schema<Query> }
  readonly serve: (
    question: ContentQuestion<NoInfer<Query>>,
    events: EventStream,
  ) => Promise<Reply | BytesReply | undefined>
}): ContentHandler {
  return handler
}
