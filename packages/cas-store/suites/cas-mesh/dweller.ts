import { FlotillaError } from '@flotilla/core/errors'
import type { Host } from '@flotilla/sim'
import type { BlobContent } from '../../src/blobs.ts'
import type { Belonging } from './belongings.ts'
import type { LivingNode, MeshTown } from './mesh-town.ts'

/** How long dwellers go on after everything was mended. */
const busyAfterMendingMs = 300

/** Somebody on a node who puts, deletes and names what is his, and reads what is anybody's. */
export class Dweller {
  readonly #town: MeshTown
  readonly #host: Host
  readonly #node: LivingNode
  #mendedAtMs: number | undefined
  /** This life is about to end. */
  #isOver = false

  constructor(town: MeshTown, host: Host, node: LivingNode) {
    this.#town = town
    this.#host = host
    this.#node = node
    town.calm.delete(host.name)
  }

  async act(): Promise<void> {
    const { name, random } = this.#host
    if (this.#isOver) return
    if (this.#town.lost.has(name)) return this.#die()
    if (this.#hasEnough) return void this.#town.calm.add(name)
    if (!this.#town.members().includes(name)) return
    const drawn = random.below(20)
    if (drawn < 6) return this.#put(random.pick(this.#own))
    if (drawn < 9) return this.#delete(random.pick(this.#own))
    if (drawn < 12) return this.#name(random.pick(this.#own))
    if (drawn < 13) return this.#keep(random.pick(this.#town.belongings))
    return this.#read(random.pick(this.#town.belongings))
  }

  #die(): void {
    this.#isOver = true
    this.#host.exit('it is lost')
  }

  /** What an operator does now and then. */
  async care(): Promise<void> {
    if (this.#isOver) return
    const { store, local } = this.#node
    const drawn = this.#host.random.below(3)
    await this.#attempt(async () => {
      if (drawn === 0) await local.collectGarbage()
      if (drawn === 1) await store.check()
      if (drawn === 2) await store.status()
    })
  }

  get #hasEnough(): boolean {
    const { world } = this.#town
    if (world.isMended()) this.#mendedAtMs ??= world.nowMs()
    return this.#mendedAtMs !== undefined && world.nowMs() - this.#mendedAtMs > busyAfterMendingMs
  }

  get #own(): readonly Belonging[] {
    return this.#town.belongings.filter(({ owner }) => owner === this.#host.name)
  }

  async #put(belonging: Belonging): Promise<void> {
    const { random } = this.#host
    const round = ++belonging.round
    const before = belonging.state
    belonging.state = 'either'
    const copies = random.pick([undefined, undefined, 2, 1, 'all' as const])
    const name = random.chance(1, 3) ? { name: this.#nameOf(random.below(2)) } : {}
    await this.#attempt(async () => {
      const options = { ...name, ...(copies === undefined ? {} : { copies }) }
      const { id, copies: made } = await this.#node.store.put(this.#stream(belonging.content), options)
      if (typeof copies === 'number' && made < copies) this.#host.fail('A put makes as many copies as were asked for.')
      belonging.id = id
      if (belonging.round !== round) return
      belonging.state = 'present'
      // A copy more than was wanted may be given up, but never one that an earlier put has promised.
      belonging.copies = Math.max(made, before === 'present' ? belonging.copies : 0)
      this.#town.doubt(belonging)
    })
  }

  async *#stream(content: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < content.length; at += 1_000) yield content.slice(at, at + 1_000)
  }

  async #delete(belonging: Belonging): Promise<void> {
    const { id } = belonging
    if (id === undefined) return
    const round = ++belonging.round
    const before = belonging.state
    belonging.state = 'either'
    await this.#attempt(async () => {
      const isDeleted = await this.#node.store.delete(id)
      if (!isDeleted && before === 'present') this.#host.fail('Whoever has put a blob can delete it.', id)
      if (isDeleted && before === 'absent') this.#host.fail('Nothing deleted comes back.', id)
      if (belonging.round !== round) return
      belonging.state = 'absent'
      this.#town.doubt(belonging)
    })
  }

  async #name(belonging: Belonging): Promise<void> {
    const { id } = belonging
    const { random } = this.#host
    const name = random.chance(1, 2) ? this.#nameOf(random.below(2)) : `shared ${random.below(2)}`
    await this.#attempt(async () => {
      if (id === undefined || random.chance(1, 3)) await this.#node.store.unname(name)
      else await this.#node.store.name(name, id)
    })
  }

  async #keep({ id }: Belonging): Promise<void> {
    if (id === undefined) return
    await this.#attempt(async () => {
      if (this.#host.random.chance(1, 2)) await this.#node.store.keep(id)
      else await this.#node.store.release(id)
    })
  }

  async #read(belonging: Belonging): Promise<void> {
    const { id, round, state, content, owner } = belonging
    if (id === undefined) return
    const isSure = owner === this.#host.name && state === 'present'
    await this.#attempt(async () => {
      try {
        await this.#verify(await this.#node.store.get(id, this.#range(content)), content)
      } catch (error) {
        if (codeOf(error) === 'not-found' && isSure && belonging.round === round) {
          this.#host.fail('What was acknowledged is there.', id)
        }
        throw error
      }
    })
  }

  #range(content: Uint8Array): { readonly range?: { readonly start: number; readonly length: number } } {
    const { random } = this.#host
    if (random.chance(1, 2)) return {}
    const start = random.below(content.length + 1)
    return { range: { start, length: random.below(content.length - start + 1) } }
  }

  async #verify(found: BlobContent, content: Uint8Array): Promise<void> {
    const { start, length } = found.range
    let at = start
    for await (const piece of found) {
      if (piece.some((byte, index) => byte !== content[at + index])) {
        return this.#host.fail('No wrong byte is ever returned.', `${found.id} from ${at} on`)
      }
      at += piece.length
    }
    if (at !== start + length) this.#host.fail('All bytes are returned.', `${at - start} in place of ${length}`)
  }

  #nameOf(number: number): string {
    return `${this.#host.name} ${number}`
  }

  /** What fails, fails for a reason that an operator can read. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#trouble(error)
    }
  }

  #trouble(error: unknown): void {
    if (!(error instanceof FlotillaError)) {
      return this.#host.fail('A store fails for a reason.', error instanceof Error ? error.stack : String(error))
    }
    switch (String(error.code)) {
      case 'closed':
      case 'too-few-copies':
      case 'unavailable':
      case 'not-found':
      case 'overloaded':
      case 'disk-full':
        return
      case 'io-failed':
      case 'poisoned':
        this.#isOver = true
        return this.#host.exit(error.message)
      case 'corrupt':
        if (this.#town.mayRot) return
        return this.#host.fail('Without rot nothing is corrupt.', error.stack)
      default:
        return this.#host.fail('A store fails for a reason that is known.', error.stack)
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof FlotillaError ? String(error.code) : undefined
}
