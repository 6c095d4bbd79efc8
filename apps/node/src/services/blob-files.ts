import { isBlobId, seeFile, seenFile, type BlobStat, type ReplicatedBlobStat } from '@flotilla/cas-store'
import { FlotillaError } from '@flotilla/core/errors'
import { nodeLimitsDefaults } from '../limits.ts'
import { count, object, optional, text } from '../schema/building.ts'
import type { Schema } from '../schema/schema.ts'
import type { BlobPutAnswer } from './blob-answers.ts'
import type { OpenBlobs } from './blob-store.ts'
import { wrongParameter } from './query-parameters.ts'

/**
 * Which files of this machine were put, and have not changed since, so that whoever puts one again need not send it.
 * The node opens none of them: who asks has looked at the file himself. He learns no more than an id, and with the
 * token, without which nothing is answered, he could list and read every blob. What he says of a file that he has sent
 * is believed as what he sends is: whoever has the token may let any name stand for anything.
 */

export interface SeenFile {
  readonly path: string
  readonly signature: string
  readonly name?: string
}

export interface RememberedFile {
  readonly path: string
  readonly before: string
  readonly after: string
  readonly beganAtMs: number
  readonly id: string
}

const said = text({ lengthMax: nodeLimitsDefaults.documentTextLengthMax })
const path = text({ lengthMax: nodeLimitsDefaults.documentTextLengthMax, description: 'of the file' })
const looks = 'how the file looks: its size, times and inode, as whoever asks has made one text of them'

export const seenDocument: Schema<SeenFile> = object({
  path,
  signature: { ...said, description: looks },
  name: optional({ ...said, description: 'the blob has it then' }),
})

export const rememberDocument: Schema<RememberedFile> = object({
  path,
  before: { ...said, description: `${looks}, before it was read` },
  after: { ...said, description: 'the same, after it was read' },
  beganAtMs: count({ description: 'when reading it began' }),
  id: { ...said, description: 'of the blob' },
})

/** `null` where it has to be sent; else it has the name already, if there is one. */
export async function putSeenFile(blobs: OpenBlobs, document: SeenFile): Promise<BlobPutAnswer | null> {
  const { name = null, ...file } = document
  const id = await seenFile(blobs.local, file)
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
export function rememberFile(blobs: OpenBlobs, document: RememberedFile): Promise<boolean> {
  const { id, ...file } = document
  if (!isBlobId(id)) throw wrongParameter('the id is none', 'give that of the blob that was put')
  return seeFile(blobs.local, file, id)
}

/** As many as a put would answer for; undefined where one would make more of them. */
function copiesOf(stat: BlobStat | ReplicatedBlobStat): number | undefined {
  if (!('holders' in stat)) return 1
  const living = stat.holders.filter(({ isAlive }) => isAlive).length
  return stat.copiesWanted !== 'all' && living >= stat.copiesWanted ? living : undefined
}
