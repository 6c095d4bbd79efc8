import type { NodeId } from '@flotilla/core/ids'
import type { ListOptions, NamedBlob } from '../../blobs.ts'
import type { Catalogue, StatementRow } from '../../catalogue/contract.ts'
import { localStoreDefaults } from '../../limits.ts'
import { checkName, isBlobId } from '../../store/names.ts'
import { checkId, checkLimit } from '../../store/paging.ts'
import type { BlobId } from '../../types.ts'
import type { ReplicatedBlobStat } from '../contract.ts'
import type { Ledger, Look } from '../ledger/ledger.ts'
import type { Membership } from '../membership.ts'
import { readRow } from '../statements/sealing.ts'
import { blobKey, nameKey, pinKey, subjectOf, type BlobSaid, type StatementKey } from '../statements/statement.ts'

export interface DirectoryOptions {
  readonly catalogue: Catalogue
  readonly ledger: Ledger
  readonly membership: Membership
  readonly self: NodeId
}

/** What there is in all of the cluster, by what has been said of it. */
export class Directory {
  readonly #options: DirectoryOptions

  constructor(options: DirectoryOptions) {
    this.#options = options
  }

  /** What a name or an id stands for. Throws `wrong-request` for what can be neither. */
  async find(ref: string, look: Look = (key) => this.#options.ledger.look(key)): Promise<BlobSaid | undefined> {
    const id = isBlobId(ref) ? ref : await named(checkName(ref), look)
    if (id === undefined) return undefined
    const known = await look(blobKey(id))
    return known?.said.type === 'blob' ? known.said : undefined
  }

  async stat(ref: string): Promise<ReplicatedBlobStat | undefined> {
    const said = await this.find(ref)
    return said === undefined ? undefined : this.#describe(said)
  }

  async list({ prefix = '', after, limit }: ListOptions): Promise<readonly NamedBlob[]> {
    const wanted = checkLimit(limit, localStoreDefaults)
    const found = await this.#page(`name/${prefix}`, after === undefined ? undefined : `name/${after}`, wanted, (row) =>
      this.#named(row),
    )
    return found
  }

  async listIds({ after, limit }: Omit<ListOptions, 'prefix'>): Promise<readonly ReplicatedBlobStat[]> {
    const wanted = checkLimit(limit, localStoreDefaults)
    return this.#page('blob/', after === undefined ? undefined : blobKey(checkId(after)), wanted, async (row) => {
      const { said } = readRow(row)
      return said.type === 'blob' ? this.#describe(said) : undefined
    })
  }

  /** The first so many that there are, tombstones passed over. */
  async #page<Item>(
    prefix: string,
    first: string | undefined,
    wanted: number,
    itemOf: (row: StatementRow) => Promise<Item | undefined>,
  ): Promise<readonly Item[]> {
    const found: Item[] = []
    let after = first
    for (;;) {
      const page = { prefix, limit: wanted, ...(after === undefined ? {} : { after }) }
      const rows = await this.#options.catalogue.statements(page)
      const items = await Promise.all(rows.filter(({ isGone }) => !isGone).map(itemOf))
      for (const item of items) if (item !== undefined && found.length < wanted) found.push(item)
      const last = rows.at(-1)
      if (last === undefined || rows.length < wanted || found.length === wanted) return found
      after = last.key
    }
  }

  async #named(row: StatementRow): Promise<NamedBlob | undefined> {
    const { said } = readRow(row)
    if (said.type !== 'name') return undefined
    const blob = await this.#options.ledger.blob(said.blob)
    if (blob === undefined) return undefined
    const { subject: name } = subjectOf(row.key as StatementKey)
    return { name, id: said.blob, size: blob.descriptor.size, putAtMs: blob.putAtMs }
  }

  async #describe({ id, descriptor, copies, putAtMs }: BlobSaid): Promise<ReplicatedBlobStat> {
    const { catalogue, ledger, membership, self } = this.#options
    const [names, pin, shares, here] = await Promise.all([
      catalogue.namesOf(id),
      ledger.look(pinKey(id)),
      catalogue.sharesOf(id),
      catalogue.blob(id),
    ])
    const others = shares.filter((node) => node !== self)
    const holders = [...(here === undefined ? [] : [self]), ...others].map((node) => ({
      node,
      isAlive: membership.find(node)?.isAlive ?? false,
    }))
    const pinned = pin?.said.type === 'pin'
    return { id, size: descriptor.size, names, pinned, putAtMs, copiesWanted: copies, holders }
  }
}

async function named(name: string, look: Look): Promise<BlobId | undefined> {
  const known = await look(nameKey(name))
  return known?.said.type === 'name' ? known.said.blob : undefined
}
