import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * By its place in the checkout, from this file or from the one of `apps/node/dist` that all files were packed into: it
 * is built, and nothing of it is imported.
 */
export const builtPageFolder: string = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../dashboard/dist/' : '../../dashboard/dist/', import.meta.url),
)

/** One file that a browser may ask for. */
export interface PageFile {
  readonly type: string
  /** Its name says its content, so that it may be kept for ever. */
  readonly isHashed: boolean
  readonly bytes: Uint8Array
  /** The same, compressed when it was built. */
  readonly compressed: Readonly<Record<'br' | 'gzip', Uint8Array>>
}

/** What `apps/dashboard/build.ts` writes beside the files. */
interface Manifest {
  readonly files: readonly { readonly path: string; readonly type: string; readonly isHashed: boolean }[]
}

/**
 * The files of the page, as they were built; in memory, and read again when they were built anew, so that nobody has to
 * start a node again to see a change.
 */
export class PageFiles {
  readonly #folder: string
  #files: ReadonlyMap<string, PageFile> = new Map()
  #builtAtMs = -1

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Undefined where there is no such file; everything is undefined where the page was not built. */
  async file(path: string): Promise<PageFile | undefined> {
    await this.#refresh()
    return this.#files.get(path)
  }

  async #refresh(): Promise<void> {
    try {
      const { mtimeMs } = await stat(join(this.#folder, 'manifest.json'))
      if (mtimeMs === this.#builtAtMs) return
      this.#files = await this.#read()
      this.#builtAtMs = mtimeMs
    } catch {
      // Not built, or being built just now: what was read before is still right, and the next request looks again.
    }
  }

  async #read(): Promise<ReadonlyMap<string, PageFile>> {
    const { files } = JSON.parse(await readFile(join(this.#folder, 'manifest.json'), 'utf8')) as Manifest
    const read = files.map(async ({ path, type, isHashed }) => {
      const place = join(this.#folder, path)
      const [bytes, br, gzip] = await Promise.all([readFile(place), readFile(`${place}.br`), readFile(`${place}.gz`)])
      return [`/${path}`, { type, isHashed, bytes, compressed: { br, gzip } }] as const
    })
    return new Map(await Promise.all(read))
  }
}
