/** The child of `src/survival/kill-files.test.ts`: puts folders of files until it is killed. */
import { appendFileSync } from 'node:fs'
import { serve } from '@flotilla/core/testing/node'
import { putFiles } from '../src/files/node-put-files.ts'
import { openFilesStore } from '../src/survival/node-small-store.ts'

export interface FilesErrand {
  readonly folder: string
  readonly paths: readonly string[]
  /** Where it writes down what it was told is put: a path and an id in each line. */
  readonly told: string
}

const orders = {
  async put({ folder, paths, told }: FilesErrand): Promise<number> {
    await using store = await openFilesStore(folder)
    let count = 0
    for await (const outcome of putFiles(store, paths, { name: (path) => path })) {
      if (outcome.type === 'failed') throw outcome.error
      // What the system has outlives the process.
      appendFileSync(told, `${outcome.path} ${outcome.id}\n`)
      count++
    }
    return count
  },
}

serve(orders)
