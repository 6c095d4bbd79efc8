import type { Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Clock } from '@flotilla/core/time'
import type { StatementRow } from '../../catalogue/contract.ts'
import type { BlobDescriptor, BlobId } from '../../types.ts'
import type { LaidOut } from '../statements/layout.ts'
import { isAuthentic } from '../statements/sealing.ts'

export interface JudgeOptions {
  readonly crypto: Crypto
  readonly clock: Clock
  readonly aheadMsMax: number
  /** Whether that node may say anything about blobs. */
  readonly mayState: (author: NodeId) => boolean
  /** What the id of that blob is; left out on an untrusted replica, which cannot know. */
  readonly blobIdOf?: ((descriptor: BlobDescriptor) => BlobId) | undefined
}

/**
 * Whether a statement of somebody else is to be taken. `later`: not now, but it may be when time has passed or more is
 * known about who is a member. Throws for what no honest node passes on.
 */
export function judge(
  laidOut: LaidOut,
  row: StatementRow,
  options: JudgeOptions,
): 'taken' | 'ahead-of-time' | 'stranger' {
  const { said, stamp } = laidOut
  if (stamp.wallMs - options.clock.wallNow() > options.aheadMsMax) return 'ahead-of-time'
  if (!options.mayState(row.author)) return 'stranger'
  if (!isAuthentic(laidOut, options.crypto)) throw forged(row, 'its signature is wrong')
  if (said.type === 'blob' && (options.blobIdOf?.(said.descriptor) ?? said.id) !== said.id) {
    throw forged(row, 'its descriptor is that of another blob')
  }
  return 'taken'
}

function forged(row: StatementRow, why: string): ProtocolError<'forged-statement'> {
  return new ProtocolError('forged-statement', `a statement about ${JSON.stringify(row.key)} was refused: ${why}`, {
    hint: `find out what is wrong with the node that sent it`,
  })
}
