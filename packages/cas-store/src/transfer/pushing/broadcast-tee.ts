import type { ChunkSink } from '../../tree/contract.ts'
import type { Broadcast } from '../contract.ts'

/** A sink that hands on what it is given, and broadcasts it as well. */
export function broadcastTee(broadcast: Broadcast): (sink: ChunkSink) => ChunkSink {
  return (sink) => ({
    add: async (kind, chunks, options = {}) => {
      const { signal, release } = options
      // The bytes may be written over only when neither the disk nor any peer needs them.
      let users = 2
      const done = (): void => {
        users--
        if (users === 0) release?.()
      }
      const added = await sink.add(kind, chunks, { signal, release: done })
      const named = added.map(({ id }, index) => ({ id, bytes: chunks[index] ?? new Uint8Array(0) }))
      await broadcast.add(kind, named, { release: done })
      return added
    },
  })
}
