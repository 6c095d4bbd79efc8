import type { Crypto } from '@flotilla/core/crypto'
import { sealEnvelope } from '@flotilla/core/envelope'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { Millis, WallMillis } from '@flotilla/core/time'
import type { Broadcast, Offence } from '../broadcast.ts'
import { BroadcastCore, type CoreEffect, type CoreInput, type Moment } from '../core.ts'
import { validateBroadcastLimits, type BroadcastLimits } from '../limits.ts'
import { messageCodec, type Message } from '../messages.ts'

const epochMs = 1_800_000_000_000

export interface SealedBy {
  readonly name: string
  readonly type?: string
  readonly text: string
  /** In world time. */
  readonly atMs?: number
}

/** Cores that talk to each other without delay, on one clock that is moved by hand. */
export class CoreWorld {
  readonly crypto: Crypto
  readonly limits: BroadcastLimits
  readonly prng: Prng
  readonly nodes: Map<NodeId, CoreNode> = new Map()
  /** Messages that were sent and not yet taken, oldest first. */
  readonly wire: { readonly from: NodeId; readonly to: NodeId; readonly bytes: Uint8Array }[] = []
  /** Whose broadcasts are not taken. */
  readonly strangers: Set<NodeId> = new Set()
  nowMs = 0

  constructor(crypto: Crypto, settings: Partial<BroadcastLimits> = {}, seed = 1) {
    this.crypto = crypto
    this.limits = validateBroadcastLimits(settings)
    this.prng = new Prng(seed)
  }

  add(name: string, options: { readonly sealedAfterMs?: number } = {}): CoreNode {
    const node = new CoreNode(this, name, options.sealedAfterMs)
    this.nodes.set(node.id, node)
    return node
  }

  keyOf(name: string): Uint8Array {
    return this.crypto.sha256(new TextEncoder().encode(`key of ${name}`))
  }

  idOf(name: string): NodeId {
    return nodeIdFromPublicKey(this.crypto, this.crypto.ed25519.publicKey(this.keyOf(name)))
  }

  moment(): Moment {
    return { now: this.nowMs as Millis, wall: (epochMs + this.nowMs) as WallMillis }
  }

  seal({ name, type = 'test.saying', text, atMs = this.nowMs }: SealedBy): Uint8Array {
    return sealEnvelope({
      crypto: this.crypto,
      secretKey: this.keyOf(name),
      type,
      payload: new TextEncoder().encode(text),
      timestamp: (epochMs + atMs) as WallMillis,
      nonce: this.prng.bytes(16),
    })
  }

  connect(one: CoreNode, other: CoreNode): void {
    one.turn({ type: 'peer', change: { type: 'up', peer: other.id } })
    other.turn({ type: 'peer', change: { type: 'up', peer: one.id } })
  }

  disconnect(one: CoreNode, other: CoreNode): void {
    one.turn({ type: 'peer', change: { type: 'down', peer: other.id } })
    other.turn({ type: 'peer', change: { type: 'down', peer: one.id } })
    const between = new Set([one.id, other.id])
    const left = this.wire.filter(({ from, to }) => !between.has(from) || !between.has(to))
    this.wire.splice(0, this.wire.length, ...left)
  }

  /** Delivers all that is on its way, and what is sent because of it. */
  settle(): void {
    for (let next = this.wire.shift(); next !== undefined; next = this.wire.shift()) {
      this.nodes.get(next.to)?.turn({ type: 'notice', from: next.from, bytes: next.bytes })
    }
  }

  /** Lets time pass in which everybody wakes when it wants to. */
  pass(durationMs: number): void {
    const untilMs = this.nowMs + durationMs
    for (;;) {
      this.settle()
      const dueMs = Math.min(...[...this.nodes.values()].map((node) => node.core.deadline()))
      if (dueMs > untilMs) break
      this.nowMs = Math.max(this.nowMs, dueMs)
      for (const node of this.nodes.values()) if (node.core.deadline() <= this.nowMs) node.turn({ type: 'wake' })
    }
    this.nowMs = untilMs
  }
}

export class CoreNode {
  readonly id: NodeId
  readonly core: BroadcastCore
  readonly delivered: Broadcast[] = []
  readonly offences: Offence[] = []
  readonly refused: string[] = []
  readonly sent: Message[] = []
  readonly #world: CoreWorld

  constructor(world: CoreWorld, name: string, sealedAfterMs: number | undefined) {
    this.#world = world
    this.id = world.idOf(name)
    this.core = new BroadcastCore(
      {
        self: this.id,
        crypto: world.crypto,
        secretKey: world.keyOf(name),
        prng: world.prng.split(name),
        member: (id) => !world.strangers.has(id),
        limits: world.limits,
        sealedAfter: sealedAfterMs === undefined ? undefined : ((epochMs + sealedAfterMs) as WallMillis),
      },
      world.moment(),
    )
  }

  get heard(): readonly string[] {
    return this.delivered.map(({ payload }) => new TextDecoder().decode(payload))
  }

  say(text: string, type = 'test.saying'): void {
    this.core.publish(this.#world.moment(), type, new TextEncoder().encode(text), this.#world.prng.bytes(16))
    this.#perform()
  }

  turn(input: CoreInput): void {
    this.core.step(this.#world.moment(), input)
    this.#perform()
  }

  /** Takes a message as if this peer had sent it. */
  take(from: NodeId, message: Message): void {
    this.turn({ type: 'notice', from, bytes: messageCodec(this.#world.limits).encode(message) })
  }

  takeEnvelope(from: NodeId, envelope: Uint8Array): void {
    this.take(from, { type: 'push', envelope })
  }

  #perform(): void {
    for (const effect of this.core.drain()) this.#performOne(effect)
  }

  #performOne(effect: CoreEffect): void {
    if (effect.type === 'deliver') this.delivered.push(effect.broadcast)
    if (effect.type === 'offence') this.offences.push(effect.offence)
    if (effect.type === 'refused') this.refused.push(effect.reason)
    if (effect.type !== 'send') return
    this.sent.push(messageCodec(this.#world.limits).decode(effect.bytes))
    this.#world.wire.push({ from: this.id, to: effect.to, bytes: effect.bytes.slice() })
  }
}
