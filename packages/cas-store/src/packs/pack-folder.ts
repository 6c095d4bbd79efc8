import { diskPath, type Disk, type DiskPath } from '@flotilla/core/disk'
import type { Entropy } from '@flotilla/core/random'
import { Buffer } from 'node:buffer'
import type { PackId } from '../types.ts'

const packFile = /\/([0-9a-f]{32})\.pack$/
/** Of the folders: the first digit of the ids. With packs of 64 MiB each holds about 1,000 for a TiB. */
const digits = '0123456789abcdef'

export function packPath(pack: PackId): DiskPath {
  return diskPath(`${folderName(pack.slice(0, 1))}/${pack}.pack`)
}

export function newPackId(entropy: Entropy): PackId {
  return Buffer.from(entropy.bytes(16)).toString('hex') as PackId
}

/** Every pack that is on the disk, known to anybody or not. */
export async function packsOnDisk(disk: Disk, signal?: AbortSignal): Promise<readonly PackId[]> {
  const packs: PackId[] = []
  for (const digit of digits) {
    signal?.throwIfAborted()
    for (const path of await disk.list(diskPath(folderName(digit)))) {
      const [, id] = packFile.exec(path) ?? []
      // What is in another folder than its name says is not ours.
      if (id !== undefined && packPath(id as PackId) === path) packs.push(id as PackId)
    }
  }
  return packs
}

function folderName(digit: string): string {
  return `packs/${digit}`
}
