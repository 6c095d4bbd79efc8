import { pagePath, titleOf } from './page-name.ts'

/** A part of the table of contents. */
export interface Chapter {
  readonly title: string
  readonly entries: readonly { readonly path: string; readonly title: string }[]
}

/** In the order of reading; whatever is named nowhere else comes last. */
const plan: readonly (readonly [title: string, belongs: (source: string) => boolean])[] = [
  ['Begin', (source) => /^(README|docs\/(quick-start|concepts))\.md$/.test(source)],
  ['Run it', (source) => /^docs\/(operations|security)\.md$/.test(source) || source.startsWith('apps/')],
  ['Reference', (source) => source.startsWith('docs/reference/')],
  ['Parts', (source) => source.startsWith('packages/')],
  ['The house', () => true],
]

export function chaptersOf(documents: ReadonlyMap<string, string>): readonly Chapter[] {
  const left = new Set(documents.keys())
  return plan.map(([title, belongs]) => {
    const sources = [...left].filter(belongs)
    for (const source of sources) left.delete(source)
    return { title, entries: sources.map((source) => entry(source, documents.get(source) ?? '')) }
  })
}

function entry(source: string, text: string): Chapter['entries'][number] {
  return { path: pagePath(source), title: titleOf(text) ?? source }
}
