/**
 * What a check looks at: a folder of text files. A check is a function of such a tree, so that it runs in the same way
 * on the repository and on its canary, the small tree under `canaries/<check>/` that must make it fail. With
 * `FLOTILLA_UNMASK=<check>` the canary's files are added to those of the repository, and the real test must turn red.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface FileTree {
  /** Relative to the root, with `/`, sorted. */
  readonly paths: readonly string[]
  has(path: string): boolean
  text(path: string): string
  /** Where the file lies on this machine, for what has to be run and not only read. */
  diskPath(path: string): string
}

export const repoRoot: string = join(import.meta.dirname, '../..')

/** The repository without what git ignores, without the canaries but for an unmasked one. */
export function repoTree(check: string): FileTree {
  const repo = folderTree(repoRoot)
  return isUnmasked(check) ? joined(repo, canaryTree(check)) : repo
}

export function canaryTree(check: string): FileTree {
  return folderTree(join(import.meta.dirname, 'canaries', check))
}

/** What the check has to say of its canary, to the letter. */
export function canarySentences(check: string): readonly string[] {
  const file = join(import.meta.dirname, 'canaries', `${check}.expected.txt`)
  return readFileSync(file, 'utf8').trimEnd().split('\n')
}

export function isUnmasked(check: string): boolean {
  return (process.env['FLOTILLA_UNMASK'] ?? '').split(',').includes(check)
}

export function folderTree(root: string): FileTree {
  const paths: string[] = []
  const skipped = new Set(['.git', 'canaries', ...ignoredFolders()])
  const enter = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isFile()) paths.push(path)
      if (entry.isDirectory() && !skipped.has(entry.name)) enter(path)
    }
  }
  enter('')
  const known = new Set(paths)
  const diskPath = (path: string): string => join(root, path)
  return {
    paths: paths.toSorted(),
    has: (path) => known.has(path),
    text: (path) => readFileSync(diskPath(path), 'utf8'),
    diskPath,
  }
}

/** The folders that `.gitignore` names, which is one plain name with a `/` on each line. */
function ignoredFolders(): readonly string[] {
  const file = join(repoRoot, '.gitignore')
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.endsWith('/')).map((line) => line.slice(0, -1))
}

function joined(first: FileTree, second: FileTree): FileTree {
  const holder = (path: string): FileTree => (first.has(path) ? first : second)
  return {
    paths: [...new Set([...first.paths, ...second.paths])].toSorted(),
    has: (path) => holder(path).has(path),
    text: (path) => holder(path).text(path),
    diskPath: (path) => holder(path).diskPath(path),
  }
}
