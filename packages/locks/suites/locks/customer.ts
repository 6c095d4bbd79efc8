import { FlotillaError } from '@flotilla/core/errors'
import { after, sleep } from '@flotilla/core/time'
import { createRaftClient } from '@flotilla/raft'
import { repeat, type Host } from '@flotilla/sim'
import { createLocks } from '../../src/create-locks.ts'
import type { Lock, LockMode, Locks } from '../../src/locks.ts'
import { lockMachine } from '../../src/machine/index.ts'
import { lockDelaysMs, ttlMs } from './settings.ts'
import type { Town } from './town.ts'

const keys = ['a', 'b']

/** How long clients go on after everything was mended, before they let go of all they have. */
const busyAfterMendingMs = 1_500

/** One life of a client: a few tasks that lock, work and let go. */
export function liveAsClient(town: Town, host: Host): Promise<AsyncDisposable> {
  town.begins(host.name)
  const { network, clock, entropy } = host
  const { codecs } = lockMachine.create()
  const members = () => town.members.filter((name) => !town.rotten.has(name)).map((name) => town.world.idOf(name))
  const group = createRaftClient({ network, clock, entropy, group: 'locks', codecs, members, callTimeoutMs: 1_500 })
  const options = { name: host.name, ttlMs, lockDelayMs: host.random.pick(lockDelaysMs), limits: town.clientLimits }
  const locks = createLocks({ group, clock, entropy, ...options })
  const customer = new Customer(town, host, locks)
  const tasks = [1, 2, 3].map(() => repeat(host, { pauseMs: [10, 400], act: () => customer.act() }))
  return Promise.resolve({
    async [Symbol.asyncDispose]() {
      if (host.random.chance(1, 2)) await locks[Symbol.asyncDispose]()
      await Promise.all(tasks.map((task) => task[Symbol.asyncDispose]()))
      await locks[Symbol.asyncDispose]()
      await group[Symbol.asyncDispose]()
    },
  })
}

/** What somebody works under. */
type Work = Pick<Lock, 'key' | 'token' | 'held' | 'signal'>

class Customer {
  readonly #town: Town
  readonly #host: Host
  readonly #locks: Locks
  /** While it is done, nobody here knows which token holds. */
  readonly #downgrading = new Set<Work>()
  #mendedAtMs: number | undefined
  #tasks = 0

  constructor(town: Town, host: Host, locks: Locks) {
    this.#town = town
    this.#host = host
    this.#locks = locks
  }

  async act(): Promise<void> {
    const { world } = this.#town
    if (world.isMended()) this.#mendedAtMs ??= world.nowMs()
    if (this.#mendedAtMs !== undefined && world.nowMs() - this.#mendedAtMs > busyAfterMendingMs) {
      if (this.#town.served.has(this.#host.name)) return this.#rest()
    }
    this.#tasks++
    const asking = this.#town.asks(this.#host.name)
    try {
      await this.#draw()
      if (this.#mendedAtMs !== undefined) this.#town.served.add(this.#host.name)
    } catch (error) {
      // Whoever is refused, too late or cut off is told so.
      if (!(error instanceof FlotillaError) && error !== changedMind) throw error
    } finally {
      asking.ended()
      this.#tasks--
    }
  }

  /** Lets the others finish, then looks whether anything is left. */
  async #rest(): Promise<void> {
    const { calm, clients } = this.#town
    if (this.#tasks === 0) calm.add(this.#host.name)
    if (calm.size < clients.length || this.#town.isEmpty) return
    try {
      const held = await this.#locks.list({ timeoutMs: 1_000 })
      this.#town.isEmpty = held.every(({ holding, waiting }) => holding + waiting === 0)
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
    }
  }

  #draw(): Promise<void> {
    const { random } = this.#host
    const drawn = random.below(10)
    const key = random.pick(keys)
    if (drawn < 4) return this.#story('x')
    if (drawn < 6) return this.#readOrWrite(key, 'shared')
    if (drawn < 7) return this.#readOrWrite(key, 'exclusive')
    if (drawn < 8) return this.#permit()
    return this.#transaction()
  }

  /** One exclusive lock, for the history. */
  async #story(key: string): Promise<void> {
    const chapter = this.#town.story.begin(this.#host.name, key)
    let lock: Lock | undefined
    try {
      lock = await this.#locks.acquire(key, this.#patience())
    } catch (error) {
      chapter?.nothing()
      throw error
    }
    chapter?.granted(lock.token)
    await this.#work(lock, lock.mode, key)
    if (!lock.held) return
    const saidSo = chapter?.letsGo()
    if (await lock.release()) saidSo?.()
  }

  async #readOrWrite(key: string, mode: LockMode): Promise<void> {
    const { random } = this.#host
    const isTry = random.chance(1, 4)
    const lock = isTry
      ? await this.#locks.tryAcquire(key, { mode, timeoutMs: 1_000 })
      : await this.#locks.acquire(key, { mode, ...this.#patience() })
    if (lock === undefined) return
    await using _ = lock
    await this.#work(lock, lock.mode, key)
    if (!random.chance(1, 3)) return
    if (lock.mode === 'shared') await lock.upgrade(this.#patience())
    else await this.#downgrade(lock)
    await this.#work(lock, lock.mode, key)
  }

  async #downgrade(lock: Lock): Promise<void> {
    this.#downgrading.add(lock)
    try {
      await lock.downgrade(this.#patience())
    } finally {
      this.#downgrading.delete(lock)
    }
  }

  async #permit(): Promise<void> {
    const permit = await this.#locks.semaphore('pool', { capacity: 1 }).acquire(this.#patience())
    await using _ = permit
    await this.#work(permit, 'exclusive', undefined)
  }

  async #transaction(): Promise<void> {
    const { random } = this.#host
    const wanted = random.shuffled([...keys, 'c']).slice(0, 2)
    await this.#locks.transaction(
      async (tx) => {
        for (const key of wanted) {
          const mode = random.pick(['exclusive', 'shared'] as const)
          const lock = await tx.acquire(key, { mode, ...this.#patience() })
          await this.#work(lock, lock.mode, key)
        }
      },
      { retries: random.below(3) },
    )
  }

  /** Works for a while, as long as the signal has not aborted; and writes later, without looking. */
  async #work(lock: Work, mode: LockMode, fenced: string | undefined): Promise<void> {
    const { clock, random, name } = this.#host
    const { room } = this.#town
    const { signal } = lock
    if (!lock.held) return
    const guest = room.enter(name, lock.key, mode === 'exclusive')
    signal.addEventListener('abort', () => room.leave(guest), { once: true })
    // Some work for longer than a lease lasts, without a pause that would hide that it was over.
    const isLong = random.chance(1, 3) && this.#mendedAtMs === undefined
    const [steps, pauseMs] = isLong ? [random.between(30, 120), 50] : [random.between(1, 5), 100]
    for (let step = 0; step < steps; step++) {
      if (fenced !== undefined && random.chance(1, 4)) void this.#writeLater(lock, fenced)
      await sleep(clock, random.between(1, pauseMs))
      // Where the process was paused, this may run before the timer that aborts the signal; the clock is right already.
      if (!lock.held) break
      room.touch(guest)
    }
    if (!lock.held && !signal.aborted) this.#host.fail('The signal of what is not held has aborted.', lock.key)
    room.leave(guest)
  }

  /** A write that was under way while the lock may have been lost: the fence stops it, and only then. */
  async #writeLater(lock: Work, key: string): Promise<void> {
    const { clock, random } = this.#host
    const { token } = lock
    await sleep(clock, random.pick([0, random.below(100), random.below(3_000)]))
    const wasHeld = lock.held && lock.token === token && !this.#downgrading.has(lock)
    try {
      await this.#town.fence.check(key, token)
    } catch (error) {
      if (!(error instanceof FlotillaError) || error.code !== 'stale-token') throw error
      if (wasHeld) this.#host.fail('The fence lets through whoever holds the lock.', error.message)
    }
  }

  /** Some wait for ever, others for a while, or until they change their mind. */
  #patience(): { readonly timeoutMs?: number; readonly signal?: AbortSignal } {
    const { clock, random } = this.#host
    const drawn = random.below(4)
    if (drawn === 0) return {}
    if (drawn < 3) return { timeoutMs: random.between(1, 3_000) }
    const cancel = new AbortController()
    clock.wakeAt(after(clock.now(), random.between(1, 2_000)), () => cancel.abort(changedMind))
    return { signal: cancel.signal }
  }
}

const changedMind = new Error('changed my mind')
