import type { AnyRoute } from '../http/route.ts'
import { putSeenFile, rememberFile } from './blob-files.ts'
import type { OpenBlobs } from './blob-store.ts'
import { replicatedIn } from './blob-work.ts'

/** What is done with blobs at once, without their content. */
export function postedRoutes(opened: () => OpenBlobs): readonly AnyRoute[] {
  return [
    {
      path: '/v1/blob/pin',
      post: async (document) => {
        await opened().store.pin(document.only('ref').text('ref'))
        return { pinned: true }
      },
    },
    {
      path: '/v1/blob/unpin',
      post: async (document) => {
        await opened().store.unpin(document.only('ref').text('ref'))
        return { pinned: false }
      },
    },
    {
      path: '/v1/blob/name',
      post: async (document) => {
        document.only('name', 'ref')
        await opened().store.name(document.text('name'), document.text('ref'))
        return { named: true }
      },
    },
    {
      path: '/v1/blob/unname',
      post: async (document) => ({ was: await opened().store.unname(document.only('name').text('name')) }),
    },
    {
      path: '/v1/blob/seen',
      post: async (document) => ({ blob: await putSeenFile(opened(), document) }),
    },
    {
      path: '/v1/blob/see',
      post: async (document) => ({ seen: await rememberFile(opened(), document) }),
    },
    {
      path: '/v1/blob/release',
      post: async (document) => {
        await replicatedIn(opened()).release(document.only('ref').text('ref'))
        return { kept: false }
      },
    },
  ]
}
