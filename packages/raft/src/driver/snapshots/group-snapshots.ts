import { assert, FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { ByteStream } from '@flotilla/core/network'
import { after, type Millis } from '@flotilla/core/time'
import type { SnapshotOffer } from '../../messages.ts'
import type { Replica } from '../../replica/replica-contract.ts'
import type { SnapshotMark } from '../../types.ts'
import { verdicts } from '../../wire/offer-codec.ts'
import type { GroupDriver } from '../group-driver.ts'
import type { NodeContext } from '../node-context.ts'
import { bringSnapshot } from './bringing.ts'
import { aborting } from './byte-intake.ts'
import { takeContent } from './taking.ts'

interface Loaded {
  readonly id: string
  readonly replica: Replica
  /** It has become the state of the group. */
  readonly restored: () => void
}

/** The snapshots of one group: made here, brought to others, taken from others. */
export class GroupSnapshots {
  readonly #group: GroupDriver
  readonly #node: NodeContext
  readonly #restore: (snapshot: SnapshotMark) => Promise<Replica>
  readonly #closed = new AbortController()
  #making: Promise<void> | undefined
  #makeNotBefore = -Infinity as Millis
  #taking = false
  /** Received, and loaded into a machine that nobody uses yet. */
  #loaded: Loaded | undefined
  /** The last one that this program's machine could not load: it is not tried again. */
  #unloadable: string | undefined

  constructor(group: GroupDriver, node: NodeContext, restore: (snapshot: SnapshotMark) => Promise<Replica>) {
    this.#group = group
    this.#node = node
    this.#restore = restore
  }

  close(): void {
    this.#closed.abort(new FlotillaError('closed', `group ${this.#group.name} was closed`))
  }

  /** Makes a snapshot if the log has grown by so much. */
  look(): void {
    const { application, settings } = this.#group
    if (application.bytesSinceSnapshot >= settings.snapshotLogBytes) this.wanted()
  }

  /** The disk wants the room, or the log is long: a snapshot in the background. */
  wanted(): void {
    const now = this.#node.clock.now()
    if (this.#making !== undefined || now < this.#makeNotBefore) return
    this.#makeNotBefore = after(now, this.#node.limits.snapshotStallMs)
    void this.#makeQuietly()
  }

  async #makeQuietly(): Promise<void> {
    try {
      await this.make()
      this.#makeNotBefore = -Infinity as Millis
    } catch (error) {
      this.#report('a snapshot could not be made', error)
    }
  }

  /** Resolves when a snapshot is durable that was begun during this call or later. */
  async make(): Promise<void> {
    while (this.#making !== undefined) await this.#making.catch(() => {})
    const making = this.#make()
    this.#making = making
    try {
      await making
    } finally {
      this.#making = undefined
    }
  }

  async #make(): Promise<void> {
    const { application, name } = this.#group
    const { place, bytesSinceSnapshot } = application
    if (place.index === this.#group.core.status().snapshot.index) return
    const pieces = application.replica.snapshot()
    await using writer = await this.#node.storage.snapshots.create(name, { ...place, id: '' })
    for (const piece of pieces) {
      this.#closed.signal.throwIfAborted()
      await writer.write(piece)
      await this.#node.nextTurn()
    }
    const snapshot = await writer.finish()
    this.#node.instruments.snapshots.inc({ direction: 'made' })
    if (application.index >= place.index && this.#group.core.status().snapshot.index < place.index) {
      application.snapshotMade(bytesSinceSnapshot)
      this.#group.step({ type: 'snapshot-made', snapshot })
    }
  }

  /** Brings the latest snapshot to that member, and tells the core how it went. */
  bring(to: NodeId): void {
    void this.#bring(to)
  }

  async #bring(to: NodeId): Promise<void> {
    const { core, name } = this.#group
    // It is offered by the leader of the term that asked for it, whoever leads when it leaves.
    const { term } = core.status()
    try {
      await this.#node.snapshotSlots.use(async () => {
        // It may have waited: the latest one is that of now.
        const { snapshot } = core.status()
        await bringSnapshot(this.#node, name, to, { term, snapshot }, this.#closed.signal)
        this.#node.instruments.snapshots.inc({ direction: 'brought' })
        this.#group.step({ type: 'snapshot-brought', to, snapshot })
      })
    } catch (error) {
      this.#report('a snapshot could not be brought', error, to)
      this.#group.step({ type: 'snapshot-brought', to, snapshot: undefined })
    }
  }

  /** A leader brings one. */
  async take(stream: ByteStream, offer: SnapshotOffer): Promise<void> {
    if (this.#taking) {
      throw new FlotillaError('overloaded', `group ${this.#group.name} is taking a snapshot already`)
    }
    this.#taking = true
    try {
      const taken = await this.#take(stream, offer)
      await stream.write(Uint8Array.of(taken ? verdicts.taken : verdicts.refused), { signal: this.#closed.signal })
      await stream.end()
    } finally {
      this.#taking = false
    }
  }

  async #take(stream: ByteStream, { term, snapshot }: SnapshotOffer): Promise<boolean> {
    const { core, name, persistence } = this.#group
    const { signal } = this.#closed
    if (snapshot.id === this.#unloadable) {
      throw new FlotillaError('snapshot-unloadable', `the snapshot ${snapshot.id} could not be loaded here before`)
    }
    await takeContent(this.#node, name, snapshot, stream, signal)
    if (core.status().snapshot.id === snapshot.id) {
      // The answer to an earlier attempt was lost, and the core would not restore it once more.
      await aborting(persistence.settled(), signal)
      return true
    }
    const replica = await this.#load(snapshot)
    signal.throwIfAborted()
    if (replica === undefined) return false
    const restored = Promise.withResolvers<void>()
    this.#loaded = { id: snapshot.id, replica, restored: () => restored.resolve() }
    this.#group.step({ type: 'snapshot-received', from: stream.peer, term, snapshot })
    if (core.status().snapshot.id === snapshot.id) {
      await aborting(restored.promise, signal)
      await aborting(persistence.settled(), signal)
      this.#node.instruments.snapshots.inc({ direction: 'taken' })
      return true
    }
    this.#loaded = undefined
    return core.status().commit >= snapshot.index
  }

  async #load(snapshot: SnapshotMark): Promise<Replica | undefined> {
    try {
      return await this.#restore(snapshot)
    } catch (error) {
      if (!(error instanceof FlotillaError) || error.code !== 'snapshot-unloadable') throw error
      this.#unloadable = snapshot.id
      this.#report('a snapshot that was brought could not be loaded', error)
      return undefined
    }
  }

  /** The machine that the core's `restore` asks for: it is there before the core hears of the snapshot. */
  loaded(snapshot: SnapshotMark): Replica {
    const loaded = this.#loaded
    assert(loaded?.id === snapshot.id, 'a core restores only what it was told is loadable')
    this.#loaded = undefined
    loaded.restored()
    return loaded.replica
  }

  #report(message: string, err: unknown, to?: NodeId): void {
    if (this.#closed.signal.aborted) return
    this.#node.logger.warn({ group: this.#group.name, err, ...(to === undefined ? {} : { peer: to }) }, message)
  }
}
