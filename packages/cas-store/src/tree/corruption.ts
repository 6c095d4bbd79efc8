import { FlotillaError } from '@flotilla/core/errors'
import type { ChunkId } from '../types.ts'

/** A chunk that is what its id says, or so its source says, and cannot be what the blob needs there. */
export function corrupt(id: ChunkId, why: string, options: ErrorOptions = {}): FlotillaError<'corrupt'> {
  return new FlotillaError('corrupt', `chunk ${id} ${why}`, {
    ...options,
    hint: '`flotilla blob fsck` finds all that is damaged, and mends what peers have',
  })
}
