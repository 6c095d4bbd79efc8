import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { FlotillaError } from '@flotilla/core/errors'
import type { FilePiece } from '../ports.ts'
import { PinnedEntry, shown } from './node-pinned-entry.ts'
import type { ShelfFolders } from './shelf-path.ts'

/** A piece of a plain file that really lies in one of the folders. */
export async function readPiece(
  path: string,
  folders: ShelfFolders,
  { position, bytesMax }: { readonly position: number; readonly bytesMax: number },
): Promise<FilePiece> {
  await using pinned = await PinnedEntry.pin(path, folders)
  if (pinned.facts.isDirectory()) throw new FlotillaError('wrong-arguments', `${shown(path)} is a folder`)
  if (!pinned.facts.isFile()) throw new FlotillaError('not-permitted', `${shown(path)} is no plain file`)
  await using handle = await open(pinned.path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  const bytes = await bytesAt(handle, position, bytesMax)
  const { size } = await handle.stat()
  // Files of `/proc` have no size that they would tell.
  return { bytes, fileBytes: Math.max(size, position + bytes.length) }
}

async function bytesAt(handle: FileHandle, position: number, bytesMax: number): Promise<Uint8Array> {
  const { size } = await handle.stat()
  const room = size > position ? Math.min(bytesMax, size - position) : bytesMax
  const bytes = new Uint8Array(room)
  let length = 0
  while (length < room) {
    const { bytesRead } = await handle.read(bytes, length, room - length, position + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return bytes.subarray(0, length)
}
