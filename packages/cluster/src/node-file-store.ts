import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { FlotillaError } from '@flotilla/core/errors'
import { clusterLimits } from './config.ts'
import type { ClusterStore, RecordName } from './ports.ts'
import { clusterError } from './refusal.ts'

const fileMode = 0o600
const folderMode = 0o700
/** What others than the owner may do. */
const othersMask = 0o077
const recordBytesMax: number = clusterLimits.authorityFileBytesMax

export interface FileStoreOptions {
  /** It is made if it does not exist. Nothing else may be in it. */
  readonly folder: string
}

/**
 * Records as files, for their owner's eyes only: each is written beside its predecessor, made durable, and put in its
 * place. Throws `unsafe-file` when others can read a file or the folder: a secret that may have been read is none.
 */
export async function nodeFileStore(options: FileStoreOptions): Promise<ClusterStore> {
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true, mode: folderMode })
  await checkFolder(folder)
  await removeUnfinished(folder)
  const pathOf = (name: RecordName): string => join(folder, `${name}.record`)
  return {
    async load(name) {
      const file = await openIfThere(pathOf(name))
      if (file === undefined) return undefined
      try {
        return await readAll(file, pathOf(name))
      } finally {
        await file.close()
      }
    },
    async save(name, bytes) {
      const path = pathOf(name)
      const beside = `${path}.${randomUUID()}.new`
      try {
        await writeDurably(beside, bytes)
        await rename(beside, path)
      } catch (error) {
        await rm(beside, { force: true })
        throw error
      }
      await syncFolder(folder)
    },
    async remove(name) {
      await rm(pathOf(name), { force: true })
      await syncFolder(folder)
    },
  }
}

/** What a process has left behind that was killed while it wrote. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/\.record\.[0-9a-f-]+\.new$/.test(name)) await rm(join(folder, name), { force: true })
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    // A link could point at a file whose mode was checked elsewhere.
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function readAll(file: FileHandle, path: string): Promise<Uint8Array> {
  const { mode, size } = await file.stat()
  checkMode(path, mode, fileMode)
  if (size > recordBytesMax) {
    throw clusterError('damaged', `${path} has ${size} bytes, more than any record`, 'restore it from a backup')
  }
  return new Uint8Array(await file.readFile())
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', fileMode)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  // A umask only takes away, so this never opens it to others; it gives back what one took from the owner.
  await chmod(path, fileMode)
}

async function checkFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    checkMode(folder, (await handle.stat()).mode, folderMode)
  } finally {
    await handle.close()
  }
}

function checkMode(path: string, mode: number, mustBe: number): void {
  // Windows has no such modes; there the folder's access list is what counts.
  if (process.platform === 'win32' || (mode & othersMask) === 0) return
  throw new FlotillaError('unsafe-file', `others than its owner may use ${path}, which keeps keys`, {
    hint: `look who may have read it; then: chmod ${mustBe.toString(8)} ${path}`,
  })
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for that, and keeps names durable of itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
