import { mkdir, rm, statfs, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemTool } from '@flotilla/core/testing/node'

/** Room for the log of a run, and little enough to be filled in no time. */
const diskBytes = 512 * 2 ** 20
const pieceBytes = 4_096

/** A disk of a node's own, as a file that is mounted, so that it can be full while others are not. */
export class SmallDisk implements AsyncDisposable {
  /** Where the node keeps its data. */
  readonly folder: string
  readonly #mount: string

  private constructor(mount: string) {
    this.#mount = mount
    this.folder = join(mount, 'node')
  }

  static async make(below: string, name: string): Promise<SmallDisk> {
    const [image, mount] = [join(below, `${name}.img`), join(below, name)]
    await writeFile(image, '')
    await truncate(image, diskBytes)
    await mkdir(mount)
    // No blocks for root alone, or it would never be full for root.
    await systemTool('mkfs.ext4', ['-q', '-m', '0', '-F', image])
    await systemTool('mount', ['-o', 'loop', image, mount])
    return new SmallDisk(mount)
  }

  /** Takes all the room there is. */
  async fill(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#mount)
    const room = Math.max(0, bavail * bsize - pieceBytes)
    const ballast = join(this.#mount, 'ballast')
    if (room > 0) await systemTool('fallocate', ['-l', String(room), ballast]).catch(() => '')
    // What is left after the file system has taken its own share.
    for (let piece = 0; piece < diskBytes / pieceBytes; piece++) {
      try {
        await writeFile(join(this.#mount, `ballast-${piece}`), Buffer.alloc(pieceBytes))
      } catch {
        return
      }
    }
  }

  async empty(): Promise<void> {
    await systemTool('find', [this.#mount, '-maxdepth', '1', '-name', 'ballast*', '-delete'])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await systemTool('umount', [this.#mount])
    await rm(`${this.#mount}.img`, { force: true })
  }
}
