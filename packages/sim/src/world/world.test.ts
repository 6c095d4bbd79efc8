import { diskPath } from '@flotilla/core/disk'
import type { FlotillaError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { sleep } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import { noFaults } from '../faults/fault-plan.ts'
import type { Host, HostSpec } from '../suite.ts'
import { turn } from './node-turn.ts'
import type { SimHost } from './sim-host.ts'
import { Trace } from './trace.ts'
import { World } from './world.ts'

const path = diskPath('file')
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** A quiet world with these hosts; every start of a host is handed to the test. */
function worldOf(names: readonly string[], start: (host: Host) => Promise<void> | void = () => {}) {
  const world = new World({ random: new Prng(1), plan: noFaults, trace: new Trace() })
  const latest = new Map<string, Host>()
  for (const name of names) {
    const spec: HostSpec = {
      name,
      async start(host) {
        latest.set(name, host)
        await start(host)
        return { [Symbol.asyncDispose]: async () => {} }
      },
    }
    world.add(spec)
  }
  const run = async (durationMs: number): Promise<void> => {
    const untilMs = world.time.nowMs + durationMs
    await turn() // What the test has just called begins first.
    while (world.time.step(untilMs)) await turn()
    expect(world.violation).toBeUndefined()
  }
  const portsOf = (name: string): Host => latest.get(name) as Host
  const hostOf = (name: string): SimHost => world.hosts.find(({ spec }) => spec.name === name) as SimHost
  return { world, run, portsOf, hostOf }
}

describe('a crash', () => {
  test('ends everything of that life, and a new one begins on the same disk', async () => {
    const { world, run, portsOf, hostOf } = worldOf(['a'])
    await run(10)
    const before = portsOf('a')
    let late = 0
    void sleep(before.clock, 50).then(() => late++)
    void before.disk.read(path).then(() => late++)
    world.crash(hostOf('a'), 20)
    await run(200)
    expect(late).toBe(0)
    expect(portsOf('a').incarnation).toBe(2)
    expect(portsOf('a').id).toBe(before.id)
  })

  test('that was mended early does not start again who was stopped since', async () => {
    const { world, run, hostOf } = worldOf(['a'])
    await run(10)
    world.crash(hostOf('a'), 500)
    world.mend()
    await run(10)
    world.stop(hostOf('a'))
    await run(1_000)
    expect(hostOf('a').life).toBeUndefined()
  })

  test('leaves what was replaced or synced, and only a part of the rest', async () => {
    let kept = 0
    let lost = 0
    const { world, run, portsOf, hostOf } = worldOf(['a'])
    for (let round = 0; round < 40; round++) {
      await run(300)
      const { disk } = portsOf('a')
      const writing = (async () => {
        await disk.replace(path, bytes(round))
        await using file = await disk.open(path)
        await file.write(0, [bytes(255)])
      })()
      await run(50)
      await writing
      world.crash(hostOf('a'), 5)
      await run(300)
      const reading = portsOf('a').disk.read(path)
      await run(50)
      const [found] = (await reading) ?? []
      expect([round, 255]).toContain(found)
      if (found === 255) kept++
      else lost++
    }
    expect({ kept: kept > 5, lost: lost > 5 }).toEqual({ kept: true, lost: true })
  })
})

test('a process that exits is started again; its machine keeps what reads saw', async () => {
  const { run, portsOf } = worldOf(['a'])
  await run(10)
  const first = portsOf('a')
  const writing = (async () => {
    await using file = await first.disk.open(path, { create: true })
    await file.write(0, [bytes(7)])
  })()
  await run(50)
  await writing
  first.exit('it had enough')
  first.exit('it says so twice')
  await run(2_000)
  const reading = portsOf('a').disk.read(path)
  await run(50)
  expect(portsOf('a').incarnation).toBe(2)
  expect(await reading).toEqual(bytes(7))
})

describe('a pause', () => {
  test('stops a host and nobody else; what came due meanwhile happens when it is over', async () => {
    const { run, portsOf, hostOf } = worldOf(['a', 'b'])
    await run(300)
    const woken: string[] = []
    for (const name of ['a', 'b']) void sleep(portsOf(name).clock, 10).then(() => woken.push(name))
    const incarnation = hostOf('a').life?.incarnation
    incarnation?.pause()
    await run(1_000)
    expect(woken).toEqual(['b'])
    incarnation?.resume()
    await run(0)
    expect(woken).toEqual(['b', 'a'])
  })

  test('holds back what the network has to tell as well', async () => {
    const heard: string[] = []
    const { world, run, hostOf } = worldOf(['a', 'b'], (host) => {
      host.network.open('x', { peer: ({ type }) => heard.push(`${host.name} ${type}`) })
    })
    await run(500)
    expect(heard.toSorted()).toEqual(['a up', 'b up'])
    hostOf('a').life?.incarnation.pause()
    world.connections.cut(hostOf('a').id, hostOf('b').id)
    await run(6_000)
    expect(heard.toSorted()).toEqual(['a up', 'b down', 'b up'])
    hostOf('a').life?.incarnation.resume()
    await run(0)
    expect(heard).toContain('a down')
  })
})

describe('the network', () => {
  test('connects everybody, and again after a cut has healed or a host has come back', async () => {
    const { world, run, portsOf, hostOf } = worldOf(['a', 'b'])
    await run(500)
    const [a, b] = [hostOf('a'), hostOf('b')]
    expect(portsOf('a').network.peers()).toEqual([b.id])
    world.connections.cut(a.id, b.id)
    await run(6_000)
    expect(portsOf('a').network.peers()).toEqual([])
    world.connections.heal(a.id, b.id)
    await run(500)
    expect(portsOf('a').network.peers()).toEqual([b.id])
    world.crash(b, 10)
    await run(500)
    expect(portsOf('a').network.peers()).toEqual([b.id])
    expect(portsOf('b').network.peers()).toEqual([a.id])
  })

  test('a short cut holds a request back and loses a notice', async () => {
    const notices: number[] = []
    const { world, run, portsOf, hostOf } = worldOf(['a', 'b'], (host) => {
      host.network.open('x', {
        notice: (_from, [value]) => void notices.push(value ?? -1),
        request: async ({ payload }) => payload,
      })
    })
    await run(500)
    const [a, b] = [hostOf('a'), hostOf('b')]
    const channel = portsOf('a').network.open('y', {})
    await channel[Symbol.asyncDispose]()
    world.wire.cut(a.id, b.id)
    const sender = portsOf('a').network.open('z', {})
    await using _ = sender
    const asking = sender.request(b.id, bytes(5), { timeoutMs: 1_000 })
    const outcome = asking.then(
      () => 'answered',
      (error: FlotillaError) => error.code,
    )
    await run(100)
    world.wire.heal(a.id, b.id)
    await run(500)
    expect(await outcome).toBe('not-served')
    expect(notices).toEqual([])
  })
})

test('clocks differ, calendars jump, and the world counts its own time', async () => {
  const { run, portsOf, hostOf } = worldOf(['a', 'b'])
  await run(100)
  const [a, b] = [portsOf('a').clock, portsOf('b').clock]
  expect(a.now()).not.toBe(b.now())
  const before = a.wallNow()
  hostOf('a').wallOffsetMs += 60_000
  expect(a.wallNow() - before).toBe(60_000)
})

test('rot changes what is stored', async () => {
  const { world, run, portsOf, hostOf } = worldOf(['a'])
  await run(10)
  world.rot(hostOf('a'))
  const writing = portsOf('a').disk.replace(path, bytes(1, 2, 3))
  await run(50)
  await writing
  world.rot(hostOf('a'))
  const reading = portsOf('a').disk.read(path)
  await run(50)
  expect(await reading).not.toEqual(bytes(1, 2, 3))
})
