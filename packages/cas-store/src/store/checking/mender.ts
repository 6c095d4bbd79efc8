import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { WantedChunk } from '../../tree/contract.ts'
import type { Vault } from '../../vault/contract.ts'
import type { CheckOptions } from '../contract.ts'
import { codeOf } from '../errors.ts'

/** Gets chunks that are not here from elsewhere, where there is an elsewhere. */
export class Mender {
  readonly #vault: Vault
  readonly #bring: CheckOptions['bring']
  readonly #signal: AbortSignal
  readonly #logger: Logger

  constructor(vault: Vault, bring: CheckOptions['bring'], signal: AbortSignal, logger: Logger) {
    this.#vault = vault
    this.#bring = bring
    this.#signal = signal
    this.#logger = logger
  }

  /** Whether the chunk is here now, and durable. */
  async mend({ id, kind }: Pick<WantedChunk, 'id' | 'kind'>): Promise<boolean> {
    if (this.#bring === undefined) return false
    try {
      const bytes = await this.#bring(id, { signal: this.#signal })
      if (bytes === undefined) return false
      await using session = this.#vault.session()
      await session.take(kind, [{ id, bytes }])
      await session.commit([])
      return true
    } catch (error) {
      this.#signal.throwIfAborted()
      // Others may hold something else by now, or be out of reach; a disk that cannot take it is no matter of theirs.
      if (!(error instanceof FlotillaError) || ourTroubles.has(codeOf(error) ?? '')) throw error
      this.#logger.warn({ chunk: id, err: error }, 'a chunk could not be brought from elsewhere')
      return false
    }
  }

  /** Reads lists; those that cannot be read are told, mended if that is possible, and read again. */
  async read(
    wanted: readonly WantedChunk[],
    onMissing: (chunk: WantedChunk, isMended: boolean) => void,
  ): Promise<readonly Uint8Array[]> {
    try {
      return await this.#vault.read(wanted, { signal: this.#signal })
    } catch (error) {
      if (!isHurt(error)) throw error
    }
    const read: Uint8Array[] = []
    for (const chunk of wanted) read.push(await this.#readOne(chunk, onMissing))
    return read
  }

  async #readOne(chunk: WantedChunk, onMissing: (chunk: WantedChunk, isMended: boolean) => void): Promise<Uint8Array> {
    try {
      return await this.#only(chunk)
    } catch (error) {
      if (!isHurt(error)) throw error
      const isMended = await this.mend(chunk)
      onMissing(chunk, isMended)
      if (!isMended) throw error
    }
    return this.#only(chunk)
  }

  async #only(chunk: WantedChunk): Promise<Uint8Array> {
    const [bytes] = await this.#vault.read([chunk], { signal: this.#signal })
    if (bytes === undefined) throw new FlotillaError('not-found', `chunk ${chunk.id} is not here`)
    return bytes
  }
}

function isHurt(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'not-found' || code === 'corrupt' || code === 'unavailable'
}

/** Of this store's own disk. */
const ourTroubles: ReadonlySet<string> = new Set(['disk-full', 'io-failed', 'poisoned', 'closed'])
