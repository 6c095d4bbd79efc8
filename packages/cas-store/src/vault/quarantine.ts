import { diskPath, type Disk } from '@flotilla/core/disk'
import type { Logger } from '@flotilla/core/observe'
import type { ChunkRow } from '../catalogue/contract.ts'

const folder = diskPath('quarantine')

/** Keeps the bytes of damaged records, so that somebody can look at them: `quarantine/<chunk>.<pack>.<position>`. */
export class Quarantine {
  readonly #disk: Disk
  readonly #logger: Logger
  readonly #filesMax: number
  #files: number | undefined

  constructor(options: { readonly disk: Disk; readonly logger: Logger; readonly filesMax: number }) {
    this.#disk = options.disk
    this.#logger = options.logger
    this.#filesMax = options.filesMax
  }

  /** Whether there was room. */
  async keep({ id, place }: ChunkRow, record: Uint8Array): Promise<boolean> {
    this.#files ??= (await this.#disk.list(folder)).length
    if (this.#files >= this.#filesMax || record.length === 0) return false
    try {
      await this.#disk.replace(diskPath(`${folder}/${id}.${place.pack}.${place.position}`), record)
      this.#files++
      return true
    } catch (error) {
      this.#logger.warn({ chunk: id, err: error }, 'a damaged record could not be kept')
      return false
    }
  }
}
