import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { getFile, openBlobStore, putFile } from '../src/node.ts'
import type { LocalStore } from '../src/store/contract.ts'

/** How many small files are on their way at once. */
const filesAtOnce = 256

const [order, folder = '', place = ''] = process.argv.slice(2)

async function putAll(store: LocalStore, source: string, force: boolean): Promise<void> {
  const found = await readdir(source, { recursive: true, withFileTypes: true }).catch(() => undefined)
  if (found === undefined) return void (await putFile(store, source, { name: basename(source), force }))
  const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const next = files.values()
  const worker = async (): Promise<void> => {
    for (const path of next) await putFile(store, path, { name: path, force })
  }
  await Promise.all(Array.from({ length: filesAtOnce }, worker))
}

async function getAll(store: LocalStore, into: string): Promise<void> {
  for (const { name } of await store.list()) await getFile(store, name, join(into, basename(name)))
}

await using store = await openBlobStore({ folder, keyFile: join(folder, '..', 'key') })
if (order === 'put' || order === 'put-again') await putAll(store, place, order === 'put-again')
if (order === 'get') await getAll(store, place)
