/** The child of `kill.test.ts`: a store that does what it is asked to, until it is killed. */
import { serve } from '@flotilla/core/testing/node'
import { assert } from '@flotilla/core/errors'
import { codeOf } from '../store/errors.ts'
import type { CheckReport, LocalStore } from '../store/contract.ts'
import { digestOfBlob, openSmallStore, packsInFolder } from './node-small-store.ts'
import { contentOf, type Recipe } from './recipe.ts'

/** One blob as it was found. */
export interface Sight {
  readonly id: string
  readonly digest: string
  readonly names: readonly string[]
}

let opened: LocalStore | undefined

function store(): LocalStore {
  assert(opened !== undefined, 'it was opened')
  return opened
}

async function observed(): Promise<readonly Sight[]> {
  const sights: Sight[] = []
  for (const { id, names } of await store().listIds()) {
    sights.push({ id, names, digest: await digestOfBlob(store(), id) })
  }
  return sights
}

serve({
  async open({ folder, background }: { readonly folder: string; readonly background: boolean }) {
    // Everything that goes on by itself goes on all the time.
    const limits = { scrubEveryMs: 1_000, retryPauseMs: 1 }
    opened = await openSmallStore(folder, { background, limits })
  },
  async close() {
    await opened?.[Symbol.asyncDispose]()
    opened = undefined
  },
  async put({ recipe, name }: { readonly recipe: Recipe; readonly name?: string }): Promise<string> {
    const { id } = await store().put(contentOf(recipe), name === undefined ? {} : { name })
    return id
  },
  delete: (ref: string): Promise<boolean> => store().delete(ref),
  name: ({ name, ref }: { readonly name: string; readonly ref: string }): Promise<void> => store().name(name, ref),
  unname: (name: string): Promise<boolean> => store().unname(name),
  /** `not-found` in place of a digest where there is no such blob. */
  async digest(ref: string): Promise<string> {
    try {
      return await digestOfBlob(store(), ref)
    } catch (error) {
      if (codeOf(error) === 'not-found') return 'not-found'
      throw error
    }
  },
  collect: () => store().collectGarbage(),
  check: (): Promise<CheckReport> => store().check(),
  rotate: () => store().rotateKey(),
  observe: observed,
  async packs(folder: string): Promise<{ readonly onDisk: readonly string[]; readonly known: readonly string[] }> {
    const known = await store().vault.catalogue.packs()
    return { onDisk: await packsInFolder(folder), known: known.map(({ pack }) => pack).toSorted() }
  },
})
