import type { Disk } from '@flotilla/core/disk'
import type { NodeId } from '@flotilla/core/ids'
import {
  RecordingLogger,
  ManualClock,
  memoryDisk,
  memoryHub,
  type MemoryDisk,
  type MemoryNode,
} from '@flotilla/core/testing'
import { Prng, type Entropy } from '@flotilla/core/random'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { Catalogue } from '../../catalogue/contract.ts'
import { inlineCatalogue } from '../../catalogue/node-inline-catalogue.ts'
import { identityOf, identitySecret } from '../../sealing/identity.ts'
import { inlineWorkshop } from '../../sealing/node-inline-workshop.ts'
import type { LocalStore } from '../../store/contract.ts'
import { memoryStore } from '../../store/testing/node-memory-store.ts'
import { encodeDescriptor } from '../../tree/descriptor-codec.ts'
import { opaqueStore } from '../../replicas/opaque-store.ts'
import { strangerKeys } from '../../transfer/strangers/stranger-keys.ts'
import { createTransfer, type TransferOptions } from '../../transfer/transfer.ts'
import type { Transfer } from '../../transfer/contract.ts'
import type { BlobDescriptor, BlobId, KeyEpoch } from '../../types.ts'
import type { ReplicatedStore, StoreMember } from '../contract.ts'
import { createReplicatedStore } from '../facade/replicated-store.ts'
import type { ReplicationLimits, ReplicationSettings } from '../limits.ts'
import { cheapCrypto, cheapNode, type CheapNode } from './node-cheap-keys.ts'

const secret = identitySecret(new Uint8Array(32).fill(7))
const identity = identityOf(nodeCrypto(), secret)

function blobIdOf(descriptor: BlobDescriptor): BlobId {
  return identity.blobIdOf(encodeDescriptor(descriptor))
}

/** Quick, so that little time has to pass. */
const quickLimits: Partial<ReplicationLimits> = {
  roundMs: 1_000,
  askAgainMs: 1_000,
  requestTimeoutMs: 1_000,
  spreadTimeoutMs: 500,
  tombstoneGraceMs: 2_000,
  orphanAfterMs: 5_000,
  promiseMs: 2_000,
  leftAfterMs: 10_000,
  fullRoundMs: 3_000,
}

export interface MeshNodeOptions {
  readonly settings?: Partial<ReplicationSettings>
  readonly limits?: Partial<ReplicationLimits>
  readonly freeBytes?: () => number
  /** It keeps what it cannot read. */
  readonly isUntrusted?: boolean
  /** What happens to the local store before it has others. */
  readonly before?: (local: LocalStore) => Promise<void>
}

/** One node with a store of its own; disks and catalogues outlive its process. */
export class MeshNode {
  readonly name: string
  readonly cheap: CheapNode
  readonly disk: MemoryDisk = memoryDisk()
  readonly logger: RecordingLogger = new RecordingLogger()
  catalogue: Catalogue = inlineCatalogue()
  member: MemoryNode | undefined
  opened: Disk | undefined
  local: LocalStore | undefined
  transfer: Transfer | undefined
  #store: ReplicatedStore | undefined

  constructor(name: string) {
    this.name = name
    this.cheap = cheapNode(name)
  }

  get id(): NodeId {
    return this.cheap.id
  }

  get store(): ReplicatedStore {
    if (this.#store === undefined) throw new Error(`${this.name} is not running`)
    return this.#store
  }

  set store(store: ReplicatedStore | undefined) {
    this.#store = store
  }
}

interface Standing {
  isAlive: boolean
  awaySinceMs: number | undefined
  isUntrusted: boolean
}

/** Several nodes in memory, on a clock that moves when told. Who is alive they all know. */
export class MeshWorld implements AsyncDisposable {
  readonly clock: ManualClock = new ManualClock()
  readonly hub: ReturnType<typeof memoryHub>
  readonly random: Prng
  readonly members: Map<NodeId, Standing> = new Map()
  readonly #watchers = new Set<() => void>()
  readonly #nodes: MeshNode[] = []

  constructor(seed = 1) {
    this.random = new Prng(seed)
    this.hub = memoryHub({ clock: this.clock, onHandlerError: () => {} })
  }

  async add(name: string, options: MeshNodeOptions = {}): Promise<MeshNode> {
    const node = new MeshNode(name)
    this.#nodes.push(node)
    const { isUntrusted = false } = options
    this.members.set(node.id, { isAlive: true, awaySinceMs: undefined, isUntrusted })
    await this.start(node, options)
    return node
  }

  async start(node: MeshNode, options: MeshNodeOptions = {}): Promise<void> {
    const { clock } = this
    const entropy = this.random.split(node.name)
    const keys = { newest: 1 as KeyEpoch, keys: new Map([[1 as KeyEpoch, new Uint8Array(32).fill(1)]]) }
    node.member = this.hub.join(node.id)
    const { network } = node.member
    const { catalogue } = node
    node.opened = node.disk.open()
    const isUntrusted = this.members.get(node.id)?.isUntrusted === true
    const stored = { disk: node.opened, catalogue, clock, entropy }
    node.local = await (isUntrusted ? opaqueStore({ ...stored, crypto: nodeCrypto() }) : memoryStore(stored))
    await options.before?.(node.local)
    const workshop = isUntrusted ? node.local.workshop : inlineWorkshop({ identity: secret, keys, entropy })
    const freeBytes = options.freeBytes ?? ((): number => 2 ** 40)
    node.transfer = createTransfer({
      network,
      vault: node.local.vault,
      workshop,
      clock,
      hooks: { freeBytes },
      ...(isUntrusted ? { isUntrusted } : { blobIdOf, strangers: this.#strangers(entropy) }),
    })
    node.store = await createReplicatedStore({
      local: node.local,
      transfer: node.transfer,
      network,
      clock,
      entropy,
      crypto: cheapCrypto,
      keys: node.cheap.keys,
      self: node.id,
      ...(isUntrusted ? {} : { blobIdOf }),
      freeBytes,
      members: () => this.#members(),
      onMembersChanged: (see) => this.#watch(see),
      limits: { ...quickLimits, ...options.limits },
      ...(options.settings === undefined ? {} : { settings: options.settings }),
      logger: node.logger,
    })
    this.#set(node, { isAlive: true, awaySinceMs: undefined })
  }

  async stop(node: MeshNode): Promise<void> {
    const { store, transfer, local, member } = node
    await this.outcome(Promise.resolve(store[Symbol.asyncDispose]()))
    await transfer?.[Symbol.asyncDispose]()
    await local?.[Symbol.asyncDispose]()
    await node.opened?.[Symbol.asyncDispose]()
    await member?.[Symbol.asyncDispose]()
    node.store = undefined
    this.#set(node, { isAlive: false, awaySinceMs: this.clock.now() })
  }

  /** It is no member any more. */
  remove(node: MeshNode): void {
    this.members.delete(node.id)
    this.#tell()
  }

  /** Lets so much time pass, in small steps, with all that happens in it. */
  async pass(durationMs: number): Promise<void> {
    for (let left = durationMs; left > 0; left -= 50) {
      this.clock.advance(Math.min(50, left))
      await settle()
    }
  }

  /** What becomes of it, letting as much time pass as it needs, up to a minute. */
  async outcome<Result>(promise: Promise<Result>): Promise<Result> {
    const progress = { isDone: false }
    const watched = promise.finally(() => (progress.isDone = true))
    watched.catch(() => undefined)
    await settle()
    for (let steps = 0; !progress.isDone && steps < 600; steps++) {
      this.clock.advance(100)
      await settle()
    }
    if (!progress.isDone) throw new Error('it has not ended within a minute')
    return watched
  }

  async until(what: string, condition: () => Promise<boolean> | boolean, mostMs = 60_000): Promise<void> {
    for (let passed = 0; passed < mostMs; passed += 100) {
      if (await condition()) return
      await this.pass(100)
    }
    throw new Error(`it did not come to pass that ${what}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes)
      if (node.local !== undefined && this.members.get(node.id)?.isAlive === true) await this.stop(node)
  }

  #strangers(entropy: Entropy): NonNullable<TransferOptions['strangers']> {
    const crypto = nodeCrypto()
    const workshop = inlineWorkshop({ identity: secret, keys: strangerKeys(crypto, secret), entropy })
    return { workshop, crypto, isUntrusted: (peer) => this.members.get(peer)?.isUntrusted !== false }
  }

  #members(): readonly StoreMember[] {
    return Array.from(this.members, ([node, member]) => ({ node, ...member }))
  }

  #set(node: MeshNode, news: { readonly isAlive: boolean; readonly awaySinceMs: number | undefined }): void {
    const member = this.members.get(node.id)
    if (member !== undefined) Object.assign(member, news)
    this.#tell()
  }

  #tell(): void {
    for (const see of this.#watchers) see()
  }

  #watch(see: () => void): Disposable {
    this.#watchers.add(see)
    return { [Symbol.dispose]: () => void this.#watchers.delete(see) }
  }
}

/** Enough turns of the queue of promises for everything in memory to happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: number[] = []
  for await (const piece of content) pieces.push(...piece)
  return Uint8Array.from(pieces)
}

export async function meshOf<const Names extends readonly string[]>(
  world: MeshWorld,
  ...names: Names
): Promise<{ readonly [Index in keyof Names]: MeshNode }> {
  const nodes: MeshNode[] = []
  for (const name of names) nodes.push(await world.add(name))
  // Each has told the others how much room it has.
  await world.pass(1_500)
  return nodes as unknown as { readonly [Index in keyof Names]: MeshNode }
}
