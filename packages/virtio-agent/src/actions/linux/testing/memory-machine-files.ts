import type { MachineFiles } from '../machine-files.ts'

/** A tree of files by path; a folder is there if something is in it. A link is `→ ` and where it leads. */
export class MemoryMachineFiles implements MachineFiles {
  readonly #entries: Map<string, string | Uint8Array>
  readonly written: (readonly [string, string])[] = []
  /** What writing to a path says, in place of doing it. */
  readonly refusals: Map<string, Error> = new Map()

  constructor(entries: Readonly<Record<string, string | Uint8Array>>) {
    this.#entries = new Map(Object.entries(entries))
  }

  async bytes(path: string): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(this.#followed(path))
    return typeof entry === 'string' ? new TextEncoder().encode(entry) : entry
  }

  async text(path: string): Promise<string | undefined> {
    const bytes = await this.bytes(path)
    return bytes && new TextDecoder().decode(bytes)
  }

  names(folder: string): Promise<readonly string[]> {
    const front = `${this.#followed(folder)}/`
    const below = [...this.#entries.keys()].filter((path) => path.startsWith(front))
    return Promise.resolve([...new Set(below.map((path) => path.slice(front.length).split('/')[0] ?? ''))])
  }

  real(path: string): Promise<string | undefined> {
    const followed = this.#followed(path)
    const isThere = [...this.#entries.keys()].some((known) => known === followed || known.startsWith(`${followed}/`))
    return Promise.resolve(isThere ? followed : undefined)
  }

  async write(path: string, text: string): Promise<void> {
    const refusal = this.refusals.get(path)
    if (refusal !== undefined) throw refusal
    if (!this.#entries.has(this.#followed(path))) throw new Error(`there is no ${path}`)
    this.written.push([path, text])
    this.#entries.set(this.#followed(path), text)
  }

  #followed(path: string): string {
    let known = ''
    for (const part of path.split('/').filter((name) => name !== '')) {
      known = `${known}/${part}`
      const entry = this.#entries.get(known)
      if (typeof entry === 'string' && entry.startsWith('→ ')) known = entry.slice(2)
    }
    return known
  }
}
