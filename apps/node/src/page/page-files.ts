import { readFile } from 'node:fs/promises'

/** What the page loads, as it is. */
export interface PageFiles {
  readonly style: string
  readonly script: string
  readonly icon: string
}

export async function readPageFiles(): Promise<PageFiles> {
  const [style, script, icon] = await Promise.all([
    readFile(new URL('./page.css', import.meta.url), 'utf8'),
    readFile(new URL('./page.js', import.meta.url), 'utf8'),
    readFile(new URL('./icon.svg', import.meta.url), 'utf8'),
  ])
  return { style, script, icon }
}
