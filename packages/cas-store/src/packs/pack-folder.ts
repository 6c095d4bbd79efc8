import { diskPath, type Disk, type DiskPath } from '@flotilla/core/disk'
import type { Entropy } from '@flotilla/core/random'
import { Buffer } from 'node:buffer'
import type { PackId } from '../types.ts'

const packFile = /\/([0-9a-f]{32})\.pack$/
const fanOut = 256

/** No folder holds more than a few thousand files, however large the store. */
export function packPath(pack: PackId): DiskPath {
  return diskPath(`${folderName(pack.slice(0, 2))}/${pack}.pack`)
}

export function newPackId(entropy: Entropy): PackId {
  return Buffer.from(entropy.bytes(16)).toString('hex') as PackId
}

/** Every pack that is on the disk, known to anybody or not. */
export async function packsOnDisk(disk: Disk, signal?: AbortSignal): Promise<readonly PackId[]> {
  const packs: PackId[] = []
  for (let index = 0; index < fanOut; index++) {
    signal?.throwIfAborted()
    const folder = diskPath(folderName(index.toString(16).padStart(2, '0')))
    for (const path of await disk.list(folder)) {
      const [, id] = packFile.exec(path) ?? []
      // What is in another folder than its name says is not ours.
      if (id !== undefined && packPath(id as PackId) === path) packs.push(id as PackId)
    }
  }
  return packs
}

function folderName(prefix: string): string {
  return `packs/${prefix}`
}
