import { posted } from '../http/described.ts'
import type { AnyRoute } from '../http/route.ts'
import { object, text } from '../schema/building.ts'
import { putSeenFile, rememberFile, rememberDocument, seenDocument } from './blob-files.ts'
import type { OpenBlobs } from './blob-store.ts'
import { replicatedIn } from './blob-work.ts'
import {
  blobRef,
  keptAnswer,
  namedAnswer,
  pinnedAnswer,
  sawAnswer,
  seenAnswer,
  unnamedAnswer,
} from './schemas/blob-schemas.ts'

const ref = object({ ref: blobRef }, { examples: [{ ref: 'backups/monday' }] })
const name = text({ lengthMax: 4_096, description: 'of a blob' })

/** What is done with blobs at once, without their content. */
export function postedRoutes(opened: () => OpenBlobs): readonly AnyRoute[] {
  return [...keepingRoutes(opened), ...namingRoutes(opened), ...fileRoutes(opened)]
}

function keepingRoutes(opened: () => OpenBlobs): readonly AnyRoute[] {
  return [
    posted({
      path: '/v1/blob/pin',
      about: { summary: 'keep a blob, though no name stands for it', document: ref, answer: pinnedAnswer },
      async post(document) {
        await opened().store.pin(document.ref)
        return { pinned: true }
      },
    }),
    posted({
      path: '/v1/blob/unpin',
      about: { summary: 'let a blob go that no name stands for', document: ref, answer: pinnedAnswer },
      async post(document) {
        await opened().store.unpin(document.ref)
        return { pinned: false }
      },
    }),
    posted({
      path: '/v1/blob/release',
      about: {
        summary: 'let a blob go that this node was to keep for good',
        detail: 'It may go from here when others have enough copies.',
        document: ref,
        answer: keptAnswer,
      },
      async post(document) {
        await replicatedIn(opened()).release(document.ref)
        return { kept: false }
      },
    }),
  ]
}

function namingRoutes(opened: () => OpenBlobs): readonly AnyRoute[] {
  return [
    posted({
      path: '/v1/blob/name',
      about: {
        summary: 'have a name stand for a blob that is here',
        document: object({ name, ref: blobRef }, { examples: [{ name: 'latest', ref: 'backups/monday' }] }),
        answer: namedAnswer,
      },
      async post(document) {
        await opened().store.name(document.name, document.ref)
        return { named: true }
      },
    }),
    posted({
      path: '/v1/blob/unname',
      about: { summary: 'have a name stand for nothing', document: object({ name }), answer: unnamedAnswer },
      async post(document) {
        return { was: await opened().store.unname(document.name) }
      },
    }),
  ]
}

function fileRoutes(opened: () => OpenBlobs): readonly AnyRoute[] {
  return [
    posted({
      path: '/v1/blob/seen',
      // It stands for a put.
      audit: 'once',
      about: {
        summary: 'put a file of this machine again, if it has not changed since it was put',
        document: seenDocument,
        answer: seenAnswer,
      },
      async post(document) {
        return { blob: await putSeenFile(opened(), document) }
      },
    }),
    posted({
      path: '/v1/blob/see',
      // It changes no blob: it follows a put that was written down.
      audit: 'never',
      about: {
        summary: 'remember which file of this machine was put',
        document: rememberDocument,
        answer: sawAnswer,
      },
      async post(document) {
        return { seen: await rememberFile(opened(), document) }
      },
    }),
  ]
}
