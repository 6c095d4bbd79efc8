import type { BlobStat, NamedBlob } from '../blobs.ts'
import type { BlobRow, Catalogue } from '../catalogue/contract.ts'
import type { BlobId } from '../types.ts'
import { blobError } from './errors.ts'
import { checkName, isBlobId, quoted } from './names.ts'
import { Turns } from './turns.ts'

/**
 * Blobs, names and pins, as the catalogue has them. What looks first and changes then takes turns by blob, so that no
 * name is given to what is just being deleted, and nothing is deleted that is just being pinned. This process alone has
 * the catalogue.
 */
export class BlobBook {
  readonly #catalogue: Catalogue
  readonly #wallNow: () => number
  readonly #turns = new Turns()

  constructor(catalogue: Catalogue, wallNow: () => number) {
    this.#catalogue = catalogue
    this.#wallNow = wallNow
  }

  /** Rejects with `wrong-request` what is neither an id nor a name. */
  async find(ref: string): Promise<BlobRow | undefined> {
    if (isBlobId(ref)) return this.#catalogue.blob(ref)
    checkName(ref)
    for (let seen: BlobId | undefined; ;) {
      const named = await this.#catalogue.name(ref)
      // A name may stand for a blob that only others have.
      if (named === undefined || named.blob === seen) return undefined
      const row = await this.#catalogue.blob(named.blob)
      if (row !== undefined) return row
      // Between the two the name may have been given to another blob, and this one been deleted.
      seen = named.blob
    }
  }

  async stat(ref: string): Promise<BlobStat | undefined> {
    const row = await this.find(ref)
    return row === undefined ? undefined : this.#describe(row)
  }

  async names(page: {
    readonly prefix: string
    readonly after?: string
    readonly limit: number
  }): Promise<readonly NamedBlob[]> {
    const rows = await this.#catalogue.names(page)
    return rows.map(({ name, blob, size, atMs }) => ({ name, id: blob, size, putAtMs: atMs }))
  }

  async blobs(page: { readonly after?: BlobId; readonly limit: number }): Promise<readonly BlobStat[]> {
    const rows = await this.#catalogue.blobs(page)
    return Promise.all(rows.map((row) => this.#describe(row)))
  }

  async name(name: string, ref: string): Promise<void> {
    checkName(name)
    await this.#change(ref, async ({ id }) => {
      await this.#catalogue.commit([{ type: 'set-name', name: { name, blob: id, atMs: this.#wallNow() } }])
    })
  }

  unname(name: string): Promise<boolean> {
    checkName(name)
    return this.#turns.take(`name ${name}`, async () => {
      if ((await this.#catalogue.name(name)) === undefined) return false
      await this.#catalogue.commit([{ type: 'remove-name', name }])
      return true
    })
  }

  async delete(ref: string): Promise<boolean> {
    const found = await this.find(ref)
    if (found === undefined) return false
    return await this.#turns.take(found.id, async () => {
      const row = await this.#catalogue.blob(found.id)
      if (row === undefined) return false
      if (await this.#catalogue.isPinned(row.id)) {
        throw blobError('pinned', `${quoted(ref)} is pinned, so it is not deleted`)
      }
      await this.#catalogue.commit([{ type: 'remove-blob', id: row.id }])
      return true
    })
  }

  pin(ref: string): Promise<void> {
    return this.#change(ref, ({ id }) => this.#catalogue.commit([{ type: 'add-pin', id }]))
  }

  unpin(ref: string): Promise<void> {
    return this.#change(ref, ({ id }) => this.#catalogue.commit([{ type: 'remove-pin', id }]))
  }

  async #change(ref: string, act: (row: BlobRow) => Promise<void>): Promise<void> {
    const found = await this.find(ref)
    if (found === undefined) throw notFound(ref)
    await this.#turns.take(found.id, async () => {
      const row = await this.#catalogue.blob(found.id)
      if (row === undefined) throw notFound(ref)
      await act(row)
    })
  }

  async #describe({ id, size, putAtMs }: BlobRow): Promise<BlobStat> {
    const [names, pinned] = await Promise.all([this.#catalogue.namesOf(id), this.#catalogue.isPinned(id)])
    return { id, size, names, pinned, putAtMs }
  }
}

export function notFound(ref: string): Error {
  return blobError('not-found', `there is no blob ${quoted(ref)} here`)
}
