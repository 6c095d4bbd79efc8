import type { AnySchema } from '../schema/schema.ts'

/** What a route says of itself: requests are checked by it, and the reference is made of it. */
export interface RouteAbout {
  /** One line, without a full stop: what it is, or what is done. */
  readonly summary: string
  /** What else whoever uses it should know, as sentences. */
  readonly detail?: string
  /** What stands in the place of the `*` at the end of its path. */
  readonly rest?: RestAbout
  /** Of the address; none may be given where this is missing. */
  readonly query?: AnySchema
  /** What is posted; `{}` where this is missing. */
  readonly document?: AnySchema
  /** What is answered with 200; JSON unless `type` says otherwise. */
  readonly answer?: AnySchema
  /** What comes as server-sent events, one at a time. */
  readonly events?: AnySchema
  /** Of an answer or of content that is no JSON. */
  readonly type?: string
}

interface RestAbout {
  readonly name: string
  readonly description: string
}

/**
 * What the audit log has of requests that change something:
 *
 * - `twice`: what is wanted, before it is done, and what came of it. So it is where nothing is said.
 * - `once`: what is wanted, before it is done: for content, of which there is much.
 * - `itself`: the service writes it, on each node that it concerns.
 * - `never`: with the reason in a comment.
 */
export type AuditKind = 'twice' | 'once' | 'itself' | 'never'
