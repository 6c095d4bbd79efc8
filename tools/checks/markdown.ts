import { uniqueName } from './unique-name.ts'

/** As much of Markdown as the checks of the documentation need. */
export interface Markdown {
  readonly fences: readonly Fence[]
  readonly links: readonly Span[]
  /** Inline code. */
  readonly codes: readonly Span[]
  /** What a link's `#…` may name. */
  readonly anchors: ReadonlySet<string>
}

export interface Fence {
  /** The line of the opening fence, from 1. */
  readonly line: number
  /** What follows the opening fence, such as `ts no-run …`. */
  readonly info: string
  readonly text: string
  /** Nothing but blank lines stands between the fence before and this one. */
  readonly followsFence: boolean
}

export interface Span {
  readonly line: number
  readonly text: string
}

export function isMarkdown(path: string): boolean {
  return path.endsWith('.md') && !path.startsWith('.changeset/') && !/(^|\/)CHANGELOG\.md$/.test(path)
}

export function parseMarkdown(text: string): Markdown {
  const { fences, prose } = splitFences(text.split('\n'))
  const codes: Span[] = []
  const links: Span[] = []
  const anchors = new Set<string>()
  for (const { line, text: full } of prose) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(full)?.[1]
    if (heading !== undefined) anchors.add(uniqueName(headingSlug(heading), anchors))
    const plain = full.replace(/(`+)(.+?)\1/g, (_, _ticks, code: string) => {
      codes.push({ line, text: code.trim() })
      return ''
    })
    for (const found of plain.matchAll(/\]\(\s*<?([^)\s>]*)>?(?:\s+"[^"]*")?\s*\)/g)) links.push(span(line, found))
    for (const found of plain.matchAll(/^\s*\[[^\]]+\]:\s*<?([^\s>]+)/g)) links.push(span(line, found))
    for (const found of plain.matchAll(/\b(?:href|src)="([^"]+)"/g)) links.push(span(line, found))
    for (const found of plain.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(found[1] ?? '')
  }
  return { fences, links, codes, anchors }
}

function span(line: number, found: RegExpExecArray): Span {
  return { line, text: found[1] ?? '' }
}

function splitFences(lines: readonly string[]): { readonly fences: readonly Fence[]; readonly prose: readonly Span[] } {
  const fences: Fence[] = []
  const prose: Span[] = []
  let open:
    | { line: number; info: string; mark: string; indent: string; body: string[]; followsFence: boolean }
    | undefined
  let followsFence = false
  for (const [index, text] of lines.entries()) {
    const line = index + 1
    const [, indent = '', mark = '', info = ''] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(text) ?? []
    if (open === undefined && mark !== '') {
      open = { line, info: info.trim(), mark, indent, body: [], followsFence }
    } else if (open === undefined) {
      prose.push({ line, text })
      if (text.trim() !== '') followsFence = false
    } else if (mark.startsWith(open.mark) && info.trim() === '') {
      fences.push({ line: open.line, info: open.info, text: open.body.join('\n'), followsFence: open.followsFence })
      open = undefined
      followsFence = true
    } else {
      open.body.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text)
    }
  }
  return { fences, prose }
}

/** The anchor that code hosts make of a heading. */
export function headingSlug(heading: string): string {
  const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  return shown
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-')
}
