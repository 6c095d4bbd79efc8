import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Of the list of locks that the kernel keeps. */
const locksBytesMax = 4_194_304

/**
 * The process that has a node's folder open for itself, by the kernel's list of locks, so that no lock has to be tried.
 * Undefined where nobody has, or where the system has no such list.
 */
export async function lockHolder(folder: string): Promise<number | undefined> {
  try {
    const { ino } = await stat(join(folder, 'disk', 'lock~'))
    const list = await readFile('/proc/locks', 'utf8')
    return holderIn(list.slice(0, locksBytesMax), ino)
  } catch {
    return undefined
  }
}

/** From lines such as `12: POSIX  ADVISORY  WRITE 4711 fe:01:1234567 1073741826 1073742335`. */
export function holderIn(list: string, inode: number): number | undefined {
  for (const line of list.split('\n')) {
    const [, pid, held] = /^\d+:\s+\S+\s+\S+\s+WRITE\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/.exec(line) ?? []
    if (Number(held) === inode && Number(pid) > 0) return Number(pid)
  }
  return undefined
}
