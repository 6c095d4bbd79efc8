import type { ChannelPattern } from './channel-patterns.ts'
import type { FoundChannel } from './contract.ts'
import { vmNameForm } from './limits.ts'

/** What there is in a folder; nothing where it is none, or cannot be read. */
export interface FolderReader {
  names(folder: string): Promise<readonly string[]>
}

interface Matched {
  readonly path: string
  readonly vm: string | undefined
  readonly id: number
}

/**
 * The channels that there are now, one for each machine and dialect. Those that are told by their whole path always
 * are. Folders are read once, however many patterns look there, and `entriesMax` bounds the whole look.
 */
export async function findChannels(
  patterns: readonly ChannelPattern[],
  reader: FolderReader,
  { entriesMax }: { readonly entriesMax: number },
): Promise<readonly FoundChannel[]> {
  const folders = new BoundedFolders(reader, entriesMax)
  const best = new Map<string, FoundChannel>()
  for (const pattern of patterns) {
    for (const { path, vm, id } of await matching(pattern, folders)) {
      if (vm === undefined || !vmNameForm.test(vm)) continue
      const key = `${pattern.dialect} ${vm}`
      const rank = best.get(key)?.rank
      if (rank === undefined || id > rank) best.set(key, { vm, dialect: pattern.dialect, path, rank: id })
    }
  }
  return [...best.values()].toSorted((one, other) => (one.vm < other.vm ? -1 : one.vm > other.vm ? 1 : 0))
}

async function matching({ parts, vm: named }: ChannelPattern, folders: BoundedFolders): Promise<readonly Matched[]> {
  let found: readonly Matched[] = [{ path: '', vm: named, id: 0 }]
  const isPlain = parts.every(({ type }) => type === 'literal')
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    const next: Matched[] = []
    for (const at of found) {
      if (part.type === 'literal') {
        const isThere = isPlain || !isLast || (await folders.names(at.path)).has(part.text)
        if (isThere) next.push({ ...at, path: `${at.path}/${part.text}` })
        continue
      }
      for (const name of await folders.names(at.path === '' ? '/' : at.path)) {
        const groups = part.form.exec(name)
        if (groups === null) continue
        const { vm = at.vm, id } = groups.groups ?? {}
        next.push({ path: `${at.path}/${name}`, vm, id: id === undefined ? at.id : Number(id) })
      }
    }
    found = next
  }
  return found
}

/** Each folder once in one look. */
class BoundedFolders {
  readonly #reader: FolderReader
  readonly #known = new Map<string, ReadonlySet<string>>()
  #entriesLeft: number

  constructor(reader: FolderReader, entriesMax: number) {
    this.#reader = reader
    this.#entriesLeft = entriesMax
  }

  async names(folder: string): Promise<ReadonlySet<string>> {
    const known = this.#known.get(folder)
    if (known !== undefined) return known
    const all = this.#entriesLeft > 0 ? await this.#reader.names(folder) : []
    const names = new Set(all.slice(0, this.#entriesLeft))
    this.#entriesLeft -= names.size
    this.#known.set(folder, names)
    return names
  }
}
