import { isBlobId, seeFile, seenFile, type BlobStat, type ReplicatedBlobStat } from '@flotilla/cas-store'
import { FlotillaError } from '@flotilla/core/errors'
import type { RequestDocument } from '../http/request-document.ts'
import type { BlobPutAnswer } from './blob-answers.ts'
import type { OpenBlobs } from './blob-store.ts'
import { wrongParameter } from './query-parameters.ts'

/**
 * Which files of this machine were put, and have not changed since, so that whoever puts one again need not send it.
 * The node opens none of them: who asks has looked at the file himself. He learns no more than an id, and with the
 * token, without which nothing is answered, he could list and read every blob. What he says of a file that he has sent
 * is believed as what he sends is: whoever has the token may let any name stand for anything.
 */

/** `null` where it has to be sent; else it has the name already, if there is one. */
export async function putSeenFile(blobs: OpenBlobs, document: RequestDocument): Promise<BlobPutAnswer | null> {
  document.only('path', 'signature', 'name')
  const name = document.has('name') ? document.text('name') : null
  const id = await seenFile(blobs.local, { path: document.text('path'), signature: document.text('signature') })
  if (id === undefined) return null
  const stat = await blobs.store.stat(id)
  const copies = stat === undefined ? undefined : copiesOf(stat)
  if (stat === undefined || copies === undefined) return null
  try {
    if (name !== null) await blobs.store.name(name, id)
  } catch (error) {
    // It was deleted in the meantime.
    if (error instanceof FlotillaError && error.code === 'not-found') return null
    throw error
  }
  return { id, name, size: stat.size, bytesKnown: stat.size, bytesStored: 0, copies }
}

/** Whether it is known from now on: not where a later change of the file might leave no trace. */
export function rememberFile(blobs: OpenBlobs, document: RequestDocument): Promise<boolean> {
  document.only('path', 'before', 'after', 'beganAtMs', 'id')
  const id = document.text('id')
  if (!isBlobId(id)) throw wrongParameter('the id is none', 'give that of the blob that was put')
  const beganAtMs = document.whole('beganAtMs', { least: 0, most: Number.MAX_SAFE_INTEGER })
  const [path, before, after] = [document.text('path'), document.text('before'), document.text('after')]
  return seeFile(blobs.local, { path, before, after, beganAtMs }, id)
}

/** As many as a put would answer for; undefined where one would make more of them. */
function copiesOf(stat: BlobStat | ReplicatedBlobStat): number | undefined {
  if (!('holders' in stat)) return 1
  const living = stat.holders.filter(({ isAlive }) => isAlive).length
  return stat.copiesWanted !== 'all' && living >= stat.copiesWanted ? living : undefined
}
