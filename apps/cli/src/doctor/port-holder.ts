import { readdir, readFile, readlink } from 'node:fs/promises'

/** What listens on a port, as far as this user may know. */
export interface PortHolder {
  readonly pid: number
  readonly name: string
}

const listening = '0A'
/** Processes that are looked at for who has a port. */
const processesMax = 10_000

/** Undefined where nobody listens there, where another user's process does, or where the system does not say. */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(textOf))
  const inodes = new Set(tables.flatMap((table) => inodesOn(table, port)))
  if (inodes.size === 0) return undefined
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of pids.slice(0, processesMax)) {
    if (await hasSocket(pid, inodes)) {
      return { pid: Number(pid), name: (await textOf(`/proc/${pid}/comm`)).trim() || 'a process' }
    }
  }
  return undefined
}

/** The sockets that listen on it, from a table of the kernel's. */
export function inodesOn(table: string, port: number): readonly string[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
    const isIt = state === listening && Number.parseInt(local.split(':').at(-1) ?? '', 16) === port
    return isIt && inode !== undefined ? [inode] : []
  })
}

async function hasSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  try {
    for (const name of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${name}`).catch(() => '')
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode !== undefined && inodes.has(inode)) return true
    }
  } catch {
    // It has ended, or belongs to somebody else.
  }
  return false
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
