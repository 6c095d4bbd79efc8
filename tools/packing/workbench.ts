import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shippedDependencies, type Manifest } from '../checks/workspace.ts'
import { install, type Installation } from './consumer.ts'
import { pack, type Packing } from './tarball.ts'

/** A package that is to be published, and where it lies. */
export interface Publishable {
  readonly folder: string
  readonly manifest: Manifest
}

/** A folder outside the monorepo where packages are packed once each, and each is installed on its own. */
export class Workbench implements AsyncDisposable {
  readonly #folder: string
  readonly #publishables: readonly Publishable[]
  readonly #packings = new Map<Publishable, Promise<Packing>>()
  readonly #installations = new Map<Publishable, Promise<Installation>>()

  private constructor(folder: string, publishables: readonly Publishable[]) {
    this.#folder = folder
    this.#publishables = publishables
  }

  static async open(publishables: readonly Publishable[]): Promise<Workbench> {
    return new Workbench(await mkdtemp(join(tmpdir(), 'flotilla-packing-')), publishables)
  }

  packed(publishable: Publishable): Promise<Packing> {
    return once(this.#packings, publishable, () => pack(publishable.folder, this.#folder))
  }

  /** Installs the package in a folder of its own, with those of ours that it depends on and nothing else of ours. */
  installed(publishable: Publishable): Promise<Installation> {
    return once(this.#installations, publishable, async () => {
      const tarballs: string[] = []
      for (const needed of this.#withDependencies(publishable)) {
        const packing = await this.packed(needed)
        if (packing.type !== 'packed') {
          return { type: 'impossible', because: `${needed.manifest.name} is not packed; the test of that says why` }
        }
        tarballs.push(packing.tarball.file)
      }
      const folder = join(this.#folder, publishable.manifest.name)
      await mkdir(folder, { recursive: true })
      return install(folder, tarballs)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  #withDependencies(publishable: Publishable, found = new Set<Publishable>()): ReadonlySet<Publishable> {
    if (found.has(publishable)) return found
    found.add(publishable)
    for (const name of shippedDependencies(publishable.manifest)) {
      const needed = this.#publishables.find(({ manifest }) => manifest.name === name)
      if (needed !== undefined) this.#withDependencies(needed, found)
    }
    return found
  }
}

function once<Value>(
  known: Map<Publishable, Promise<Value>>,
  key: Publishable,
  make: () => Promise<Value>,
): Promise<Value> {
  const before = known.get(key)
  if (before !== undefined) return before
  const made = make()
  known.set(key, made)
  return made
}
