import { open, rename, rm } from 'node:fs/promises'

/** For the command line of the same user: where the node answers, and what opens it. */
export interface AccessFile {
  readonly url: string
  readonly token: string
  readonly pid: number
  /** The socket on which it answers too, where there is one. */
  readonly socket?: string
  /** SHA-256 of the key of its certificate, where it is asked over TLS. */
  readonly fingerprint?: string
}

const fileMode = 0o600

/** Puts the file there as a whole; a reader never finds half of one. It is worth nothing after a crash: no sync. */
export async function writeAccessFile(path: string, access: AccessFile): Promise<void> {
  const temporary = `${path}~`
  await rm(temporary, { force: true })
  const handle = await open(temporary, 'wx', fileMode)
  try {
    await handle.writeFile(`${JSON.stringify(access, undefined, 2)}\n`)
  } finally {
    await handle.close()
  }
  await rename(temporary, path)
}

export async function removeAccessFile(path: string): Promise<void> {
  await rm(path, { force: true })
}
