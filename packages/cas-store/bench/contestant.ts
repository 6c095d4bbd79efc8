import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandTimes } from './timed-command.ts'

/** Something that keeps what is in a file or a folder, in a store of its own in a folder. */
export interface Contestant {
  /** An empty store. */
  begin(store: string): Promise<void>
  put(store: string, source: string): Promise<CommandTimes>
  /** As `put`, for one that would otherwise see that the file is the one that it was, and not read it. */
  putKnown?(store: string, source: string): Promise<CommandTimes>
  /** All that was put, into that empty folder. */
  get(store: string, source: string, into: string): Promise<CommandTimes>
  /** For one that runs all the time. */
  stop?(): Promise<void>
}

/** Lets `work` happen with an empty store, which is gone afterwards. */
export async function withStore<Value>(
  contestant: Contestant,
  folder: string,
  work: (store: string) => Promise<Value>,
): Promise<Value> {
  const own = await mkdtemp(join(folder, 'store-'))
  try {
    const store = join(own, 'repository')
    await contestant.begin(store)
    // What others have left in the cache of writes is written first, and not while this one is timed.
    spawnSync('sync')
    return await work(store)
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}
