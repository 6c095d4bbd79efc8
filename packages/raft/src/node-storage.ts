import { nodeDisk } from '@flotilla/core/disk/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import { openDiskStorage, type DiskStorageOptions } from './storage/disk-storage.ts'
import type { RaftStorage } from './storage/storage.ts'

export interface NodeStorageOptions extends Pick<DiskStorageOptions, 'limits' | 'logger' | 'metrics'> {
  /** Of one process at a time; made if it is not there. */
  readonly folder: string
}

/** A storage in a folder of this machine. */
export async function openNodeStorage(options: NodeStorageOptions): Promise<RaftStorage> {
  const { folder, ...rest } = options
  const disk = await nodeDisk({ folder })
  try {
    return closingToo(await openDiskStorage({ ...rest, disk, entropy: nodeEntropy() }), disk)
  } catch (error) {
    await disk[Symbol.asyncDispose]()
    throw error
  }
}

/** The storage does not own its disk; what is returned here does. */
function closingToo(storage: RaftStorage, disk: AsyncDisposable): RaftStorage {
  return {
    get recovered() {
      return storage.recovered
    },
    snapshots: storage.snapshots,
    write: (writes) => storage.write(writes),
    crowded: () => storage.crowded(),
    figures: () => storage.figures(),
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]()
      await disk[Symbol.asyncDispose]()
    },
  }
}
