import { describe, expect, test } from 'vitest'
import { nodePacking } from '../own/node-packing.ts'
import { TwoSides, type TwoSidesOptions } from '../testing/two-sides.ts'

const done = { type: 'done', value: { ok: true } } as const
const types = (sides: TwoSides): readonly string[] => sides.effects.map(({ type }) => type)

async function connected(options: TwoSidesOptions = {}): Promise<TwoSides> {
  const sides = new TwoSides(options)
  sides.wall.connect()
  await sides.settle()
  return sides
}

describe('a session', () => {
  test('begins with who the guest is, and its metrics', async () => {
    await using sides = await connected()
    expect(sides.effects).toMatchObject([
      { type: 'welcomed', about: { guest: 'vm1', agentVersion: '1.2', commands: ['ping', 'info'] } },
      { type: 'metrics', number: 1, detail: 'brief', metrics: { system: { bootId: 'brief' } } },
    ])
    expect(sides.guest.hasSession).toBe(true)
  })

  test('begins whatever an older connection has left in both directions', async () => {
    const sides = new TwoSides({ wall: { keepsStaleBytes: true } })
    await using _ = sides
    sides.wall.inject(new TextEncoder().encode('{"type":"command","session":"half a li'))
    sides.wall.connect()
    await sides.settle()
    expect(types(sides)).toEqual(['welcomed', 'metrics'])
    for (let times = 0; times < 5; times++) {
      sides.give()
      sides.wall.disconnect()
      sides.wall.connect()
      await sides.settle(2_000)
    }
    expect(sides.guest.hasSession).toBe(true)
    expect(types(sides).filter((type) => type === 'welcomed').length).toBe(6)
  })

  test('begins with the answer to its own hello, not with one that an older connection was given', async () => {
    await using sides = new TwoSides()
    const channel = sides.wall.renew('guest', sides.clock)
    let heard = ''
    const onBytes = (bytes: Uint8Array): void => void (heard += new TextDecoder().decode(bytes))
    channel.begin({ onPeer() {}, onBytes, onRoom() {}, onTrouble() {} })
    sides.wall.connect()
    await sides.settle()
    const session = 'ab'.repeat(16)
    const numbers = { concurrentMax: 1, queuedMax: 1, lineBytesMax: 65_536, intervalMs: 30_000 }
    const about = { guest: 'g', agentVersion: '1', commands: ['ping'], detail: 'brief', ...numbers }
    const welcome = async (host: string): Promise<void> => {
      for (const line of [
        { type: 'welcome', version: 1, host, session, isSealed: false },
        { type: 'about', session, about },
      ]) {
        channel.write(new TextEncoder().encode(`${JSON.stringify(line)}\n`))
      }
      await sides.settle()
    }
    await welcome('cd'.repeat(16))
    expect(types(sides)).toEqual([])
    await welcome(/"host":"([0-9a-f]+)"/.exec(heard)?.[1] ?? '')
    expect(types(sides)).toEqual(['welcomed'])
  })

  test('hears nothing of another one', async () => {
    await using sides = await connected()
    const before = sides.effects.find((effect) => effect.type === 'welcomed')?.session
    sides.wall.disconnect()
    sides.wall.connect()
    await sides.settle(1_000)
    const late = { type: 'command', session: before, id: 1, command: 'ping', arguments: {}, actor: 'a', timeoutMs: 9 }
    sides.wall.inject(new TextEncoder().encode(`${JSON.stringify(late)}\n`))
    await sides.settle()
    expect(sides.running).toEqual([])
    const ticket = sides.give()
    await sides.settle()
    const result = { type: 'result', session: before, id: 1, dropped: 0, outcome: done }
    sides.wall.guest.write(new TextEncoder().encode(`${JSON.stringify(result)}\n`))
    await sides.settle()
    expect(sides.endings(ticket)).toEqual([])
  })

  test('is missed by neither side: beats keep it, silence ends it, and a new one begins', async () => {
    await using sides = await connected()
    for (let times = 0; times < 10; times++) await sides.settle(15_000)
    expect(types(sides).filter((type) => type === 'parted')).toEqual([])
    sides.wall.pause()
    for (let times = 0; times < 5; times++) await sides.settle(15_000)
    expect(sides.guest.hasSession).toBe(false)
    expect(types(sides)).toContain('parted')
    sides.wall.resume()
    for (let times = 0; times < 3; times++) await sides.settle(15_000)
    expect(sides.guest.hasSession).toBe(true)
  })

  test('a clock that jumps by a day ends it, and the next one begins', async () => {
    await using sides = await connected()
    await sides.settle(86_400_000)
    await sides.settle(20_000)
    await sides.settle(20_000)
    expect(sides.guest.hasSession).toBe(true)
  })
})

describe('metrics', () => {
  const count = (sides: TwoSides): number => types(sides).filter((type) => type === 'metrics').length

  test('come at the interval, or as the host wants', async () => {
    await using sides = await connected()
    await sides.settle(29_999)
    expect(count(sides)).toBe(1)
    await sides.settle(1)
    expect(count(sides)).toBe(2)
    sides.host.configure({ intervalMs: 1_000, detail: 'full' })
    await sides.settle()
    for (let times = 0; times < 5; times++) await sides.settle(1_000)
    expect(count(sides)).toBe(7)
    expect(sides.effects.at(-1)).toMatchObject({ type: 'metrics', detail: 'full' })
  })

  test('come when they are asked for, but once a second at most', async () => {
    await using sides = await connected()
    await sides.settle(5_000)
    for (let times = 0; times < 50; times++) {
      sides.host.collect()
      await sides.settle()
    }
    expect(count(sides)).toBe(2)
    await sides.settle(1_000)
    expect(count(sides)).toBe(3)
  })

  test('are packed where they are large, and the newest alone waits for a slow host', async () => {
    const figures = { system: { wallMs: 1, bootId: 'x'.repeat(1_000), problems: [] } }
    const guest = { figures: { collect: () => Promise.resolve(figures) }, packing: nodePacking() }
    await using sides = await connected({
      guest: { ...guest, limits: { packAboveBytes: 500, metricsIntervalMs: 1_000 } },
      host: { packing: nodePacking() },
    })
    expect(sides.effects.at(-1)).toMatchObject({ type: 'metrics', number: 1, metrics: figures })
    sides.wall.pause()
    for (let times = 0; times < 20; times++) await sides.settle(1_000)
    const before = sides.wall.pendingBytes
    expect(before).toBeLessThan(20_000)
  })

  test('a host that cannot unpack says so', async () => {
    await using sides = await connected({ guest: { packing: nodePacking(), limits: { packAboveBytes: 0 } } })
    expect(sides.effects.at(-1)).toMatchObject({ type: 'trouble', what: 'metrics are packed in an unknown way' })
  })
})

describe('commands', () => {
  test('run beside each other up to the limit, then one after the other, then are refused', async () => {
    await using sides = await connected({ guest: { limits: { concurrentMax: 2, queuedMax: 1 } } })
    const tickets = [1, 2, 3].map(() => sides.give())
    await sides.settle()
    expect(sides.running.length).toBe(2)
    sides.running[1]?.end(done)
    await sides.settle()
    expect(sides.running.length).toBe(3)
    expect(tickets.map((ticket) => sides.endings(ticket))).toEqual([[], [done], []])
  })

  test('are cancelled: at once for the host, whenever they end', async () => {
    await using sides = await connected()
    const ticket = sides.give()
    await sides.settle()
    sides.host.cancel(ticket)
    await sides.settle()
    expect(sides.running[0]?.run.signal.aborted).toBe(true)
    expect(sides.endings(ticket)).toMatchObject([{ type: 'failed', code: 'cancelled' }])
    sides.running[0]?.end(done)
    await sides.settle()
    expect(sides.endings(ticket).length).toBe(1)
  })

  test('are given up when their time is over', async () => {
    await using sides = await connected()
    const ticket = sides.give({ timeoutMs: 500 })
    await sides.settle()
    await sides.settle(500)
    expect(sides.running[0]?.run.signal.aborted).toBe(true)
    expect(sides.endings(ticket)).toMatchObject([{ type: 'failed', code: 'timed-out' }])
  })

  test('that hang stop the guest from taking more, and it goes on when they end', async () => {
    await using sides = await connected({ guest: { limits: { hungMax: 2 } } })
    for (const _ of [1, 2]) sides.give({ timeoutMs: 1 })
    await sides.settle()
    await sides.settle(10)
    const refused = sides.give()
    await sides.settle()
    expect(sides.endings(refused)).toMatchObject([{ type: 'refused', code: 'overloaded' }])
    sides.running[0]?.end(done)
    await sides.settle()
    sides.give()
    await sides.settle()
    expect(sides.running.length).toBe(3)
  })

  test('of a host that is gone run on, and are answered to nobody', async () => {
    await using sides = await connected()
    const ticket = sides.give()
    await sides.settle()
    sides.wall.disconnect()
    await sides.settle()
    expect(sides.endings(ticket)).toMatchObject([{ type: 'lost', mayHaveRun: true }])
    sides.wall.connect()
    await sides.settle(2_000)
    expect(sides.running[0]?.run.signal.aborted).toBe(false)
    sides.running[0]?.end(done)
    await sides.settle()
    expect(sides.endings(ticket).length).toBe(1)
  })

  test('that waited for their turn when the host went are never begun', async () => {
    await using sides = await connected({ guest: { limits: { concurrentMax: 1 } } })
    sides.give()
    sides.give()
    await sides.settle()
    sides.wall.disconnect()
    await sides.settle()
    sides.running[0]?.end(done)
    await sides.settle()
    expect(sides.running.length).toBe(1)
  })

  test('tell output, in order, and how much of it was dropped', async () => {
    await using sides = await connected({ guest: { limits: { progressBytesMax: 400 } }, wall: { roomBytes: 200 } })
    const ticket = sides.give()
    await sides.settle()
    const run = sides.running[0]?.run
    for (let piece = 0; piece < 10; piece++) {
      run?.progress({ type: 'output', stream: 'stdout', bytes: new Uint8Array(50).fill(piece) })
    }
    sides.running[0]?.end(done)
    await sides.settle()
    const pieces = sides.effects.filter((effect) => effect.type === 'progress')
    expect(pieces.length).toBeGreaterThan(0)
    const ended = sides.effects.find((effect) => effect.type === 'ended' && effect.ticket === ticket)
    expect(ended).toMatchObject({ ending: done, dropped: 10 - pieces.length })
  })

  test('with a result that is too large say so', async () => {
    await using sides = await connected({ guest: { limits: { resultBytesMax: 1_024 } } })
    const ticket = sides.give()
    await sides.settle()
    sides.running[0]?.end({ type: 'done', value: 'x'.repeat(2_000) })
    await sides.settle()
    expect(sides.endings(ticket)).toMatchObject([{ type: 'failed', code: 'too-large' }])
  })

  test('tell what they used, and what went wrong, as far as there is room for it', async () => {
    await using sides = await connected()
    const tickets = [sides.give(), sides.give()]
    await sides.settle()
    sides.running[0]?.end({ type: 'done', value: 1, usage: { wallMs: 5, processorMs: Number.NaN } })
    sides.running[1]?.end({ type: 'failed', code: 'failed', message: 'x'.repeat(9_000) })
    await sides.settle()
    expect(tickets.map((ticket) => sides.endings(ticket))).toEqual([
      [{ type: 'done', value: 1, usage: { wallMs: 5 } }],
      [{ type: 'failed', code: 'failed', message: `${'x'.repeat(4_095)}…` }],
    ])
  })

  test('that nobody knows are refused, and bytes that are no line are told', async () => {
    await using sides = await connected()
    sides.wall.inject(new TextEncoder().encode('nonsense\n[]\n{"type":"x"}\n'))
    await sides.settle()
    expect(sides.effects.at(-1)).toEqual({ type: 'notice', code: 'wrong-line', count: 3 })
  })
})
