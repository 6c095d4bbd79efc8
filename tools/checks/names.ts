import type { FileTree } from './file-tree.ts'
import type { Finding } from './finding.ts'
import { isScript } from './syntax.ts'

const emptyWords: ReadonlySet<string> = new Set([
  'common',
  'helper',
  'helpers',
  'manager',
  'managers',
  'misc',
  'util',
  'utils',
])

/** Files of code, and folders with such files, whose name says nothing or is not kebab-case. */
export function emptyNames(tree: FileTree): readonly Finding[] {
  return tree.paths.filter(isScript).flatMap((file): Finding[] => {
    const parts = file.split('/').map((part) => part.replace(/^\./, '').replace(/\.[\w.]+$/, ''))
    const empty = parts.flatMap((part) => part.split('-')).find((word) => emptyWords.has(word))
    if (empty !== undefined) {
      return [{ file, line: 1, sentence: `"${empty}" says nothing: name the concept that the file holds` }]
    }
    const wrong = parts.find((part) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part))
    if (wrong === undefined) return []
    return [{ file, line: 1, sentence: `"${wrong}" is not kebab-case: write it in small letters with hyphens` }]
  })
}
