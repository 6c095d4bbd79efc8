import { unreachable } from '@flotilla/core/errors'
import type { Prng } from '@flotilla/core/random'
import { isMortal, type SimHost } from '../world/sim-host.ts'
import type { World } from '../world/world.ts'
import type { DiskWeather } from './disk-weather.ts'
import { logarithmic, type FaultPlan, type TimedFault, type TimedFaultPlan } from './fault-plan.ts'

const wallJumpMsMax = 3_600_000

/**
 * Brings the timed faults of a plan over a world: each kind on its own rhythm, each fault mended when its time is over.
 */
export class FaultInjector {
  readonly #world: World
  readonly #random: Prng
  readonly #plan: FaultPlan
  /** Mends what is broken at the moment. */
  readonly #mends = new Set<() => void>()
  /** Hosts whose disks may lie or fail; the others' stay sound. */
  readonly #brokenDisks: readonly SimHost[]
  #over = false

  constructor(options: { world: World; random: Prng; plan: FaultPlan; brokenDisksMax: number }) {
    this.#world = options.world
    this.#random = options.random
    this.#plan = options.plan
    this.#brokenDisks = this.#random.shuffled(this.#mortal()).slice(0, options.brokenDisksMax)
  }

  begin(): void {
    for (const [kind, plan] of this.#plan.timed) this.#nextAfter(kind, plan)
  }

  /** No fault from now on, and everything that was broken is mended. */
  end(): void {
    this.#over = true
    for (const mend of this.#mends) mend()
  }

  #nextAfter(kind: TimedFault, plan: TimedFaultPlan): void {
    const waitMs = (plan.betweenMs * this.#random.between(500, 1_500)) / 1_000
    this.#world.time.schedule(this.#world.time.nowMs + waitMs, () => {
      if (this.#over) return
      this.#strike(kind, logarithmic(this.#random, plan.lastsMs))
      this.#nextAfter(kind, plan)
    })
  }

  #strike(kind: TimedFault, lastsMs: number): void {
    switch (kind) {
      case 'slow-links':
        return this.#slowLink(lastsMs)
      case 'one-way-cuts':
        return this.#oneWayCut(lastsMs)
      case 'partitions':
        return this.#partition(lastsMs)
      case 'crashes':
        return this.#on(this.#mortal(), (host) => this.#world.crash(host, lastsMs))
      case 'restarts':
        return this.#on(this.#mortal(), (host) => this.#world.stop(host, lastsMs))
      case 'pauses':
        return this.#on(this.#mortal(), (host) => this.#pause(host, lastsMs))
      case 'wall-jumps':
        return this.#on(this.#mortal(), (host) => this.#jumpWall(host))
      case 'disk-stalls':
        return this.#onDisk('stalls', lastsMs, (weather, on) => (weather.stalled = on))
      case 'disk-full':
        return this.#onDisk('is full', lastsMs, (weather, on) => (weather.isFull = on))
      case 'sync-failures':
        return this.#on(this.#brokenDisks, (host) => (host.weather.failsNextSync = true))
      case 'bit-rot':
        return this.#on(this.#brokenDisks, (host) => this.#world.rot(host))
      default:
        return unreachable(kind, 'timed fault')
    }
  }

  #slowLink(lastsMs: number): void {
    const [from, to] = this.#pair()
    if (from === undefined || to === undefined) return
    const factor = this.#random.between(5, 100)
    this.#world.note(`${from.spec.name}>${to.spec.name}`, `slower by ${factor}`)
    this.#world.wire.slow(from.id, to.id, factor)
    this.#mendAfter(lastsMs, () => this.#world.wire.slow(from.id, to.id, 1))
  }

  #oneWayCut(lastsMs: number): void {
    const [from, to] = this.#pair()
    if (from === undefined || to === undefined) return
    this.#cutAll([[from, to]], lastsMs)
  }

  /** Two sides, at times of very different size; clients fall on either. */
  #partition(lastsMs: number): void {
    const drawn = this.#random.shuffled(this.#world.hosts)
    if (drawn.length < 2) return
    const left = drawn.slice(0, this.#random.between(1, drawn.length - 1))
    const right = drawn.slice(left.length)
    this.#cutAll(
      left.flatMap((one) =>
        right.flatMap((other): [SimHost, SimHost][] => [
          [one, other],
          [other, one],
        ]),
      ),
      lastsMs,
    )
  }

  #cutAll(pairs: readonly [SimHost, SimHost][], lastsMs: number): void {
    for (const [from, to] of pairs) {
      this.#world.note(`${from.spec.name}>${to.spec.name}`, 'cut')
      this.#world.connections.cut(from.id, to.id)
    }
    this.#mendAfter(lastsMs, () => {
      for (const [from, to] of pairs) {
        this.#world.note(`${from.spec.name}>${to.spec.name}`, 'healed')
        this.#world.connections.heal(from.id, to.id)
      }
    })
  }

  #pause(host: SimHost, lastsMs: number): void {
    const incarnation = host.life?.incarnation
    if (incarnation === undefined) return
    this.#world.note(host.spec.name, 'paused')
    incarnation.pause()
    this.#mendAfter(lastsMs, () => {
      this.#world.note(host.spec.name, 'resumed')
      incarnation.resume()
    })
  }

  #jumpWall(host: SimHost): void {
    const jumpMs = this.#random.between(-wallJumpMsMax, wallJumpMsMax)
    this.#world.note(host.spec.name, 'calendar jumps', `${jumpMs} ms`)
    host.wallOffsetMs += jumpMs
  }

  #onDisk(what: string, lastsMs: number, set: (weather: DiskWeather, on: boolean) => void): void {
    this.#on(this.#mortal(), ({ spec, weather }) => {
      this.#world.note(spec.name, `disk ${what}`)
      set(weather, true)
      this.#mendAfter(lastsMs, () => {
        this.#world.note(spec.name, `disk no longer ${what}`)
        set(weather, false)
      })
    })
  }

  #on(hosts: readonly SimHost[], strike: (host: SimHost) => void): void {
    if (hosts.length > 0) strike(this.#random.pick(hosts))
  }

  #mendAfter(lastsMs: number, mend: () => void): void {
    const once = (): void => {
      if (this.#mends.delete(once)) mend()
    }
    this.#mends.add(once)
    this.#world.time.schedule(this.#world.time.nowMs + lastsMs, once)
  }

  #mortal(): readonly SimHost[] {
    return this.#world.hosts.filter(isMortal)
  }

  #pair(): readonly (SimHost | undefined)[] {
    return this.#random.shuffled(this.#world.hosts).slice(0, 2)
  }
}
