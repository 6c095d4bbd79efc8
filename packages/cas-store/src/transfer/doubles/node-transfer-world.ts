import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { Disk } from '@flotilla/core/disk'
import type { NodeId } from '@flotilla/core/ids'
import type { Network, NetworkLimits } from '@flotilla/core/network'
import { Prng } from '@flotilla/core/random'
import {
  ManualClock,
  memoryDisk,
  memoryHub,
  RecordingLogger,
  type DiskFaults,
  type MemoryDisk,
  type MemoryHub,
  type MemoryNode,
  type Wire,
} from '@flotilla/core/testing'
import type { Catalogue } from '../../catalogue/contract.ts'
import { inlineCatalogue } from '../../catalogue/node-inline-catalogue.ts'
import { gearTable, type Gear } from '../../chunking/gear.ts'
import type { ChunkPlan } from '../../chunking/contract.ts'
import type { IdentitySecret, Workshop } from '../../sealing/contract.ts'
import { identityOf } from '../../sealing/identity.ts'
import { inlineWorkshop } from '../../sealing/node-inline-workshop.ts'
import { readBlob } from '../../tree/blob-reader.ts'
import { writeBlob } from '../../tree/blob-writer.ts'
import type { ChunkSource } from '../../tree/contract.ts'
import { encodeDescriptor } from '../../tree/descriptor-codec.ts'
import type { BlobDescriptor, BlobId, KeyEpoch } from '../../types.ts'
import type { Vault } from '../../vault/contract.ts'
import { createVault } from '../../vault/create-vault.ts'
import type { BroadcastEnd, IdentifiedBlob, Transfer, TransferHooks } from '../contract.ts'
import type { TransferSettings } from '../limits.ts'
import { arrival } from '../serving/push-receiving.ts'
import { broadcastTee } from '../pushing/broadcast-tee.ts'
import { opaqueWorkshop } from '../strangers/opaque-workshop.ts'
import { strangerKeys } from '../strangers/stranger-keys.ts'
import { createTransfer } from '../transfer.ts'

/** Small chunks, so that small blobs have lists of lists. */
const plan: ChunkPlan = [{ from: 0, sizes: { min: 64, average: 128, max: 512 } }]
const secret = new Uint8Array(32).fill(9) as IdentitySecret
const crypto = nodeCrypto()
const identity = identityOf(crypto, secret)

export function blobIdOf(descriptor: BlobDescriptor): BlobId {
  return identity.blobIdOf(encodeDescriptor(descriptor))
}

export function identified(descriptor: BlobDescriptor): IdentifiedBlob {
  const { size, depth, root } = descriptor
  return { id: blobIdOf(descriptor), size, depth, root }
}

/** Comparing long arrays takes the test runner longer than everything else. */
export function digestOf(content: Uint8Array): string {
  return Array.from(crypto.sha256(content), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export interface WorldNodeOptions {
  readonly settings?: Partial<TransferSettings>
  readonly hooks?: Partial<TransferHooks>
  readonly faults?: DiskFaults
  /** It keeps what it cannot read. */
  readonly isUntrusted?: boolean
}

/** One node: a real vault on a memory disk, and its transfer. */
export class WorldNode implements AsyncDisposable {
  readonly id: NodeId
  readonly network: Network
  readonly vault: Vault
  readonly catalogue: Catalogue
  readonly workshop: Workshop
  readonly transfer: Transfer
  readonly disk: MemoryDisk
  readonly logger: RecordingLogger = new RecordingLogger()
  /** Who lied, and how. */
  readonly lies: string[] = []
  readonly arrived: string[] = []
  freeBytes: number = 2 ** 40
  readonly #member: MemoryNode
  readonly #gear: Gear
  readonly #openDisk: Disk
  #closing: Promise<void> | undefined

  constructor(world: TransferWorld, id: string, options: WorldNodeOptions) {
    const prng = world.prng.split(id)
    const entropy = { bytes: (length: number): Uint8Array => prng.bytes(length) }
    this.id = id as NodeId
    this.#gear = world.gear
    this.#member = world.hub.join(this.id)
    this.network = this.#member.network
    this.disk = memoryDisk(options.faults === undefined ? {} : { faults: options.faults })
    this.#openDisk = this.disk.open()
    this.catalogue = inlineCatalogue()
    const keys = { newest: 1 as KeyEpoch, keys: new Map([[1 as KeyEpoch, new Uint8Array(32).fill(1)]]) }
    const { isUntrusted = false } = options
    this.workshop = isUntrusted ? opaqueWorkshop({ crypto }) : inlineWorkshop({ identity: secret, keys, entropy })
    if (isUntrusted) world.untrusted.add(this.id)
    const forStrangers = inlineWorkshop({ identity: secret, keys: strangerKeys(crypto, secret), entropy })
    const { catalogue, workshop } = this
    this.vault = createVault({ disk: this.#openDisk, catalogue, workshop, entropy, clock: world.clock })
    this.transfer = createTransfer({
      network: this.network,
      vault: this.vault,
      workshop,
      ...(isUntrusted
        ? { isUntrusted }
        : {
            blobIdOf,
            strangers: { workshop: forStrangers, crypto, isUntrusted: (peer: NodeId) => world.untrusted.has(peer) },
          }),
      clock: world.clock,
      settings: { ...world.settings, ...options.settings },
      logger: this.logger,
      hooks: {
        freeBytes: () => this.freeBytes,
        onLie: (peer, why) => this.lies.push(`${peer}: ${why}`),
        onBlobArrived: ({ id: blob }, from) => this.arrived.push(`${from} ${blob}`),
        ...options.hooks,
      },
    })
  }

  /** Key rows that chunks must name. */
  async ready(): Promise<this> {
    await this.catalogue.commit([
      { type: 'set-key', key: { epoch: 1 as KeyEpoch, wrapped: new Uint8Array(1), atMs: 0 } },
    ])
    return this
  }

  async put(content: Uint8Array): Promise<IdentifiedBlob> {
    await using session = this.vault.session()
    const blob = identified(await writeBlob(content, { sink: session, plan, gear: this.#gear }))
    await session.commit(arrival(blob, 0))
    return blob
  }

  /** Puts a blob as `put` does, and broadcasts it meanwhile; `onPiece` is told how much of it has been read. */
  async putTo(
    content: Uint8Array,
    to: readonly NodeId[],
    onPiece: (bytes: number) => Promise<void> = async () => {},
  ): Promise<{ readonly blob: IdentifiedBlob; readonly ends: ReadonlyMap<NodeId, BroadcastEnd> }> {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let start = 0; start < content.length; start += 4_096) {
        yield content.subarray(start, start + 4_096)
        await onPiece(start)
      }
    }
    await using session = this.vault.session()
    await using broadcast = this.transfer.broadcast(to)
    const sink = broadcastTee(broadcast)(session)
    const blob = identified(await writeBlob(pieces(), { sink, plan, gear: this.#gear, batchBytes: 4_096 }))
    await session.commit(arrival(blob, 0))
    return { blob, ends: await broadcast.finish(blob) }
  }

  /** What `digestOf` makes of a blob's content, read here or from that source. */
  async digest(blob: IdentifiedBlob, source: ChunkSource = this.vault): Promise<string> {
    const content = new Uint8Array(blob.size)
    let end = 0
    for await (const piece of readBlob(blob, { source })) {
      content.set(piece, end)
      end += piece.length
    }
    return digestOf(content)
  }

  async has(blob: IdentifiedBlob): Promise<boolean> {
    return (await this.catalogue.blob(blob.id)) !== undefined
  }

  /** Its process is gone at once. */
  crash(): void {
    this.#member.crash()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.transfer[Symbol.asyncDispose]()
    await this.vault[Symbol.asyncDispose]()
    await this.#openDisk[Symbol.asyncDispose]()
    await this.#member[Symbol.asyncDispose]()
  }
}

export interface TransferWorldOptions {
  readonly seed?: number
  readonly wire?: Wire
  readonly limits?: Partial<NetworkLimits>
  readonly settings?: Partial<TransferSettings>
}

/** Nodes on one memory network. Nothing takes time there but what waits for the clock. */
export class TransferWorld implements AsyncDisposable {
  readonly clock: ManualClock = new ManualClock()
  readonly prng: Prng
  readonly hub: MemoryHub
  readonly gear: Gear = gearTable(crypto, secret)
  readonly settings: Partial<TransferSettings>
  /** Who must not read anything. */
  readonly untrusted: Set<NodeId> = new Set()
  readonly #nodes: WorldNode[] = []

  constructor(options: TransferWorldOptions = {}) {
    const { wire, limits } = options
    this.prng = new Prng(options.seed ?? 1)
    this.settings = {
      batchBytesFirst: 2_048,
      batchBytesMax: 8_192,
      freeBytesReserve: 0,
      pushUnaskedBytesMax: 256,
      ...options.settings,
    }
    this.hub = memoryHub({
      clock: this.clock,
      ...(wire === undefined ? {} : { wire }),
      ...(limits === undefined ? {} : { limits }),
      onHandlerError: () => {},
    })
  }

  async node(id: string, options: WorldNodeOptions = {}): Promise<WorldNode> {
    const node = await new WorldNode(this, id, options).ready()
    this.#nodes.push(node)
    return node
  }

  content(length: number, label: string = 'content'): Uint8Array {
    return new Prng(length).split(label).bytes(length)
  }

  /** Lets everything happen that takes no time, then moves the clock to the next timer, until it has come to pass. */
  async until(isDone: () => boolean): Promise<void> {
    for (let moves = 0; moves < 100_000; moves++) {
      // In memory everything happens in microtasks, and those are over when this is called.
      await new Promise((resolve) => void setImmediate(resolve))
      if (isDone()) return
      const next = this.clock.nextWakeAt
      if (next !== undefined) this.clock.advanceTo(next)
    }
    throw new Error('it did not come to pass')
  }

  /** What that work comes to, however much time it takes. */
  async outcome<Value>(work: Promise<Value>): Promise<Value> {
    let isDone = false
    const settle = (): void => void (isDone = true)
    work.then(settle, settle)
    await this.until(() => isDone)
    return await work
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) await this.outcome(node[Symbol.asyncDispose]())
  }
}
