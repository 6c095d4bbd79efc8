import { FlotillaError } from '@flotilla/core/errors'

export interface ShelfFolders {
  readonly allowed: readonly string[]
  /** Folders and files that are not on the shelf though they lie in one that is. */
  readonly never: readonly string[]
}

/** Whether a path without `.` and `..` is that folder, or something in it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '/' ? path.startsWith('/') : path === folder || path.startsWith(`${folder}/`)
}

/**
 * A path of the host's without `.`, `..` and doubled slashes, as far as that can be said without looking at the disk.
 * Refused where no folder of the configuration is above it: then it is not even looked whether it is there.
 */
export function shelfPath(given: string, folders: readonly string[]): string {
  if (!given.startsWith('/') || given.includes('\0')) throw outside(given)
  const names: string[] = []
  for (const name of given.split('/')) {
    if (name === '' || name === '.') continue
    if (name === '..') throw outside(given)
    names.push(name)
  }
  const path = `/${names.join('/')}`
  if (folders.some((folder) => isWithin(path, folder))) return path
  throw outside(given)
}

/** The folder and the last name of a path that `shelfPath` made. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const at = path.lastIndexOf('/')
  return { folder: path.slice(0, at) || '/', name: path.slice(at + 1) }
}

export function outside(path: string): FlotillaError {
  const shown = JSON.stringify(path.slice(0, 256))
  return new FlotillaError('not-permitted', `${shown} is in no folder that the configuration of this guest allows`)
}
