/** The child of `src/survival/kill.test.ts`: a store that does what it is asked to, until it is killed. */
import { serve } from '@flotilla/core/testing/node'
import { assert } from '@flotilla/core/errors'
import { codeOf } from '../src/store/errors.ts'
import type { CheckReport, LocalStore } from '../src/store/contract.ts'
import { digestOfBlob, openSmallStore, packsOf, type PackSight } from '../src/survival/node-small-store.ts'
import type { CollectionReport } from '../src/vault/contract.ts'
import type { Sight } from '../src/survival/expectation.ts'
import { contentOf, type Recipe } from '../src/survival/recipe.ts'

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

const orders = {
  async open({ folder, background }: { readonly folder: string; readonly background: boolean }): Promise<void> {
    // Everything that goes on by itself goes on all the time.
    const limits = { scrubEveryMs: 1_000, retryPauseMs: 1 }
    opened = await openSmallStore(folder, { background, limits })
  },
  async close(): Promise<void> {
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
  collect: (): Promise<CollectionReport> => store().collectGarbage(),
  check: (): Promise<CheckReport> => store().check(),
  rotate: (): Promise<number> => store().rotateKey(),
  observe: (): Promise<readonly Sight[]> => observed(),
  packs: (folder: string): Promise<PackSight> => packsOf(store(), folder),
}

/** What it can be asked to do, besides what every child can. */
export type VictimOrders = typeof orders

serve(orders)
