import { posix } from 'node:path'
import type { Chapter } from './chapters.ts'

export interface ShellContents {
  readonly path: string
  readonly title: string
  /** HTML. */
  readonly body: string
  readonly chapters: readonly Chapter[]
}

/** What is around every page; each finds the others by relative addresses, so the folder may lie anywhere. */
export function pageShell({ path, title, body, chapters }: ShellContents): string {
  const to = (target: string): string => escapeHtml(posix.relative(posix.dirname(path), target))
  const contents = chapters.map(({ title: chapter, entries }) => {
    const items = entries.map((entry) => {
      const current = entry.path === path ? ' aria-current="page"' : ''
      return `<li><a href="${to(entry.path)}"${current}>${escapeHtml(entry.title)}</a></li>`
    })
    return `<h2>${escapeHtml(chapter)}</h2><ul>${items.join('')}</ul>`
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Flotilla</title>
<link rel="stylesheet" href="${to('style.css')}">
</head>
<body>
<a class="skip" href="#text">To the text</a>
<nav aria-label="Contents"><p class="name"><a href="${to('index.html')}">Flotilla</a></p>${contents.join('')}</nav>
<main id="text">
${body}</main>
</body>
</html>
`
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
