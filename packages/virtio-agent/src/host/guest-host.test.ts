/** One host and its machines in one process, by a clock that stands still until it is told. */
import { ManualClock } from '@flotilla/core/testing'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import type { GuestCommands, WallChannel } from '../contract.ts'
import { serveOwn, serveQga } from '../guest/index.ts'
import { MemoryWall, memoryQgaSystem } from '../testing/index.ts'
import { channelPattern } from './channel-patterns.ts'
import type { GuestHost, VmOutcome, VmSummary } from './contract.ts'
import { createGuestHost } from './guest-host-driver.ts'
import type { GuestHostLimits } from './limits.ts'

async function settle(clock: ManualClock, durationMs = 0): Promise<void> {
  for (let round = 0; round < 60; round++) {
    clock.advance(round === 0 ? durationMs : 0)
    for (let turn = 0; turn < 8; turn++) await Promise.resolve()
  }
}

type Doing = GuestCommands['run']

/** Goes on until nobody wants it any more. */
const endless: Doing = (_order, { signal }) =>
  new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve({ type: 'failed', code: 'cancelled', message: 'enough' })),
  )

class Town {
  readonly clock = new ManualClock()
  readonly host: GuestHost
  readonly walls = new Map<string, MemoryWall>()
  readonly #owned = new AsyncDisposableStack()
  readonly #seen = new Set<string>()

  constructor(limits: Partial<GuestHostLimits> = {}) {
    this.host = createGuestHost({
      patterns: ['/vms/{vm}.sock', '/vms/{vm}.qga'].map(channelPattern),
      folders: { names: () => Promise.resolve([...this.walls.keys()].map((path) => path.slice('/vms/'.length))) },
      openChannel: (path) => this.#channelTo(path),
      clock: this.clock,
      entropy: new Prng(1),
      limits: { findEveryMs: 1_000, ownPatienceMs: 3_000, holdOffMs: 2_000, ...limits },
    })
  }

  wall(path: string): MemoryWall {
    const known = this.walls.get(path)
    if (known !== undefined) return known
    const wall = new MemoryWall({ clock: this.clock })
    wall.connect()
    this.walls.set(path, wall)
    return wall
  }

  own(vm: string, doing: Doing = () => Promise.resolve({ type: 'done', value: vm })): void {
    const commands: GuestCommands = {
      supported: () => ['ping', 'process.list', 'time.get'],
      run: doing,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
    const system = { wallMs: 1, bootId: vm, problems: [], processor: { usage: 0.25, cores: [{ core: 0 }] } }
    this.#owned.use(
      serveOwn({
        channel: this.wall(`/vms/${vm}.sock`).guest,
        commands,
        figures: { collect: () => Promise.resolve({ system }) },
        clock: this.clock,
        entropy: new Prng(2),
        guest: `guest ${vm}`,
        agentVersion: '1.2.3',
      }),
    )
  }

  qga(vm: string): void {
    const channel = this.wall(`/vms/${vm}.qga`).guest
    this.#owned.use(serveQga({ channel, clock: this.clock, system: memoryQgaSystem(), version: '7.2' }))
  }

  /** The program in the machine is another one now, which says what it likes. */
  hostile(vm: string): WallChannel {
    const channel = this.wall(`/vms/${vm}.sock`).renew('guest', this.clock)
    channel.begin({ onPeer: () => {}, onBytes: () => {}, onRoom: () => {}, onTrouble: () => {} })
    return channel
  }

  vm(name: string): VmSummary | undefined {
    return this.host.list().find(({ vm }) => vm === name)
  }

  ping(vm: string): Promise<VmOutcome> {
    return this.host.order(vm, { command: 'ping', arguments: {}, actor: 'ann', timeoutMs: 10_000 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]()
    await this.#owned.disposeAsync()
  }

  #channelTo(path: string): WallChannel {
    const wall = this.wall(path)
    const isFirst = !this.#seen.has(path)
    this.#seen.add(path)
    if (isFirst) return wall.host
    const channel = wall.renew('host', this.clock)
    wall.connect()
    return channel
  }
}

describe('one machine', () => {
  test('is found, met, measured, asked, and gone with its socket', async () => {
    await using town = new Town()
    town.own('web')
    await settle(town.clock, 1_000)
    expect(town.vm('web')).toMatchObject({ state: 'there', dialect: 'own', agentVersion: '1.2.3', guest: 'guest web' })
    await settle(town.clock, 30_000)
    const { newest, history } = town.host.metrics('web')
    expect(newest?.system.bootId).toBe('web')
    expect(history.at(-1)?.figures).toEqual({ processor: 0.25, cores: 1 })
    const asked = town.ping('web')
    await settle(town.clock)
    expect(await asked).toEqual({ ending: { type: 'done', value: 'web' }, dropped: 0 })
    town.walls.delete('/vms/web.sock')
    await settle(town.clock, 1_000)
    expect(town.host.list()).toEqual([])
    await expect(town.ping('web')).rejects.toMatchObject({ code: 'no-such-vm' })
  })

  test('its history is bounded', async () => {
    await using town = new Town({ historyPointsMax: 3 })
    town.own('web')
    for (let round = 0; round < 6; round++) await settle(town.clock, 30_000)
    expect(town.host.metrics('web').history.length).toBe(3)
  })

  test('one that is cancelled ends as that, also before it was sent', async () => {
    await using town = new Town()
    town.own('web', endless)
    await settle(town.clock, 1_000)
    const order = { command: 'ping', arguments: {}, actor: 'ann', timeoutMs: 5_000 } as const
    const aborted = await town.host.order('web', { ...order, signal: AbortSignal.abort() })
    expect(aborted.ending).toMatchObject({ type: 'failed', code: 'cancelled' })
    const controller = new AbortController()
    const asked = town.host.order('web', { ...order, signal: controller.signal })
    await settle(town.clock)
    controller.abort()
    await settle(town.clock)
    expect((await asked).ending).toMatchObject({ type: 'failed', code: 'cancelled' })
  })

  test('who speaks only the QEMU dialect is looked into by that, gently', async () => {
    await using town = new Town()
    town.qga('old')
    await settle(town.clock, 1_000)
    expect(town.vm('old')).toMatchObject({ state: 'there', dialect: 'qga', agentVersion: '7.2' })
    expect(town.vm('old')?.system).toContain('Debian')
    expect(town.vm('old')?.figures.load1).toBe(0.5)
    const asked = town.ping('old')
    const more = town.host.order('old', { command: 'service.list', arguments: {}, actor: 'a', timeoutMs: 1_000 })
    await settle(town.clock)
    expect((await asked).ending.type).toBe('done')
    expect((await more).ending).toMatchObject({ type: 'refused', code: 'not-supported' })
    const { metrics } = town.vm('old')?.counters ?? { metrics: 0 }
    for (let second = 0; second < 60; second++) await settle(town.clock, 1_000)
    expect((town.vm('old')?.counters.metrics ?? 0) - metrics).toBe(2)
  })

  test('who speaks both is spoken with in ours, and the other is asked where somebody wants it', async () => {
    await using town = new Town()
    town.own('web')
    town.qga('web')
    await settle(town.clock, 1_000)
    for (let second = 0; second < 20; second++) await settle(town.clock, 1_000)
    expect(town.vm('web')).toMatchObject({ dialect: 'own', counters: { sessions: 1 } })
    const asked = town.host.qga('web', { command: 'guest-get-host-name', timeoutMs: 5_000 })
    await settle(town.clock)
    expect(await asked).toMatchObject({ type: 'returned' })
    const lost = town.host.qga('web', { command: 'guest-get-nothing', timeoutMs: 5_000 })
    await settle(town.clock)
    expect(await lost).toMatchObject({ type: 'refused', class: 'CommandNotFound' })
  })

  test('our own dialect is taken up when it comes', async () => {
    await using town = new Town()
    town.wall('/vms/web.sock')
    town.qga('web')
    for (let second = 0; second < 6; second++) await settle(town.clock, 1_000)
    expect(town.vm('web')).toMatchObject({ state: 'there', dialect: 'qga' })
    town.own('web')
    for (let second = 0; second < 40; second++) await settle(town.clock, 1_000)
    expect(town.vm('web')).toMatchObject({ state: 'there', dialect: 'own' })
  })
})

describe('a machine', () => {
  test('that is paused is silent after a while, costs the others nothing, and goes on after', async () => {
    await using town = new Town()
    town.own('a')
    town.own('b')
    await settle(town.clock, 1_000)
    town.wall('/vms/a.sock').pause()
    const [toA, toB] = [town.ping('a'), town.ping('b')]
    await settle(town.clock)
    expect((await toB).ending).toEqual({ type: 'done', value: 'b' })
    for (let second = 0; second < 60; second++) await settle(town.clock, 1_000)
    expect((await toA).ending).toMatchObject({ type: 'lost', mayHaveRun: true })
    expect([town.vm('a')?.state, town.vm('b')?.state]).toEqual(['silent', 'there'])
    town.wall('/vms/a.sock').resume()
    for (let second = 0; second < 30; second++) await settle(town.clock, 1_000)
    expect(town.vm('a')?.state).toBe('there')
  })

  test('that starts again is met again', async () => {
    await using town = new Town()
    town.own('a')
    await settle(town.clock, 1_000)
    town.wall('/vms/a.sock').renew('guest', town.clock)
    town.own('a')
    for (let second = 0; second < 60; second++) await settle(town.clock, 1_000)
    expect(town.vm('a')).toMatchObject({ state: 'there', counters: { sessions: 2 } })
  })

  test('that floods is held off, and heard again', async () => {
    await using town = new Town({ bytesPerSecondMax: 10_000, burstBytesMax: 70_000 })
    town.own('good')
    town.wall('/vms/bad.sock')
    const bad = town.hostile('bad')
    await settle(town.clock, 1_000)
    const garbage = new Uint8Array(60_000).fill(0x41)
    for (let piece = 0; piece < 2; piece++) {
      bad.write(garbage)
      await settle(town.clock)
    }
    expect(town.vm('bad')).toMatchObject({ state: 'held-off', counters: { cuts: 1 } })
    expect(town.vm('bad')?.why).toContain('more than is read')
    const asked = town.ping('good')
    await settle(town.clock, 2_000)
    expect((await asked).ending.type).toBe('done')
    expect(town.vm('bad')?.state).toBe('silent')
  })

  test('that sends garbage is told of once in a while, and never taken for an agent', async () => {
    await using town = new Town()
    town.wall('/vms/bad.sock')
    const bad = town.hostile('bad')
    await settle(town.clock, 1_000)
    for (let line = 0; line < 200; line++)
      bad.write(new TextEncoder().encode(`{"type":"welcome","no":${line}}\n\0\xff\n`))
    await settle(town.clock)
    expect(town.vm('bad')).toMatchObject({ state: 'silent' })
    expect(town.vm('bad')?.counters.troubles).toBe(1)
  })
})

describe('all machines', () => {
  test('tell of their processes, but who does not answer in time', async () => {
    await using town = new Town({ processesMs: 2_000, processesAtOnce: 2 })
    const numbers = { startTicks: 1, parent: 1, processor: 1, residentBytes: 5, memory: 0, threads: 1, nice: 0 }
    const one = {
      ...numbers,
      bootId: 'b',
      pid: 9,
      name: 'n',
      command: 'c',
      user: 'u',
      state: 'running',
      startedAtMs: 1,
    }
    const list: Doing = () => Promise.resolve({ type: 'done', value: { processes: [one], matching: 1, total: 40 } })
    town.own('a', list)
    town.own('b', endless)
    town.own('c', list)
    town.own('d', () => Promise.resolve({ type: 'done', value: 'nonsense' }))
    await settle(town.clock, 1_000)
    const asked = town.host.processes({}, { signal: new AbortController().signal })
    await settle(town.clock)
    await settle(town.clock, 2_000)
    const found = await asked
    expect(found.map(({ vm }) => vm).toSorted()).toEqual(['a', 'c'])
    expect(found[0]).toMatchObject({ matching: 1, total: 40, processes: [{ pid: 9 }] })
  })

  test('are watched: many changes come as one list', async () => {
    await using town = new Town()
    const controller = new AbortController()
    const seen: (readonly VmSummary[])[] = []
    const watching = (async () => {
      for await (const list of town.host.watch({ signal: controller.signal })) seen.push(list)
    })()
    await settle(town.clock)
    for (let vm = 0; vm < 20; vm++) town.own(`vm${vm}`)
    await settle(town.clock, 1_000)
    await settle(town.clock, 1_000)
    expect(seen.length).toBeLessThanOrEqual(4)
    expect(seen.at(-1)?.filter(({ state }) => state === 'there').length).toBe(20)
    controller.abort(new Error('enough'))
    await expect(watching).rejects.toThrow('enough')
  })

  test('beyond the limit are left out', async () => {
    await using town = new Town({ vmsMax: 3 })
    for (let vm = 0; vm < 5; vm++) town.own(`vm${vm}`)
    await settle(town.clock, 1_000)
    expect(town.host.list().length).toBe(3)
  })
})
