import { unreachable } from '@flotilla/core/errors'
import { catalogueError } from '../catalogue-error.ts'
import type { CatalogueChange, FileColumns } from '../contract.ts'
import { orderedBytes } from '../text-order.ts'
import { idBytes } from './node-id-bytes.ts'
import type { TableSet } from './node-table-set.ts'

/** Does one change; what it throws means that the whole commit is to be undone. */
export function applyChange(tables: TableSet, change: CatalogueChange): void {
  const { chunks, files, names, keys, peers, statements, facts } = tables
  switch (change.type) {
    case 'add-chunks':
      keys.checkNotRetired(change.chunks.map(({ epoch }) => epoch))
      return chunks.add(change.chunks)
    case 'move-chunks':
      keys.checkNotRetired(change.moves.map(({ epoch }) => epoch))
      return chunks.move(change.moves)
    case 'drop-chunks':
      return chunks.drop(change.chunks)
    case 'add-blob':
      return files.add(change.blob)
    case 'remove-blob':
      names.removeOf(change.id)
      return files.remove(change.id)
    case 'trim-gone':
      return files.trimGone(change.throughSeq)
    case 'set-name':
      return names.set(change.name)
    case 'remove-name':
      return names.remove(change.name)
    case 'add-pin':
      return facts.addPin(change.id)
    case 'remove-pin':
      return facts.removePin(change.id)
    case 'set-key':
      return keys.set(change.key)
    case 'remove-key':
      if (!chunks.hasEpoch(change.epoch)) return keys.remove(change.epoch)
      throw catalogueError('key-in-use', `chunks are sealed with the data key of epoch ${change.epoch}`)
    case 'set-partial':
      return facts.setPartial(change.partial)
    case 'remove-partial':
      return facts.removePartial(change.id)
    case 'set-share':
      return peers.setShare(change.share)
    case 'remove-share':
      return peers.removeShare(change.share)
    case 'set-peer':
      return peers.set(change.peer)
    case 'remove-peer':
      return peers.remove(change.node)
    case 'set-statement':
      return statements.set(change.statement)
    case 'remove-statement':
      return statements.remove(change.key, change.stamp)
    case 'see-file':
      return facts.see(change.file)
    case 'add-files':
      return addFiles(tables, change.files)
    case 'set-note':
      return facts.setNote(change.key, change.value)
    default:
      return unreachable(change, 'catalogue change')
  }
}

function addFiles(tables: TableSet, { atMs, blobs, sizes, roots, names, paths, signatures }: FileColumns): void {
  const { files, names: named, facts } = tables
  for (const [index, id] of blobs.entries()) {
    const [size = 0, root = '', name = '', path = ''] = [sizes[index], roots[index], names[index], paths[index]]
    const signature = signatures[index] ?? ''
    const blob = idBytes(id)
    files.addRow(blob, size, 0, idBytes(root), atMs)
    const pathBytes = signature === '' ? undefined : orderedBytes(path)
    // Who puts a folder mostly names its files by their paths.
    if (name !== '') named.setRow(name === path && pathBytes ? pathBytes : orderedBytes(name), blob, atMs)
    if (pathBytes !== undefined) facts.seeRow(pathBytes, signature, blob)
  }
}
