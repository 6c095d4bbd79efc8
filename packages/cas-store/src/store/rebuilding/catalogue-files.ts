import { diskPath, type Disk } from '@flotilla/core/disk'

/** The database of a store. */
export const catalogueFile = 'catalogue.sqlite'

/** The one that is being made. */
export const rebuiltFile = 'catalogue-rebuilt.sqlite'

/** What SQLite keeps beside a database, and the database itself. */
const companions: readonly string[] = ['-wal', '-shm', '-journal', '']
/** What tells others that it is open; whoever opens it makes it. */
const lock = '-lock'

/** An earlier attempt that did not come to its end. None of it may be open. */
export async function removeRebuilt(disk: Disk): Promise<void> {
  for (const companion of [...companions, lock]) await disk.remove(diskPath(`${rebuiltFile}${companion}`))
}

/**
 * Puts the rebuilt database in the place of the other, which is kept under a name of its own; that is returned, and is
 * undefined where there was none. A crash in between leaves a folder without a catalogue, which is rebuilt again.
 */
export async function putRebuiltInPlace(disk: Disk): Promise<string | undefined> {
  const before = new Set<string>(await disk.list(''))
  let number = 1
  while ([...before].some((path) => path.startsWith(asideName(number)))) number++
  // The database first: without what SQLite keeps beside it, it could be opened as what it was some time ago, and the
  // next collection would take all that came since. What is left beside no database counts for nothing.
  for (const companion of companions.toReversed()) {
    const path = `${catalogueFile}${companion}`
    if (before.has(path)) await disk.rename(diskPath(path), diskPath(`${asideName(number)}${companion}`))
  }
  // The database last: until then there is none.
  for (const companion of companions) {
    const path = `${rebuiltFile}${companion}`
    if (before.has(path)) await disk.rename(diskPath(path), diskPath(`${catalogueFile}${companion}`))
  }
  await disk.remove(diskPath(`${rebuiltFile}${lock}`))
  return before.has(catalogueFile) ? asideName(number) : undefined
}

function asideName(number: number): string {
  return `${catalogueFile}.unreadable-${number}`
}
