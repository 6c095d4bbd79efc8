import { expect, test } from 'vitest'
import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import { Witness } from '../testing/wall-conformance/witness.ts'
import { portTrouble } from './port-trouble.ts'
import type { OpenPort, PortWay, PortWayEvents } from './port-way.ts'
import { virtioPort } from './virtio-port.ts'

/** A device that does as it is told. */
class ScriptedWay implements PortWay {
  readonly name = 'pipe-handle'
  readonly opened: { readonly events: PortWayEvents; looks: number; closes: number }[] = []
  failure: Error | undefined
  opens = 0

  open(events: PortWayEvents): OpenPort {
    this.opens++
    if (this.failure !== undefined) throw this.failure
    const port = { events, looks: 0, closes: 0 }
    this.opened.push(port)
    return {
      look: () => void port.looks++,
      write: (bytes) => bytes.length,
      close: () => Promise.resolve(void port.closes++),
    }
  }

  get last(): { readonly events: PortWayEvents; looks: number; closes: number } {
    const last = this.opened.at(-1)
    if (last === undefined) throw new Error('nothing was opened')
    return last
  }
}

function started(): { way: ScriptedWay; clock: ManualClock; witness: Witness; port: ReturnType<typeof virtioPort> } {
  const [way, clock, witness] = [new ScriptedWay(), new ManualClock(), new Witness()]
  const port = virtioPort({ way, clock, prng: new Prng(7) })
  port.begin(witness)
  return { way, clock, witness, port }
}

const busy = portTrouble('/dev/vport0p1', Object.assign(new Error('busy'), { code: 'EBUSY' }))

test('a host that is away is looked for often, after a minute less often, and never while it is there', () => {
  const { way, clock } = started()
  clock.advance(60_000)
  expect(way.opens).toBe(1)
  expect(way.last.looks).toBe(121)
  clock.advance(60_000)
  expect(way.last.looks).toBe(151)
  way.last.events.onHost(true)
  expect(clock.timersWaiting).toBe(0)
  way.last.events.onHost(false)
  const { looks } = way.last
  clock.advance(1_000)
  expect(way.last.looks).toBe(looks + 2)
})

test('a port that cannot be opened is tried again for ever, ever more seldom', () => {
  const { way, clock, witness } = started()
  way.failure = busy
  clock.advance(1)
  const opensAfter = [10_000, 60_000, 3_600_000].map((durationMs) => {
    const before = way.opens
    clock.advance(durationMs)
    return way.opens - before
  })
  // Of ceilings that double from 250 ms, drawn from their upper halves, five to seven fit into ten seconds.
  expect(opensAfter[0]).toBeGreaterThanOrEqual(4)
  expect(opensAfter[0]).toBeLessThanOrEqual(8)
  expect(opensAfter[1]).toBeLessThanOrEqual(6)
  expect(opensAfter[2]).toBeGreaterThanOrEqual(120)
  expect(opensAfter[2]).toBeLessThanOrEqual(241)
  expect(witness.troubles).toHaveLength(way.opens)
  expect(witness.troubles[0]).toBe(busy)
  expect(busy.code).toBe('port-busy')
  expect(busy.hint).toContain('qemu-guest-agent')
  expect(witness.peers).toEqual([])
})

test('once the host was there, trouble begins with a short wait again', () => {
  const { way, clock } = started()
  way.failure = busy
  clock.advance(600_000)
  way.failure = undefined
  clock.advance(30_000)
  way.last.events.onHost(true)
  way.last.events.onLost(new Error('EIO'))
  const before = way.opens
  clock.advance(250)
  expect(way.opens).toBe(before + 1)
})

test('a host that has gone is told once, and the port is opened again soon', () => {
  const { way, clock, witness } = started()
  clock.advance(0)
  way.last.events.onHost(true)
  clock.advance(5_000)
  way.last.events.onLost()
  expect(witness.peers).toEqual([true, false])
  expect(witness.troubles).toEqual([])
  clock.advance(20)
  expect(way.opens).toBe(2)
})

test('a host that comes and goes all the time costs no more than one that is away', () => {
  const { way, clock } = started()
  const flap = (): void => {
    const { events } = way.last
    events.onHost(true)
    events.onLost()
  }
  clock.advance(0)
  for (let round = 0; round < 100; round++) {
    flap()
    const opens = way.opens
    clock.advance(499)
    expect(way.opens).toBe(opens)
    clock.advance(1)
    expect(way.opens).toBe(opens + 1)
  }
})

test('a port that was given up is not listened to any more', () => {
  const { way, clock, witness } = started()
  clock.advance(0)
  const first = way.last.events
  first.onHost(true)
  first.onLost()
  clock.advance(500)
  way.last.events.onHost(true)
  const { reports } = witness
  first.onBytes(Uint8Array.of(1))
  first.onRoom()
  first.onHost(false)
  first.onLost(new Error('late'))
  expect(witness.reports).toBe(reports)
})

test('nothing is taken while the host is away', () => {
  const { way, clock, port } = started()
  clock.advance(0)
  expect(port.write(Uint8Array.of(1))).toBe(0)
  way.last.events.onHost(true)
  expect(port.write(Uint8Array.of(1))).toBe(1)
  way.last.events.onHost(false)
  expect(port.write(Uint8Array.of(1))).toBe(0)
})

test('after it was disposed of it does nothing, whatever it had waited for', async () => {
  for (const wait of ['to open', 'to look', 'to retry', 'for nothing'] as const) {
    const { way, clock, witness, port } = started()
    if (wait === 'to retry') way.failure = busy
    if (wait !== 'to open') clock.advance(0)
    if (wait === 'for nothing') way.last.events.onHost(true)
    const { reports } = witness
    const { opens } = way
    await port[Symbol.asyncDispose]()
    clock.advance(3_600_000)
    const closes = way.opened.map((opened) => opened.closes)
    expect([wait, clock.timersWaiting, way.opens, witness.reports]).toEqual([wait, 0, opens, reports])
    expect(closes).toEqual(closes.map(() => 1))
  }
})

test('it may be disposed of while it reports that the host is lost', async () => {
  const [way, clock] = [new ScriptedWay(), new ManualClock()]
  const port = virtioPort({ way, clock, prng: new Prng(7) })
  const told: unknown[] = []
  port.begin({
    onPeer: (isThere) => {
      told.push(isThere)
      if (!isThere) void port[Symbol.asyncDispose]()
    },
    onBytes: () => {},
    onRoom: () => {},
    onTrouble: (error) => told.push(error),
  })
  clock.advance(0)
  way.last.events.onHost(true)
  way.last.events.onLost(new Error('EIO'))
  clock.advance(60_000)
  expect(told).toEqual([true, false])
  expect(way.opens).toBe(1)
})
