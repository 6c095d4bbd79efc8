/** `pnpm docs:reference`: writes the pages of `docs/reference` that are made from the programs themselves. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { referencePages } from './pages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
for (const [path, text] of await referencePages(root)) {
  await writeFile(join(root, path), text)
  console.log(path)
}
