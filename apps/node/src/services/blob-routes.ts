import { asked, handled, streamed } from '../http/described.ts'
import type { EventStream } from '../http/event-stream.ts'
import { jsonReply } from '../http/reply.ts'
import type { AnyRoute, ContentQuestion, ContentRoute } from '../http/route.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import { either, object, oneOf, optional, text, usual, whole } from '../schema/building.ts'
import type { Schema } from '../schema/schema.ts'
import type {
  BlobEvent,
  BlobIdsAnswer,
  BlobsAnswer,
  BlobsRebuilt,
  BlobStatAnswer,
  BlobStatsAnswer,
} from './blob-answers.ts'
import type { BlobContents, ContentCall, PutCall } from './blob-content.ts'
import { postedRoutes } from './blob-posts.ts'
import type { OpenBlobs } from './blob-store.ts'
import type { BlobWork, WorkCall } from './blob-work.ts'
import { limited } from './query-parameters.ts'
import {
  blobIdsAnswer,
  blobPutAnswer,
  blobPutEvent,
  blobRef,
  blobsAnswer,
  blobStatAnswer,
  blobStatsAnswer,
  deletedAnswer,
  checkEvent,
  collectEvent,
  keepEvent,
  rebuildEvent,
  rotateEvent,
} from './schemas/blob-schemas.ts'

/** Which page of a list. */
export interface IdsQuery {
  readonly after?: string
  readonly limit: number
}

export interface NamesQuery extends IdsQuery {
  readonly prefix: string
}

export interface PutQuery {
  readonly copies?: number | 'all'
}

/** What the routes are served by. */
export interface BlobDesk {
  readonly contents: BlobContents
  readonly work: BlobWork
  readonly opened: () => OpenBlobs
  readonly list: (query: NamesQuery) => Promise<BlobsAnswer>
  readonly listIds: (query: IdsQuery) => Promise<BlobIdsAnswer>
  readonly stat: (ref: string) => Promise<BlobStatAnswer>
  readonly stats: () => Promise<BlobStatsAnswer>
  readonly call: (question: ContentQuestion, events: EventStream) => ContentCall
  readonly putCall: (question: ContentQuestion<PutQuery>, events: EventStream) => PutCall
  readonly workCall: <Done>(events: EventStream<BlobEvent<Done>>) => WorkCall<Done>
  readonly rebuild: (events: EventStream<BlobEvent<BlobsRebuilt>>) => Promise<void>
}

const after = optional(text({ description: 'those after this one, for the next page' }))
const limit = limited(nodeLimitsDefaults.blobsAnsweredMax)
const listQuery: Schema<NamesQuery> = object({
  prefix: usual(text({ description: 'names that begin with it' }), ''),
  after,
  limit,
})
const idsQuery: Schema<IdsQuery> = object({ after, limit })
const checkDocument = object({
  bytesPerSecond: optional(
    whole({ least: 1, most: nodeLimitsDefaults.blobCheckBytesPerSecondMax, description: 'how fast, at most' }),
  ),
})
const putQuery: Schema<PutQuery> = object({
  copies: optional(
    either([whole({ least: 1, most: 9_999 }), oneOf(['all'])], { description: 'how many nodes shall have it' }),
  ),
})

const getAbout = {
  summary: 'the content of a blob',
  detail: 'A `Range` of bytes, `If-Match`, `If-None-Match` and `If-Range` are understood; the `ETag` is the id.',
  rest: { name: 'ref', description: 'the name or the id of a blob, or the name to be; it may have slashes' },
  query: object({ ticket: optional(text({ description: 'of `/v1/blob/ticket`, for a link in a browser' })) }),
  type: 'application/octet-stream',
}
const putAbout = {
  detail:
    'The body is the content, as long as it likes. With `Accept: text/event-stream` the answer is events that say ' +
    'how far it has come, and the last one has what is answered otherwise. `If-Match` and `If-None-Match` are ' +
    'about what the name stands for.',
  query: putQuery,
  answer: blobPutAnswer,
  events: blobPutEvent,
  type: 'application/octet-stream',
}

/** What is answered and done about blobs. */
export function blobRoutes(desk: BlobDesk): readonly AnyRoute[] {
  return [...contentRoutes(desk), ...askedRoutes(desk), ...doneRoutes(desk)]
}

function contentRoutes(desk: BlobDesk): readonly ContentRoute[] {
  const { contents } = desk
  return [
    {
      path: '/v1/blobs',
      content: {
        GET: handled({
          about: { summary: 'blobs that have names, by name', query: listQuery, answer: blobsAnswer },
          serve: async ({ query }) => jsonReply(200, await desk.list(query)),
        }),
        PUT: handled({
          audit: 'once',
          about: { ...putAbout, summary: 'put content without a name' },
          serve: (question, events) => contents.put(undefined, desk.putCall(question, events)),
        }),
      },
    },
    {
      path: '/v1/blobs/*',
      content: {
        GET: handled({
          about: getAbout,
          takesTicket: true,
          serve: (question, events) => contents.get(question.rest, desk.call(question, events)),
        }),
        PUT: handled({
          audit: 'once',
          about: { ...putAbout, rest: getAbout.rest, summary: 'put content under a name' },
          serve: (question, events) => contents.put(question.rest, desk.putCall(question, events)),
        }),
        DELETE: handled({
          about: { summary: 'delete a blob, with all of its names', rest: getAbout.rest, answer: deletedAnswer },
          serve: (question, events) => contents.delete(question.rest, desk.call(question, events)),
        }),
      },
    },
  ]
}

function askedRoutes(desk: BlobDesk): readonly AnyRoute[] {
  return [
    asked({
      path: '/v1/blob-ids',
      about: { summary: 'all blobs, by id', query: idsQuery, answer: blobIdsAnswer },
      get: ({ query }) => desk.listIds(query),
    }),
    asked({
      path: '/v1/blob-stats',
      about: { summary: 'how much is kept, and how it stands with copies', answer: blobStatsAnswer },
      get: () => desk.stats(),
    }),
    asked({
      path: '/v1/blob/stat',
      about: { summary: 'one blob', query: object({ ref: blobRef }), answer: blobStatAnswer },
      get: ({ query }) => desk.stat(query.ref),
    }),
  ]
}

function doneRoutes(desk: BlobDesk): readonly AnyRoute[] {
  const { work } = desk
  return [
    ...postedRoutes(desk.opened),
    streamed({
      path: '/v1/blob/keep',
      isPosted: true,
      about: {
        summary: 'bring a blob to this node, and keep it here for good',
        document: object({ ref: blobRef }),
        events: keepEvent,
      },
      stream: ({ document }, events) => work.keep(document.ref, desk.workCall(events)),
    }),
    streamed({
      path: '/v1/blob/gc',
      isPosted: true,
      about: { summary: 'collect what nothing stands for any more', events: collectEvent },
      stream: (_question, events) => work.collect(desk.workCall(events)),
    }),
    streamed({
      path: '/v1/blob/fsck',
      isPosted: true,
      about: {
        summary: 'read all that is kept, and mend what is damaged',
        document: checkDocument,
        events: checkEvent,
      },
      stream: ({ document }, events) => work.check(document.bytesPerSecond, desk.workCall(events)),
    }),
    streamed({
      path: '/v1/blob/rebuild',
      isPosted: true,
      role: 'admin',
      about: { summary: 'bring back what can be, where the catalogue is lost', events: rebuildEvent },
      stream: (_question, events) => desk.rebuild(events),
    }),
    streamed({
      path: '/v1/blob/rotate-key',
      isPosted: true,
      role: 'admin',
      about: {
        summary: 'seal all content anew, with a new key',
        detail: 'It goes on when nobody listens.',
        events: rotateEvent,
      },
      stream: (_question, events) => work.rotateKey(desk.workCall(events)),
    }),
  ]
}
