/** One host and its machines, by a clock that stands still until it is told. */
import { describe, expect, test } from 'vitest'
import type { VmSummary } from './contract.ts'
import { endless, settle, Town, type Doing } from './testing/guest-town.ts'

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

describe('many machines that are found at once', () => {
  test('are met in turn, a few at once; one that comes later need not wait for them', async () => {
    await using town = new Town({ metAtOnceMax: 3, metPerSecondMax: 10 })
    const names = Array.from({ length: 13 }, (_, index) => `vm-${index + 10}`)
    for (const name of names) town.own(name)
    const met = (): number => town.host.list().filter(({ state }) => state === 'there').length
    await settle(town.clock)
    expect([town.host.list().length, met()]).toEqual([13, 3])
    await settle(town.clock, 500)
    expect(met()).toBe(8)
    await settle(town.clock, 499)
    expect(met()).toBe(12)
    await settle(town.clock, 1)
    expect(met()).toBe(13)
    await settle(town.clock, 5_000)
    town.own('late')
    await settle(town.clock, 1_000)
    expect(town.vm('late')?.state).toBe('there')
  })

  test('that come and go in a hurry do not make others wait for ever', async () => {
    await using town = new Town({ metAtOnceMax: 1, metPerSecondMax: 1 })
    for (let round = 0; round < 50; round++) {
      for (let each = 0; each < 5; each++) town.wall(`/vms/brief-${round}-${each}.sock`)
      await settle(town.clock, 1_000)
      town.walls.clear()
    }
    await settle(town.clock, 1_000)
    town.own('web')
    for (let second = 0; second < 3; second++) await settle(town.clock, 1_000)
    expect(town.vm('web')?.state).toBe('there')
  })
})
