import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { serve } from '@flotilla/core/testing/node'
import { getFile, openBlobStore, putFile, putFiles } from '../src/node.ts'
import type { LocalStore } from '../src/store/contract.ts'
import type { CommandTimes } from './timed-command.ts'

/** What is to be done with which store. */
export interface Errand {
  readonly store: string
  /** What is put, or the folder into which all is to be got. */
  readonly place: string
}

async function putAll(store: LocalStore, source: string, force: boolean): Promise<void> {
  if (!statSync(source).isDirectory()) return void (await putFile(store, source, { name: basename(source), force }))
  for await (const outcome of putFiles(store, filesBelow(source), { name: (path) => path, force })) {
    if (outcome.type === 'failed') throw outcome.error
  }
}

function* filesBelow(folder: string): Generator<string, void, undefined> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.isFile()) yield path
  }
}

async function getAll(store: LocalStore, into: string): Promise<void> {
  for (const { name } of await store.list()) await getFile(store, name, join(into, basename(name)))
}

/** With the opening of the store and its closing. */
function timed(act: (store: LocalStore, place: string) => Promise<void>): (errand: Errand) => Promise<CommandTimes> {
  return async ({ store: folder, place }) => {
    const [begunMs, before] = [performance.now(), process.cpuUsage()]
    {
      await using store = await openBlobStore({ folder, keyFile: join(folder, '..', 'key') })
      await act(store, place)
    }
    const { user, system } = process.cpuUsage(before)
    return { wallMs: performance.now() - begunMs, processorMs: (user + system) / 1_000 }
  }
}

serve({
  begin: timed(() => Promise.resolve()),
  put: timed((store, place) => putAll(store, place, false)),
  putAgain: timed((store, place) => putAll(store, place, true)),
  get: timed(getAll),
})
