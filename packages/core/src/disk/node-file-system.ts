import { constants } from 'node:fs'
import * as promises from 'node:fs/promises'
import { FlotillaError } from '../errors/index.ts'
import { diskError } from './disk-error.ts'
import type { DiskErrorCode } from './disk.ts'

/** The few calls that the disk makes, so that a test can make one of them fail. */
export type FileSystem = Pick<
  typeof promises,
  'chmod' | 'lstat' | 'mkdir' | 'open' | 'opendir' | 'readdir' | 'realpath' | 'rename' | 'unlink'
>

export const realFileSystem: FileSystem = promises

/** Never follows a link at the end of the path, never hangs on a named pipe. */
export const openFlags: { readonly [Use in 'read' | 'use' | 'createOrUse' | 'createNew']: number } = {
  read: constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  use: constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  createOrUse: constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_CREAT,
  createNew: constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_CREAT | constants.O_EXCL,
}

/**
 * With it the system returns from a write when it is durable, with everything that is needed to read it again.
 * Undefined where there is no such thing, as on Windows.
 */
export const durableFlag: number | undefined = constants.O_DSYNC

export const fileMode = 0o600
export const folderMode = 0o700

/** Makes the names in that folder durable: those that were made, renamed and removed. */
export async function syncFolder(files: FileSystem, folder: string): Promise<void> {
  const handle = await files.open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The operating system's short name of what went wrong, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

const codes: ReadonlyMap<string | undefined, DiskErrorCode> = new Map([
  ['ENOENT', 'not-found'],
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['ELOOP', 'wrong-path'],
  ['EISDIR', 'wrong-path'],
  ['ENOTDIR', 'wrong-path'],
  ['ENOTEMPTY', 'wrong-path'],
])

/** What the operating system said, in the port's words; an error that is in those words already stays as it is. */
export function toDiskError(error: unknown, subject: string): Error {
  if (error instanceof FlotillaError) return error
  return diskError(codes.get(errnoOf(error)) ?? 'io-failed', subject, error)
}
