import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

export interface SourceFiles {
  /** Markdown, by their paths in the checkout. */
  readonly documents: readonly string[]
  readonly pictures: readonly string[]
}

const folders = ['docs', 'packages', 'apps', 'tools/checks', 'tools/torture']
const skipped = new Set(['node_modules', 'dist', 'src', 'coverage', 'canaries'])

/** What the site is made of: the guides, and the README of each package and app. */
export async function listFiles(root: string): Promise<SourceFiles> {
  const found = (await Promise.all(folders.map((folder) => filesBelow(root, folder)))).flat()
  const documents = found.filter((path) => path.endsWith('.md') && !path.endsWith('CHANGELOG.md'))
  return {
    documents: ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...documents.toSorted()],
    pictures: found.filter((path) => path.startsWith('docs/') && /\.(svg|png)$/.test(path)),
  }
}

async function filesBelow(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const inside = entries.map(async (entry): Promise<readonly string[]> => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(root, path)
    return entry.isFile() ? [path] : []
  })
  return (await Promise.all(inside)).flat()
}
