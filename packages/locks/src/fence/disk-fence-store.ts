import { createCodec, integer, object, string, type Codec } from '@flotilla/core/codec'
import { diskPath, type Disk, type DiskPath } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import type { Entropy } from '@flotilla/core/random'
import { openRecordLog, type RecordLog } from '@flotilla/core/record-log'
import type { FenceStore } from './fence.ts'
import { fenceDefaults, fenceRecordLimits } from './limits.ts'

export interface DiskFenceStoreOptions {
  readonly disk: Disk
  /** A file for this fence alone; while it is written anew, `.new` behind it is used as well. */
  readonly path: DiskPath
  readonly entropy: Entropy
  /** Keys that it remembers for ever; one more is refused with `overloaded`. */
  readonly keysMax?: number
}

export interface DiskFenceStore extends FenceStore, AsyncDisposable {}

interface TokenRecord {
  readonly key: string
  readonly token: number
}

const codec: Codec<TokenRecord> = createCodec({
  name: 'fence record',
  schema: object({ key: string({ bytesMax: fenceDefaults.keyBytesMax }), token: integer({ min: 1 }) }),
})

/** Remembers tokens in a file, over crashes. Throws `corrupt` when what was durable is damaged. */
export async function openDiskFenceStore(options: DiskFenceStoreOptions): Promise<DiskFenceStore> {
  const { disk, path, keysMax = fenceDefaults.keysMax } = options
  // What is left of it was never in use.
  await disk.remove(newPath(path))
  const log = await openLog(options, path)
  try {
    const tokens = new Map<string, number>()
    for await (const { bytes } of log.records()) {
      const { key, token } = codec.decode(bytes)
      tokens.set(key, Math.max(token, tokens.get(key) ?? 0))
    }
    return new FileFenceStore(options, keysMax, tokens, log)
  } catch (error) {
    await log[Symbol.asyncDispose]()
    throw error
  }
}

function openLog({ disk, entropy }: DiskFenceStoreOptions, path: DiskPath): Promise<RecordLog> {
  return openRecordLog({ disk, path, entropy, limits: fenceRecordLimits })
}

function newPath(path: DiskPath): DiskPath {
  return diskPath(`${path}.new`)
}

class FileFenceStore implements DiskFenceStore {
  readonly #options: DiskFenceStoreOptions
  readonly #keysMax: number
  /** What is durable. */
  readonly #tokens: Map<string, number>
  #log: RecordLog
  #records: number
  /** Everything that touches the file, one after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  #broken: Error | undefined

  constructor(options: DiskFenceStoreOptions, keysMax: number, tokens: Map<string, number>, log: RecordLog) {
    this.#options = options
    this.#keysMax = keysMax
    this.#tokens = tokens
    this.#log = log
    this.#records = log.recovered.records
  }

  load(key: string): Promise<number | undefined> {
    return Promise.resolve(this.#tokens.get(key))
  }

  async store(key: string, token: number): Promise<void> {
    if (!this.#tokens.has(key) && this.#tokens.size >= this.#keysMax) {
      throw new FlotillaError('overloaded', `the fence in ${this.#options.path} remembers ${this.#keysMax} keys`, {
        hint: 'raise keysMax',
      })
    }
    const bytes = codec.encode({ key, token })
    await this.#inTurn(async () => {
      this.#log.append([bytes])
      await this.#log.sync()
      this.#records++
      this.#tokens.set(key, Math.max(token, this.#tokens.get(key) ?? 0))
      if (this.#records > 1_024 + this.#tokens.size * fenceDefaults.recordsPerKeyMax) await this.#writeAnew()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn
    await this.#log[Symbol.asyncDispose]()
  }

  /** The new file takes the old one's place wholly or not at all. */
  async #writeAnew(): Promise<void> {
    const { disk, path } = this.#options
    try {
      const fresh = await openLog(this.#options, newPath(path))
      try {
        for (const [key, token] of this.#tokens) {
          fresh.append([codec.encode({ key, token })])
        }
        await fresh.sync()
      } finally {
        await fresh[Symbol.asyncDispose]()
      }
      await this.#log[Symbol.asyncDispose]()
      await disk.rename(newPath(path), path)
      this.#log = await openLog(this.#options, path)
      this.#records = this.#log.recovered.records
    } catch (error) {
      this.#broken = new FlotillaError('stopped', `the fence in ${path} could not be written anew`, {
        hint: 'nothing is lost: open it again when the disk works',
        cause: error,
      })
      throw this.#broken
    }
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(() => {
      if (this.#broken !== undefined) throw this.#broken
      return act()
    })
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}
