import { posix } from 'node:path'
import { Marked } from 'marked'
import { headingSlug } from '../checks/markdown.ts'
import { uniqueName } from '../checks/unique-name.ts'
import { chaptersOf, type Chapter } from './chapters.ts'
import { pagePath, titleOf } from './page-name.ts'
import { escapeHtml, pageShell } from './page-shell.ts'

export interface Page {
  /** In the site, such as `docs/quick-start.html`. */
  readonly path: string
  readonly html: string
}

/** From documents, by their paths in the checkout, to pages; links between documents lead to pages. */
export function buildSite(documents: ReadonlyMap<string, string>): readonly Page[] {
  const chapters = chaptersOf(documents)
  return [...documents].map(([source, text]) => page(source, text, { documents, chapters }))
}

interface Site {
  readonly documents: ReadonlyMap<string, string>
  readonly chapters: readonly Chapter[]
}

function page(source: string, text: string, site: Site): Page {
  const path = pagePath(source)
  const body = rendererFor(source, site).parse(text, { async: false })
  return { path, html: pageShell({ path, title: titleOf(text) ?? source, body, chapters: site.chapters }) }
}

function rendererFor(source: string, { documents }: Site): Marked {
  const anchors = new Set<string>()
  return new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth, text }) {
        const anchor = uniqueName(headingSlug(text), anchors)
        anchors.add(anchor)
        return `<h${depth} id="${escapeHtml(anchor)}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      link({ href, tokens }) {
        const inside = this.parser.parseInline(tokens)
        const target = targetOf(source, href, documents)
        // What is only in the checkout is named, and leads nowhere.
        if (target === undefined) return `<span class="source" title="${escapeHtml(href)}">${inside}</span>`
        return `<a href="${escapeHtml(target)}">${inside}</a>`
      },
      table(token) {
        const cell = (tag: string, tokens: Parameters<typeof this.parser.parseInline>[0]): string =>
          `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`
        const head = token.header.map(({ tokens }) => cell('th', tokens)).join('')
        const rows = token.rows.map((row) => `<tr>${row.map(({ tokens }) => cell('td', tokens)).join('')}</tr>`)
        // Wide ones scroll by themselves, with the keyboard too.
        const place = '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
        return `${place}<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>\n`
      },
    },
  })
}

/** Where a link of a document leads in the site; undefined where what it names is no part of it. */
function targetOf(source: string, href: string, documents: ReadonlyMap<string, string>): string | undefined {
  if (/^(https?:|mailto:|#)/.test(href)) return href
  const [file = '', anchor] = href.split('#')
  const named = posix.join(posix.dirname(source), file)
  const isPicture = named.startsWith('docs/') && /\.(svg|png)$/.test(named)
  if (!documents.has(named) && !isPicture) return undefined
  const target = isPicture ? named : pagePath(named)
  const path = posix.relative(posix.dirname(pagePath(source)), target)
  return anchor === undefined ? path : `${path}#${anchor}`
}
