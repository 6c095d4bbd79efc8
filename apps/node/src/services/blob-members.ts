import type { CertificateFacts, Role } from '@flotilla/certificates'
import type { StoreMember } from '@flotilla/cas-store'
import { array, boolean, createCodec, integer, object, refined, string, type Codec } from '@flotilla/core/codec'
import { diskPath, type Disk } from '@flotilla/core/disk'
import { nodeIdLength, parseNodeId, type NodeId } from '@flotilla/core/ids'
import type { Logger } from '@flotilla/core/observe'
import type { Clock, Millis, WallMillis } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'

export interface BlobMembersOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly self: NodeId
  readonly connected: () => readonly NodeId[]
  /** What the connection of that node has shown. */
  readonly certificateOf: (id: NodeId) => CertificateFacts | undefined
  readonly isRevoked: (id: NodeId) => boolean
}

/** What is remembered of a node that was connected once. */
interface Remembered {
  readonly id: NodeId
  /** It keeps what it cannot read. */
  readonly isReplica: boolean
  /** Until when it can come back; a certificate that has expired is not renewed. */
  readonly notAfter: WallMillis
}

const path = diskPath('blob-members')
const version = 2

const codec: Codec<{ readonly version: number; readonly members: readonly Remembered[] }> = createCodec({
  name: 'record of who keeps blobs',
  schema: object({
    version: integer({ min: version, max: version }),
    members: array(
      object({
        id: refined(string({ bytesMax: nodeIdLength }), parseNodeId),
        isReplica: boolean(),
        notAfter: integer<WallMillis>(),
      }),
      { countMax: nodeLimitsDefaults.certificatesRememberedMax },
    ),
  }),
})

/**
 * Who may have copies of blobs. Whoever is missing here for long counts as gone for good, with all that it kept; so a
 * node that was connected once is remembered, restarts of this one included, until it is revoked or its certificate has
 * expired: then it cannot come back.
 */
export class BlobMembers {
  readonly #options: BlobMembersOptions
  readonly #remembered: Map<NodeId, Remembered>
  /** Since when those are away that are. */
  readonly #awaySince = new Map<NodeId, Millis>()
  #saving: Promise<void> | undefined
  #isChanged = false

  private constructor(options: BlobMembersOptions, remembered: readonly Remembered[]) {
    this.#options = options
    this.#remembered = new Map(remembered.map((member) => [member.id, member]))
  }

  static async open(options: BlobMembersOptions): Promise<BlobMembers> {
    const bytes = await options.disk.read(path)
    return new BlobMembers(options, bytes === undefined ? [] : codec.decode(bytes).members)
  }

  /** Those that may know what the cluster keeps, and replicas, which must not; this node itself is not among them. */
  all(): readonly StoreMember[] {
    const { clock, isRevoked } = this.#options
    const connected = new Set(this.#options.connected())
    for (const id of connected) this.#remember(id)
    const wallNow = clock.wallNow()
    for (const { id, notAfter } of this.#remembered.values()) {
      if (!isRevoked(id) && notAfter >= wallNow) continue
      this.#remembered.delete(id)
      this.#isChanged = true
    }
    if (this.#isChanged) this.#save()
    return Array.from(this.#remembered.values(), ({ id: node, isReplica: isUntrusted }) => {
      const awaySinceMs = this.#awaySinceOf(node, connected.has(node))
      return { node, isAlive: awaySinceMs === undefined, awaySinceMs, isUntrusted }
    })
  }

  /** By what its connection has shown. Agents are guests, and replicas must not read what they keep. */
  isTrusted(id: NodeId): boolean {
    const role = this.#roleOf(id)
    return role === 'node' || role === 'operator'
  }

  /** Resolves when what is remembered is durable. */
  async settled(): Promise<void> {
    await this.#saving
  }

  #roleOf(id: NodeId): Role | undefined {
    return this.#options.isRevoked(id) ? undefined : this.#options.certificateOf(id)?.role
  }

  #remember(id: NodeId): void {
    const notAfter = this.#options.certificateOf(id)?.notAfter
    const isReplica = this.#roleOf(id) === 'replica'
    if (notAfter === undefined || id === this.#options.self || !(isReplica || this.isTrusted(id))) return
    const before = this.#remembered.get(id)
    if (before?.notAfter === notAfter && before.isReplica === isReplica) return
    if (before === undefined && this.#remembered.size >= nodeLimitsDefaults.certificatesRememberedMax) return
    this.#remembered.set(id, { id, isReplica, notAfter })
    this.#isChanged = true
  }

  #awaySinceOf(id: NodeId, isConnected: boolean): Millis | undefined {
    if (isConnected) this.#awaySince.delete(id)
    else if (!this.#awaySince.has(id)) this.#awaySince.set(id, this.#options.clock.now())
    return this.#awaySince.get(id)
  }

  /** What could not be saved is saved with the next change that is looked for. */
  #save(): void {
    if (this.#saving !== undefined) return
    this.#isChanged = false
    const { disk, logger } = this.#options
    const bytes = codec.encode({ version, members: [...this.#remembered.values()] })
    this.#saving = disk
      .replace(path, bytes)
      .catch((error: unknown) => {
        this.#isChanged = true
        logger.warn({ err: error }, 'who keeps blobs could not be written down')
      })
      .finally(() => (this.#saving = undefined))
  }
}
