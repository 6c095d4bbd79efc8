import { constants, type Stats } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { nodeLimitsDefaults } from '../limits.ts'
import type { Environment } from './environment.ts'
import type { SettingProblem } from './setting-problem.ts'

/** What there is in the place of `--config` where no file is to be read. */
const noFile = 'off'

/** Where a file is looked for, and on whose machine. */
export interface FileSearch {
  /** From `--config` or FLOTILLA_CONFIG; then it must be there. Empty where neither is given. */
  readonly named: string
  readonly environment: Environment
  readonly homeFolder: string
}

export interface FoundFile {
  readonly path: string
  readonly text: string
  /** Why somebody else might have written in it. */
  readonly warnings: readonly string[]
}

/** The places where a file is looked for that nobody named, the first first. */
export function usualFiles({ environment, homeFolder }: Omit<FileSearch, 'named'>): readonly string[] {
  const said = environment['XDG_CONFIG_HOME'] ?? ''
  // The XDG specification has relative ones ignored.
  const own = isAbsolute(said) ? said : join(homeFolder, '.config')
  return [join(own, 'flotilla', 'config.yaml'), ...(process.platform === 'win32' ? [] : ['/etc/flotilla/config.yaml'])]
}

/**
 * The one file that counts: that which was named, or else the first of the usual ones that exists. They are not merged,
 * so that there is one place to look. Undefined where there is none.
 */
export async function findSettingsFile(search: FileSearch): Promise<FoundFile | SettingProblem | undefined> {
  const { named } = search
  if (named === noFile) return undefined
  if (named !== '') return (await readSettingsFile(resolve(named))) ?? missing(resolve(named))
  for (const path of usualFiles(search)) {
    const found = await readSettingsFile(path)
    if (found !== undefined) return found
  }
  return undefined
}

async function readSettingsFile(path: string): Promise<FoundFile | SettingProblem | undefined> {
  try {
    // Without a wait for whoever might write into it, where it is a pipe.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const found = await file.stat()
    // Of a pipe nothing would be left when it is read again.
    if (!found.isFile() && !found.isCharacterDevice()) return about(path, 'it is no file', 'name one')
    const bytes = await readBounded(file)
    if (bytes === undefined) {
      return about(path, `it is longer than ${nodeLimitsDefaults.settingsFileBytesMax} bytes`, 'name another file')
    }
    return {
      path,
      text: new TextDecoder('utf-8', { fatal: true }).decode(bytes),
      warnings: await warningsOf(path, found),
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return about(path, 'it is not UTF-8', 'save it as UTF-8')
    const hint = 'be a user who may read it, name another file with --config, or read none with --config off'
    return about(path, `it cannot be read (${message})`, hint)
  }
}

/** Undefined where it is too long. */
async function readBounded(file: FileHandle): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(nodeLimitsDefaults.settingsFileBytesMax + 1)
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length)
    if (bytesRead === 0) return bytes.subarray(0, length)
    length += bytesRead
  }
  return undefined
}

/** Whoever can write in it, or put another in its place, decides what the node does. */
async function warningsOf(path: string, file: Stats): Promise<readonly string[]> {
  if (process.platform === 'win32') return []
  const folder = await stat(dirname(path))
  const [user, group] = [process.getuid?.(), process.getgid?.()]
  const isOpen = ({ mode, gid }: Stats): boolean => (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== group)
  const isSticky = (folder.mode & 0o1000) !== 0
  return [
    ...(file.isFile() && isOpen(file) ? [`others may write in ${path}: take that from them with chmod go-w`] : []),
    ...(file.isFile() && file.uid !== user && file.uid !== 0 ? [`${path} belongs to another user than this one`] : []),
    ...(isOpen(folder) && !isSticky
      ? [`others may put another file in the place of ${path}: take that from them with chmod go-w on its folder`]
      : []),
  ]
}

function missing(path: string): SettingProblem {
  return about(path, 'there is no such file', 'name one that there is, or read none with --config off')
}

function about(file: string, what: string, hint: string): SettingProblem {
  return { place: { file }, what, hint }
}
