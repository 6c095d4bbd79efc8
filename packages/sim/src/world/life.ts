import type { Clock, Millis, WallMillis } from '@flotilla/core/time'
import type { Prng } from '@flotilla/core/random'
import type { Host } from '../suite.ts'
import { hostClock } from './host-clock.ts'
import { Incarnation } from './incarnation.ts'
import type { Life, SimHost } from './sim-host.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { World } from './world.ts'

/** What the calendar shows when a world begins: the same in every world. */
const epochMs = 1_800_000_000_000
/** A monotonic clock counts from some boot long ago; nobody may rely on when. */
const originMsMax = 1_000_000

/** Boots a host: fresh process, same disk. Its code runs as events of its own, never inside the caller's. */
export function beginLife(world: World, host: SimHost): void {
  host.lives++
  const incarnation = new Incarnation(host.lives, world.time)
  const random = host.random.split(`life ${host.lives}`)
  const clock = hostClock(
    {
      worldNowMs: () => world.time.nowMs,
      schedule: (atMs, wake) => {
        const noteAndWake = (): void => {
          world.note(host.spec.name, 'wakes')
          wake()
        }
        return world.time.schedule(atMs, noteAndWake, incarnation)
      },
    },
    {
      originMs: random.below(originMsMax),
      pace: host.pace,
      wallAt: (worldMs) => epochMs + worldMs + host.wallOffsetMs,
    },
  )
  const disk = host.disk.open()
  const node = world.hub.join(host.id, {
    clock,
    whenRunning: (see) => (incarnation.state === 'paused' ? incarnation.defer(see) : see()),
  })
  const life: Life = {
    incarnation,
    node,
    closeDisk: async () => disk[Symbol.asyncDispose](),
    service: Promise.withResolvers(),
    stopping: false,
  }
  host.life = life
  world.note(host.spec.name, 'started', `life ${host.lives}`)
  world.connections.came(host.id)
  const ports: Host = {
    name: host.spec.name,
    id: host.id,
    incarnation: host.lives,
    clock,
    network: node.network,
    disk,
    entropy: entropyFrom(random.split('entropy')),
    random,
    note: (what, detail) => world.note(host.spec.name, what, detail),
    exit: (why) => {
      if (host.life === life) world.exit(host, why)
    },
    fail: (sentence, detail) => world.fail(sentence, detail),
  }
  world.time.schedule(world.time.nowMs, () => void boot(world, host, life, ports), incarnation)
}

async function boot(world: World, host: SimHost, life: Life, ports: Host): Promise<void> {
  try {
    life.service.resolve(await host.spec.start(ports))
  } catch (error) {
    if (host.life === life) world.fail('A host starts.', `${host.spec.name}: ${describe(error)}`)
  }
}

/** The host's process is gone, without a word to anybody. */
export function endLife(world: World, host: SimHost): void {
  const life = host.life
  if (life === undefined) return
  host.life = undefined
  life.incarnation.die()
  life.node.crash()
  host.weather.forget()
  world.connections.went(host.id)
}

/** Asks the host's code to stop, once it has started; closes its disk and network then, and calls `stopped`. */
export function stopLife(world: World, host: SimHost, stopped: () => void): void {
  const life = host.life
  if (life === undefined || life.stopping) return
  life.stopping = true
  world.note(host.spec.name, 'stopping')
  const stop = async (): Promise<void> => {
    try {
      const service = await life.service.promise
      await service[Symbol.asyncDispose]()
      await life.closeDisk()
      await life.node[Symbol.asyncDispose]()
    } catch (error) {
      if (host.life === life) world.fail('A host stops without an error.', `${host.spec.name}: ${describe(error)}`)
    }
    if (host.life !== life) return
    world.note(host.spec.name, 'stopped')
    endLife(world, host)
    stopped()
  }
  world.time.schedule(world.time.nowMs, () => void stop(), life.incarnation)
}

/** The hub's own clock, for nodes that bring none. */
export function worldClock(time: VirtualTime): Clock {
  return {
    now: () => time.nowMs as Millis,
    wallNow: () => (epochMs + time.nowMs) as WallMillis,
    wakeAt: (at, wake) => (at === Infinity ? { [Symbol.dispose]: () => {} } : time.schedule(at, wake)),
  }
}

function entropyFrom(random: Prng): Host['entropy'] {
  return { bytes: (length) => random.bytes(length) }
}

/** With its stack, where there is one: whoever reads it looks for a bug. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
