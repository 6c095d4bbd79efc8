import type { FoundingStore } from '@flotilla/cluster'
import { diskPath, type Disk } from '@flotilla/core/disk'

const foundingPath = diskPath('founding')
const memberPath = diskPath('group-member')

/** Which part this node has in the founding of the cluster's group, on its own disk. */
export function foundingNote(disk: Disk): FoundingStore {
  return { load: () => disk.read(foundingPath), save: (bytes) => disk.replace(foundingPath, bytes) }
}

/**
 * That this node has promised something as a member of the group. It is beside the group's own storage and not in it:
 * where the note is and the storage is gone, the promises are forgotten, and whoever gives them anew could give others.
 */
export class MemberNote {
  readonly #disk: Disk
  #isThere: boolean

  private constructor(disk: Disk, isThere: boolean) {
    this.#disk = disk
    this.#isThere = isThere
  }

  static async read(disk: Disk): Promise<MemberNote> {
    return new MemberNote(disk, (await disk.read(memberPath)) !== undefined)
  }

  get isThere(): boolean {
    return this.#isThere
  }

  async write(): Promise<void> {
    if (this.#isThere) return
    this.#isThere = true
    await this.#disk.replace(memberPath, new TextEncoder().encode('a member of the group\n'))
  }

  async remove(): Promise<void> {
    await this.#disk.remove(memberPath)
    this.#isThere = false
  }
}
