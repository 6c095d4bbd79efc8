/** The first page of the site is the README of the house. */
export function pagePath(source: string): string {
  return source === 'README.md' ? 'index.html' : source.replace(/\.md$/, '.html')
}

export function titleOf(text: string): string | undefined {
  return /^#\s+(.+)$/m.exec(text)?.[1]?.replaceAll('`', '')
}
