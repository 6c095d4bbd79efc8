import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Canary } from '@flotilla/sim'

const left: ReadonlySet<string> = new Set(['dist', '.reports', '.turbo', '.vite', '.vite-temp', 'coverage'])

/** A copy of the repository in which bugs may be planted while people work in the other one. */
export class Workshop implements AsyncDisposable {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(root: string): Promise<Workshop> {
    const workshop = new Workshop(await mkdtemp(join(tmpdir(), 'flotilla-planted-')))
    const { folder } = workshop
    const copy = (path: string): Promise<void> =>
      cp(join(root, path), join(folder, path), {
        recursive: true,
        // The links of one package to another lead to the copies then.
        verbatimSymlinks: true,
        filter: (source) => !left.has(basename(source)),
      })
    for (const entry of await readdir(root, { withFileTypes: true })) {
      if (entry.isFile()) await copy(entry.name)
    }
    await copy('packages')
    await copy('tools')
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
    return workshop
  }

  /** Plants the bug; disposing of what it returns takes it out again. */
  async plant(packageName: string, canary: Canary): Promise<AsyncDisposable> {
    const file = join(this.folder, 'packages', packageName, canary.file)
    const source = await readFile(file, 'utf8')
    await writeFile(file, withBug(source, canary))
    return { [Symbol.asyncDispose]: () => writeFile(file, source) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Throws if the place of the bug is not there exactly once: the code has moved on, and the canary has to follow. */
export function withBug(source: string, { name, file, find, replace }: Canary): string {
  const parts = source.split(find)
  if (parts.length === 2) return parts.join(replace)
  throw new Error(`canary ${name}: its place stands ${parts.length - 1} times in ${file}; it has to stand there once`)
}
