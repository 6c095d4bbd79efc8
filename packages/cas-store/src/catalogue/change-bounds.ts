import { catalogueError } from './catalogue-error.ts'
import type { CatalogueChange, FileColumns } from './contract.ts'
import type { CatalogueLimits } from './limits.ts'

const encoder = new TextEncoder()

/** Throws `wrong-request` where a change holds what cannot be stored as it is. */
export function checkChange(change: CatalogueChange, limits: CatalogueLimits): void {
  switch (change.type) {
    case 'add-chunks':
      for (const { place, epoch } of change.chunks) checkWhole('chunk', epoch, place.position, place.length)
      break
    case 'move-chunks':
      for (const { to, epoch } of change.moves) checkWhole('chunk', epoch, to.position, to.length)
      break
    case 'add-blob':
      checkWhole('blob', change.blob.size, change.blob.depth, change.blob.putAtMs)
      break
    case 'trim-gone':
      checkWhole('trimming', change.throughSeq)
      break
    case 'set-name':
      checkWhole('name', change.name.atMs)
      checkText('name', change.name.name, limits)
      break
    case 'set-key':
      checkWhole('key', change.key.epoch, change.key.atMs)
      checkValue('key', change.key.wrapped, limits)
      break
    case 'set-partial':
      checkWhole('partial', change.partial.size, change.partial.depth, change.partial.untilMs)
      break
    case 'set-peer': {
      const { seenAtMs, freeBytes, hasOursTo, hasTheirsTo, holdingsTo } = change.peer
      checkWhole('peer', seenAtMs, freeBytes, hasOursTo, hasTheirsTo, holdingsTo)
      break
    }
    case 'set-statement':
      checkText('statement', change.statement.key, limits)
      checkText('statement', change.statement.stamp, limits)
      checkValue('statement', change.statement.envelope, limits)
      break
    case 'see-file':
      checkText('path', change.file.path, limits)
      checkText('signature', change.file.signature, limits)
      break
    case 'add-files':
      checkFiles(change.files, limits)
      break
    case 'set-note':
      checkText('note', change.key, limits)
      checkText('note', change.value ?? '', limits)
      break
    case 'drop-chunks':
    case 'remove-blob':
    case 'remove-name':
    case 'add-pin':
    case 'remove-pin':
    case 'remove-key':
    case 'remove-partial':
    case 'set-share':
    case 'remove-share':
    case 'remove-peer':
    case 'remove-statement':
      break
  }
}

function checkFiles(
  { atMs, blobs, sizes, roots, names, paths, signatures }: FileColumns,
  limits: CatalogueLimits,
): void {
  for (const { length } of [sizes, roots, names, paths, signatures]) {
    if (length === blobs.length) continue
    throw catalogueError('wrong-request', `${blobs.length} files are added, and ${length} are told of in one column`)
  }
  checkWhole('blob', atMs)
  checkWhole('blob', ...sizes)
  for (const name of names) checkText('name', name, limits)
  for (const path of paths) checkText('path', path, limits)
  for (const signature of signatures) checkText('signature', signature, limits)
}

function checkWhole(what: string, ...numbers: readonly number[]): void {
  for (const number of numbers) {
    if (Number.isSafeInteger(number) && number >= 0) continue
    throw catalogueError('wrong-request', `${number} stands in a ${what} where a whole number has to be`)
  }
}

function checkText(what: string, text: string, { textBytesMax }: CatalogueLimits): void {
  if (!text.isWellFormed()) throw catalogueError('wrong-request', `a ${what} holds half a surrogate pair`)
  if (text.length * 3 <= textBytesMax) return
  const { length } = encoder.encode(text)
  if (length <= textBytesMax) return
  throw catalogueError('wrong-request', `a ${what} has ${length} bytes; textBytesMax is ${textBytesMax}`)
}

function checkValue(what: string, { length }: Uint8Array, { valueBytesMax }: CatalogueLimits): void {
  if (length <= valueBytesMax) return
  throw catalogueError('wrong-request', `a ${what} has ${length} bytes; valueBytesMax is ${valueBytesMax}`)
}
