import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { QgaRefusal, type QgaSystem } from '../../qga/contract.ts'
import { wordsOf } from './hardware.ts'
import { keysIn, withKeys, withoutKeys } from './parsing/authorized-keys.ts'
import type { PasswordEntry } from './parsing/said.ts'

export interface SshKeysOptions {
  readonly findUser: (user: string) => Promise<PasswordEntry>
  readonly fileBytesMax: number
  readonly keysMax: number
}

const fileName = 'authorized_keys'
const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_WRONLY, O_CREAT, O_EXCL } = constants

/**
 * `~/.ssh/authorized_keys`. The folder is the user's, who may put anything there while we look: so each step begins at
 * the folder that is open, no link is followed, and what we write has a name that nobody can guess until it is whole.
 */
export function nodeSshKeys(options: SshKeysOptions): NonNullable<QgaSystem['sshKeys']> {
  const { findUser, keysMax } = options
  const change = async (user: string, keys: readonly string[], act: (text: string) => string): Promise<void> => {
    if (keys.length > keysMax) throw new QgaRefusal(`${keysMax} keys at once at most`)
    const entry = await findUser(user)
    await using home = await openHome(entry)
    await using folder = await openFolder(home, entry)
    const text = await textIn(folder.handle, entry, options)
    await replaceText(folder.handle, entry, act(text))
  }
  return {
    async get(user) {
      const entry = await findUser(user)
      await using home = await openHome(entry)
      await using folder = await openFolderIfThere(home, entry)
      return folder === undefined ? [] : keysIn(await textIn(folder.handle, entry, options))
    },
    add: (user, keys, isReset) => change(user, keys, (text) => withKeys(text, keys, isReset)),
    remove: (user, keys) => change(user, keys, (text) => withoutKeys(text, keys)),
  }
}

/** A folder that is open, so that what is in it can be named without walking a path again. */
class OpenFolder implements AsyncDisposable {
  readonly handle: FileHandle

  constructor(handle: FileHandle) {
    this.handle = handle
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close()
  }
}

/** What `openat(2)` is for, which Node does not have. */
function within(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`
}

async function openHome({ home, user }: PasswordEntry): Promise<OpenFolder> {
  try {
    return new OpenFolder(await open(home, O_RDONLY | O_DIRECTORY | O_NONBLOCK))
  } catch (cause) {
    throw new QgaRefusal(`the home folder of ${user} cannot be opened: ${wordsOf(cause)}`, { cause })
  }
}

async function openFolderIfThere(home: OpenFolder, entry: PasswordEntry): Promise<OpenFolder | undefined> {
  try {
    const handle = await open(within(home.handle, '.ssh'), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    const folder = new OpenFolder(handle)
    const { uid } = await handle.stat()
    if (uid === entry.uid || uid === 0) return folder
    await handle.close()
    throw new QgaRefusal(`the folder .ssh of ${entry.user} belongs to somebody else`)
  } catch (error) {
    if (error instanceof QgaRefusal) throw error
    if (codeOf(error) === 'ENOENT') return undefined
    throw refusal(entry, error)
  }
}

async function openFolder(home: OpenFolder, entry: PasswordEntry): Promise<OpenFolder> {
  const there = await openFolderIfThere(home, entry)
  if (there !== undefined) return there
  try {
    await mkdir(within(home.handle, '.ssh'), 0o700)
    const made = await openFolderIfThere(home, { ...entry, uid: process.getuid?.() ?? 0 })
    if (made === undefined) throw new QgaRefusal(`the folder .ssh of ${entry.user} is gone again`)
    await made.handle.chown(entry.uid, entry.gid)
    await made.handle.chmod(0o700)
    return made
  } catch (error) {
    throw refusal(entry, error)
  }
}

async function textIn(folder: FileHandle, entry: PasswordEntry, { fileBytesMax }: SshKeysOptions): Promise<string> {
  let file: FileHandle
  try {
    file = await open(within(folder, fileName), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw refusal(entry, error)
  }
  try {
    const { uid, size, nlink } = await file
      .stat()
      .then((stat) => (stat.isFile() ? stat : { uid: -1, size: 0, nlink: 0 }))
    // Another name of a file of somebody else would tell what is in that one.
    if ((uid !== entry.uid && uid !== 0) || nlink !== 1) {
      throw new QgaRefusal(`the ${fileName} of ${entry.user} is no plain file of theirs`)
    }
    if (size > fileBytesMax)
      throw new QgaRefusal(`the ${fileName} of ${entry.user} has more than ${fileBytesMax} bytes`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Wholly or not at all, and durable. */
async function replaceText(folder: FileHandle, entry: PasswordEntry, text: string): Promise<void> {
  const name = within(folder, `.${fileName}.${randomBytes(16).toString('hex')}`)
  try {
    const file = await open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      await file.writeFile(text)
      await file.chown(entry.uid, entry.gid)
      await file.chmod(0o600)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(name, within(folder, fileName))
    await folder.sync()
  } catch (error) {
    await rm(name, { force: true })
    throw refusal(entry, error)
  }
}

function refusal({ user }: PasswordEntry, error: unknown): QgaRefusal {
  if (error instanceof QgaRefusal) return error
  const link = codeOf(error) === 'ELOOP' || codeOf(error) === 'ENOTDIR'
  const words = link ? 'a symbolic link is not followed there' : wordsOf(error)
  return new QgaRefusal(`the keys of ${user} cannot be reached: ${words}`, { cause: error })
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code
}
