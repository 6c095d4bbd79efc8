import { join } from 'node:path'
import type { Place } from '@flotilla/core/testing'
import { startChild } from '@flotilla/core/testing/node'
import { withStore, type Contestant } from './contestant.ts'
import { randomFile } from './corpus.ts'
import type { Errand } from './our-backup.ts'
import type { CommandTimes } from './timed-command.ts'

const warmUpBytes = 2 ** 28

/** A process that has put something before, as a daemon has. */
export async function ourSide({ folder, quick = false }: Place): Promise<Contestant> {
  const child = await startChild(new URL('our-backup.ts', import.meta.url))
  const does = (order: string, errand: Errand): Promise<CommandTimes> =>
    child.ask(order, errand) as Promise<CommandTimes>
  const contestant: Contestant = {
    begin: async (store) => void (await does('begin', { store, place: '' })),
    put: (store, source) => does('put', { store, place: source }),
    putKnown: (store, source) => does('putAgain', { store, place: source }),
    get: (store, _source, into) => does('get', { store, place: into }),
    stop: () => child.stop(),
  }
  if (!quick) {
    const warming = join(folder, 'warm-up.bin')
    await randomFile(warming, warmUpBytes)
    await withStore(contestant, folder, (store) => contestant.put(store, warming))
  }
  return contestant
}
