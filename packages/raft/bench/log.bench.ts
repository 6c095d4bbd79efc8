import { nodeDisk } from '@flotilla/core/disk/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import type { Bench, Figure, Place, Running, Timing } from '@flotilla/core/testing'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { openDiskStorage } from '../src/storage/disk-storage.ts'
import type { RaftStorage } from '../src/storage/storage.ts'
import type { Entry, GroupName, Index, SnapshotMark, Term } from '../src/types.ts'

const data = Buffer.alloc(256, 0xa5)
const group = 'bench' as GroupName
/** Of the file that the floor writes to, over and over. */
const bareBytes = 64 * 2 ** 20
const recoveredBytes = 2 ** 30
const quickBytes = 16 * 2 ** 20
/** Entries are given up by a snapshot now and then, as in a real group, so that files are used again. */
const keptEntriesMax = 200_000

const none = { voters: [], outgoing: [], learners: [] }

function markOf(index: number): SnapshotMark {
  return { index: index as Index, term: 1 as Term, configuration: none, id: '', bytes: 0 }
}

function entriesFrom(first: number, count: number): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at < count; at++) {
    entries.push({ index: (first + at) as Index, term: 1 as Term, kind: 'command', data })
  }
  return entries
}

/** One batch after the other, each durable before the next is given. */
async function appending({ folder }: Place, perBatch: number): Promise<Running> {
  const disk = await nodeDisk({ folder })
  const storage = await openDiskStorage({ disk, entropy: nodeEntropy() })
  await storage.write([{ group, snapshot: markOf(0) }])
  let last = 0
  let compacted = 0
  return {
    async work(count) {
      let done = 0
      for (; done < count; done += perBatch) {
        await storage.write([{ group, entries: entriesFrom(last + 1, perBatch) }])
        last += perBatch
        if (last - compacted < keptEntriesMax) continue
        await storage.write([{ group, snapshot: markOf(last) }])
        compacted = last
      }
      return done
    },
    async stop() {
      await storage[Symbol.asyncDispose]()
      await disk[Symbol.asyncDispose]()
    },
  }
}

/** The same bytes without heads, checksums or segments, in blocks that the file has already. */
async function bareWriting({ folder }: Place, perBatch: number): Promise<Running> {
  const file = await open(join(folder, 'bare'), 'w')
  await file.write(Buffer.alloc(bareBytes))
  await file.sync()
  const batch = [Buffer.alloc(perBatch * data.length, 0xa5)]
  const batchBytes = perBatch * data.length
  let position = 0
  return {
    async work(count) {
      let done = 0
      for (; done < count; done += perBatch) {
        if (position + batchBytes > bareBytes) position = 0
        await file.writev(batch, position)
        await file.datasync()
        position += batchBytes
      }
      return done
    },
    stop: () => file.close(),
  }
}

function appendFigure(perBatch: number): Figure {
  return {
    metric: `durable entries of 256 B, ${perBatch} in a batch`,
    unit: 'entries',
    ours: (place) => appending(place, perBatch),
    floor: { name: 'writev and fdatasync of as many bytes, no growth', start: (place) => bareWriting(place, perBatch) },
  }
}

async function fill(storage: RaftStorage, bytes: number): Promise<void> {
  const perWrite = 4_096
  await storage.write([{ group, snapshot: markOf(0) }])
  for (let last = 0; last * data.length < bytes; last += perWrite) {
    await storage.write([{ group, entries: entriesFrom(last + 1, perWrite) }])
  }
}

async function recovering(place: Place): Promise<Timing> {
  const bytes = place.quick ? quickBytes : recoveredBytes
  {
    await using disk = await nodeDisk(place)
    await using storage = await openDiskStorage({ disk, entropy: nodeEntropy() })
    await fill(storage, bytes)
  }
  return {
    async time() {
      await using disk = await nodeDisk(place)
      const began = performance.now()
      await using storage = await openDiskStorage({ disk, entropy: nodeEntropy() })
      const took = performance.now() - began
      const entries = storage.recovered.get(group)?.entries.length ?? 0
      if (entries * data.length < bytes) throw new Error(`only ${entries} entries were recovered`)
      return took
    },
  }
}

export const bench: Bench = {
  name: 'log',
  summary:
    'The write-ahead log of raft on a real disk; "durable" is fdatasync. Every record is checked when it is read.',
  figures: [1, 64, 256].map(appendFigure),
  durations: [
    { metric: 'open a log of 1 GiB, in entries of 256 B that all count', ours: recovering, millisecondsMax: 10_000 },
  ],
}
