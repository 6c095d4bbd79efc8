import type { Disk } from '@flotilla/core/disk'
import type { Logger } from '@flotilla/core/observe'
import type { Catalogue, CatalogueChange, KeyRow } from '../../catalogue/contract.ts'
import { codeOf } from '../../store/errors.ts'
import type { KeyEpoch } from '../../types.ts'
import { KeyCopy } from './key-copy.ts'
import { isSameRecipe } from './opened-rows.ts'

export interface KeyRowsOptions {
  readonly disk: Disk
  readonly catalogue: Pick<Catalogue, 'keys' | 'commit' | 'mend' | 'counts' | 'chunkCountBefore'>
  /**
   * The catalogue knows of no chunk. Where it has no keys either it is a new one, and what the copy holds are the keys
   * of another: with them the store would open, and the next collection take every pack, since no row names it.
   */
  readonly knowsNoChunks: boolean
  readonly logger: Logger
}

export interface KeyRows {
  readonly rows: readonly KeyRow[]
  /** Makes all of the changes durable, or none, in the catalogue and then in the copy. */
  readonly commit: (changes: readonly CatalogueChange[]) => Promise<void>
  /** Writes them where they were lost. Not before they were opened: with a wrong key nothing is written. */
  readonly settle: () => Promise<void>
}

/**
 * The wrapped keys of a store that is being opened. They stand in the catalogue, and once more in a file beside it,
 * because nothing that the store holds can be read without them: what one of the two has lost the other gives back.
 * The catalogue counts where both are whole. Rejects with `corrupt` where neither is. Writes nothing by itself.
 *
 * Every key is in both before anything is sealed with it. So a key that the copy alone has was lost by the catalogue,
 * or was given up by a life that ended before it could say so here: to have it back does no harm, as the store gives it
 * up again when no chunk has it.
 */
export async function openKeyRows(options: KeyRowsOptions): Promise<KeyRows> {
  const { catalogue, disk, logger } = options
  const copy = new KeyCopy(disk)
  const copied = await copy.read()
  if (copied === 'damaged') logger.warn({}, 'the copy of the wrapped keys is damaged, and is written again')
  const { rows, lost } = await wholeRows(options, isRows(copied) ? copied : [])
  const current = new Map(rows.map((row) => [row.epoch, row]))
  let isForeign = rows.length === 0 && copied !== 'none'
  return {
    rows,
    async commit(changes) {
      if (isForeign) await copy.putAside()
      isForeign = false
      await catalogue.commit(changes)
      // What the keyring has said, and not what the catalogue says now: it may have been damaged in the meantime.
      for (const change of changes) {
        if (change.type === 'set-key') current.set(change.key.epoch, change.key)
        if (change.type === 'remove-key') current.delete(change.epoch)
      }
      await copy.write(inOrder(current.values()))
    },
    async settle() {
      if (lost.length > 0) await restore(options, lost)
      if (rows.length > 0 && !isSame(rows, copied)) await copy.write(rows)
    },
  }
}

/** All that are known, and those of them that the catalogue has lost. */
async function wholeRows(
  { catalogue, knowsNoChunks, logger }: KeyRowsOptions,
  copied: readonly KeyRow[],
): Promise<{ readonly rows: readonly KeyRow[]; readonly lost: readonly KeyRow[] }> {
  let said: readonly KeyRow[]
  try {
    said = await catalogue.keys()
  } catch (error) {
    if (codeOf(error) !== 'corrupt' || !(await hasKeysOfAll(copied, catalogue))) throw error
    logger.error({ err: error }, 'the wrapped keys in the catalogue are damaged; those of their copy are used')
    return { rows: copied, lost: copied }
  }
  if (said.length === 0 && knowsNoChunks) return { rows: said, lost: [] }
  const lost = lostRows(said, copied)
  if (lost.length === 0) return { rows: said, lost }
  logger.error(
    { epochs: lost.map(({ epoch }) => epoch) },
    'the catalogue has lost wrapped keys, which the copy gives back',
  )
  return { rows: inOrder([...said, ...lost]), lost }
}

/**
 * Whether each chunk is sealed with one of these keys. An older copy, as from a backup, may lack the newest: nothing of
 * that could be read, the next rotation would give its number to another key, and the row here is all there is of it.
 */
async function hasKeysOfAll(copied: readonly KeyRow[], catalogue: KeyRowsOptions['catalogue']): Promise<boolean> {
  if (copied.length === 0) return false
  let left = (await catalogue.counts()).chunks
  for (const { epoch } of copied) {
    const below = await catalogue.chunkCountBefore(epoch)
    left -= (await catalogue.chunkCountBefore((epoch + 1) as KeyEpoch)) - below
  }
  return left === 0
}

/** Rows that are wrapped in different ways open under no secret. */
function lostRows(said: readonly KeyRow[], copied: readonly KeyRow[]): readonly KeyRow[] {
  const [first] = said
  const epochs = new Set<KeyEpoch>(said.map(({ epoch }) => epoch))
  return copied.filter(
    ({ epoch, wrapped }) => !epochs.has(epoch) && (first === undefined || isSameRecipe(wrapped, first.wrapped)),
  )
}

async function restore({ catalogue, logger }: KeyRowsOptions, lost: readonly KeyRow[]): Promise<void> {
  const changes = lost.map((key): CatalogueChange => ({ type: 'set-key', key }))
  await catalogue.commit(changes)
  try {
    await catalogue.keys()
    return
  } catch (error) {
    if (codeOf(error) !== 'corrupt') throw error
  }
  // One of them says that it is of an epoch that there is not, so no other takes its place.
  for (const damage of await catalogue.mend())
    logger.error({ ...damage }, 'a damaged row of the catalogue was taken out')
  await catalogue.commit(changes)
}

function inOrder(rows: Iterable<KeyRow>): readonly KeyRow[] {
  return [...rows].toSorted((one, other) => one.epoch - other.epoch)
}

function isRows(copied: 'none' | 'damaged' | readonly KeyRow[]): copied is readonly KeyRow[] {
  return copied !== 'none' && copied !== 'damaged'
}

function isSame(rows: readonly KeyRow[], copied: 'none' | 'damaged' | readonly KeyRow[]): boolean {
  if (!isRows(copied) || copied.length !== rows.length) return false
  return rows.every(({ epoch, wrapped, atMs }, index) => {
    const other = copied[index]
    if (other?.epoch !== epoch || other.atMs !== atMs) return false
    return other.wrapped.length === wrapped.length && other.wrapped.every((byte, at) => byte === wrapped[at])
  })
}
