import type { BlobStore } from '@flotilla/cas-store'
import { FlotillaError } from '@flotilla/core/errors'

/** What there is to be put and fetched on a node that keeps what it cannot read: everything is refused, clearly. */
export function unreadableBlobs(why: FlotillaError): BlobStore {
  const refuse = (): Promise<never> => Promise.reject(why)
  return {
    put: refuse,
    get: refuse,
    stat: refuse,
    list: refuse,
    listIds: refuse,
    name: refuse,
    unname: refuse,
    delete: refuse,
    pin: refuse,
    unpin: refuse,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** What such a node is. */
export function cannotRead(): FlotillaError {
  return new FlotillaError('no-blobs', 'this node keeps copies that it cannot read (its role is replica)', {
    hint: 'ask a node of the cluster; `flotilla blob stats`, `gc` and `fsck` work here too',
  })
}
