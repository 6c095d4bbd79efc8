import { opendir, lstat } from 'node:fs/promises'
import { FlotillaError } from '@flotilla/core/errors'
import type { FileFacts } from '../ports.ts'
import { PinnedEntry, shown } from './node-pinned-entry.ts'
import type { ShelfFolders } from './shelf-path.ts'

/** What is in a folder that really lies in one of the folders; links in it are told of, not followed. */
export async function listedFolder(
  path: string,
  folders: ShelfFolders,
  filesMax: number,
): Promise<{ readonly files: readonly FileFacts[]; readonly isCut: boolean }> {
  await using pinned = await PinnedEntry.pin(path, folders)
  if (!pinned.facts.isDirectory()) throw new FlotillaError('wrong-arguments', `${shown(path)} is no folder`)
  const files: FileFacts[] = []
  // Node's types know texts only; a name may be any bytes.
  for await (const entry of await opendir(`${pinned.path}/`, { encoding: 'buffer' as 'utf8' })) {
    const name = Buffer.from(entry.name)
    if (files.length >= filesMax) return { files, isCut: true }
    const facts = await factsOf(pinned.path, name)
    if (facts !== undefined) files.push(facts)
  }
  return { files, isCut: false }
}

/** Undefined where it has gone meanwhile. */
async function factsOf(folder: string, name: Buffer): Promise<FileFacts | undefined> {
  try {
    const facts = await lstat(Buffer.concat([Buffer.from(`${folder}/`), name]))
    const type = facts.isFile()
      ? 'file'
      : facts.isDirectory()
        ? 'folder'
        : facts.isSymbolicLink()
          ? 'link'
          : ('other' as const)
    return { name: name.toString(), type, bytes: facts.size, changedAtMs: Math.round(facts.mtimeMs) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
