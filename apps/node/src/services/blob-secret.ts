import { ProtocolError } from '@flotilla/core/errors'
import { diskPath, type Disk } from '@flotilla/core/disk'
import type { Entropy } from '@flotilla/core/random'

const secretPath = diskPath('blob-secret')
const secretLength = 32

/**
 * What this node names content by as long as it is in no cluster. It becomes the secret of a cluster that this node
 * makes, so that what is kept here keeps its ids.
 */
export class BlobSecretNote {
  readonly #disk: Disk
  readonly #entropy: Entropy

  constructor(options: { readonly disk: Disk; readonly entropy: Entropy }) {
    this.#disk = options.disk
    this.#entropy = options.entropy
  }

  async read(): Promise<Uint8Array | undefined> {
    const bytes = await this.#disk.read(secretPath)
    if (bytes === undefined || bytes.length === secretLength) return bytes
    throw new ProtocolError('damaged', `disk/${secretPath} has ${bytes.length} bytes instead of ${secretLength}`, {
      hint: 'restore it from a backup: the blobs of this node are named by it',
    })
  }

  /** The one that there is, or one that is drawn now. */
  async readOrDraw(): Promise<Uint8Array> {
    const found = await this.read()
    if (found !== undefined) return found
    const drawn = this.#entropy.bytes(secretLength)
    await this.#disk.replace(secretPath, drawn)
    return drawn
  }

  async remove(): Promise<void> {
    await this.#disk.remove(secretPath)
  }
}
