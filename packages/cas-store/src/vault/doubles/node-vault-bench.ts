import { Prng } from '@flotilla/core/random'
import { ManualClock, memoryDisk, type MemoryDisk } from '@flotilla/core/testing'
import type { Disk } from '@flotilla/core/disk'
import type { DataKeys, IdentitySecret, Workshop } from '../../sealing/contract.ts'
import { inlineWorkshop } from '../../sealing/node-inline-workshop.ts'
import type { ChunkId, KeyEpoch } from '../../types.ts'
import type { Vault } from '../contract.ts'
import { createVault } from '../create-vault.ts'
import type { VaultLimits } from '../limits.ts'
import { PlainCatalogue, plainTables, type PlainTables } from './plain-catalogue.ts'

/** Data keys up to that epoch, the same in each life. */
export function keysUpTo(newest: number): DataKeys {
  const keys = new Map<KeyEpoch, Uint8Array>()
  for (let epoch = 1; epoch <= newest; epoch++) keys.set(epoch as KeyEpoch, new Uint8Array(32).fill(epoch))
  return { newest: newest as KeyEpoch, keys }
}

export function workshopWith(prng: Prng, keys: DataKeys): Workshop {
  const identity = new Uint8Array(32).fill(7) as IdentitySecret
  return inlineWorkshop({ identity, keys, entropy: { bytes: (length) => prng.bytes(length) } })
}

/** A vault over a memory disk and the plain catalogue, with small limits, that can be restarted. */
export class VaultBench {
  readonly prng: Prng
  readonly memory: MemoryDisk
  readonly clock: ManualClock = new ManualClock()
  readonly tables: PlainTables = plainTables()
  catalogue: PlainCatalogue
  workshop: Workshop
  disk: Disk
  vault: Vault
  /** Awaited before each call of the catalogue takes effect. */
  delay: (() => Promise<void>) | undefined
  readonly #limits: Partial<VaultLimits>
  #last: Promise<unknown> = Promise.resolve()

  constructor(limits: Partial<VaultLimits> = {}, memory: MemoryDisk = memoryDisk()) {
    this.prng = new Prng(1)
    this.memory = memory
    this.#limits = { packBytesMax: 4_096, readRunBytesMax: 2_048, readGapBytesMax: 64, pageRows: 3, ...limits }
    this.disk = memory.open()
    this.workshop = workshopWith(this.prng, keysUpTo(1))
    this.catalogue = this.#newCatalogue()
    this.vault = this.#newVault()
  }

  /** The process ends at once, and another one begins. */
  restart(): void {
    this.memory.kill(this.prng)
    this.disk = this.memory.open()
    this.catalogue = this.#newCatalogue()
    this.vault = this.#newVault()
  }

  bytes(seed: number, length: number = 300): Uint8Array {
    return new Prng(seed).bytes(length)
  }

  async put(...chunks: readonly Uint8Array[]): Promise<readonly ChunkId[]> {
    await using session = this.vault.session()
    const added = await session.add('data', chunks)
    await session.commit([])
    return added.map(({ id }) => id)
  }

  async get(id: ChunkId, size: number = 300): Promise<Uint8Array | undefined> {
    const [bytes] = await this.vault.read([{ id, kind: 'data', size }], {})
    return bytes
  }

  async collect(
    keep: readonly ChunkId[],
  ): Promise<Awaited<ReturnType<Awaited<ReturnType<Vault['collection']>>['finish']>>> {
    await using collection = await this.vault.collection()
    await collection.mark(keep)
    return await collection.finish({})
  }

  packs(): readonly string[] {
    return this.memory.paths().filter((path) => path.startsWith('packs/'))
  }

  #newCatalogue(): PlainCatalogue {
    return new PlainCatalogue(this.tables, (effect) => {
      const done = this.#last.then(async () => {
        await this.delay?.()
        return effect()
      })
      this.#last = done.catch(() => {})
      return done
    })
  }

  #newVault(): Vault {
    return createVault({
      disk: this.disk,
      catalogue: this.catalogue.whole,
      workshop: this.workshop,
      entropy: { bytes: (length) => this.prng.bytes(length) },
      clock: this.clock,
      limits: this.#limits,
    })
  }
}
