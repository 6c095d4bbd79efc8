import { posix } from 'node:path'
import type { FileTree } from './file-tree.ts'
import type { Finding } from './finding.ts'
import { isMarkdown, parseMarkdown } from './markdown.ts'

/** Links of the documentation that lead nowhere. Addresses on the web are not asked for. */
export function deadLinks(tree: FileTree): readonly Finding[] {
  const documents = new Map(tree.paths.filter(isMarkdown).map((path) => [path, parseMarkdown(tree.text(path))]))
  const folders = new Set(tree.paths.flatMap(foldersOf))
  return [...documents].flatMap(([file, { links }]) =>
    links.flatMap(({ line, text }): Finding[] => {
      if (/^[a-z][a-z+.-]*:/i.test(text)) return []
      const [path = '', anchor] = text.replaceAll('%20', ' ').split('#', 2)
      const target = path === '' ? file : resolved(file, path)
      if (!tree.has(target) && !folders.has(target)) {
        return [
          {
            file,
            line,
            sentence: `the link ${text} leads nowhere: no ${target} in the repository; correct or remove it`,
          },
        ]
      }
      if (anchor === undefined || anchor === '' || documents.get(target)?.anchors.has(anchor) !== false) return []
      return [{ file, line, sentence: `the link ${text} misses its heading: ${target} has none that makes #${anchor}` }]
    }),
  )
}

function resolved(file: string, path: string): string {
  const joined = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(file), path)
  return joined.replace(/\/$/, '') || '.'
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/')
  return ['.', ...parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))]
}
