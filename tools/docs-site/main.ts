/**
 * `pnpm docs:site [FOLDER]`: the documentation as pages that can be read offline, in `dist/docs` or the folder named.
 * Nothing in them comes from elsewhere.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listFiles } from './source-files.ts'
import { buildSite } from './site.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const target = resolve(process.argv[2] ?? join(root, 'dist/docs'))

const { documents, pictures } = await listFiles(root)
const texts = await Promise.all(documents.map((path) => readFile(join(root, path), 'utf8')))
const pages = buildSite(new Map(documents.map((path, index) => [path, texts[index] ?? ''])))

await rm(target, { recursive: true, force: true })
for (const { path, html } of pages) await place(path, html)
for (const path of pictures) await place(path, await readFile(join(root, path)))
await place('style.css', await readFile(new URL('style.css', import.meta.url)))
console.log(`${pages.length} pages in ${target}: open ${join(target, 'index.html')}`)

async function place(path: string, content: string | Uint8Array): Promise<void> {
  const file = join(target, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}
