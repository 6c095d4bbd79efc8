import type { Crypto } from '@flotilla/core/crypto'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { DeadlineHeap } from '@flotilla/core/machines'
import { Prng } from '@flotilla/core/random'
import type { Millis, WallMillis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import type { Address } from '../address.ts'
import { memoryAuthority } from '../testing/memory-authority.ts'
import { Beacons, type BeaconEffect, type BeaconInput } from './beacons.ts'
import type { Moment } from './gate.ts'
import { validateBeaconSettings, type BeaconSettings } from './limits.ts'

const noon = 1_735_700_000_000
/** Stands for signatures where nobody forges any: a hundred machines would do nothing but verify. */
const crypto: Crypto = {
  ...nodeCrypto(),
  ed25519: {
    publicKey: (secretKey) => crypto.sha256(secretKey),
    sign: (secretKey, message) => markOf(crypto.sha256(secretKey), message),
    verify: (publicKey, message, signature) => markOf(publicKey, message).every((byte, at) => byte === signature[at]),
  },
}
const authority = memoryAuthority({ crypto, cluster: 'fc1ours' })

function markOf(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  return crypto.sha512(new Uint8Array([...publicKey, ...message]))
}

interface Machine {
  readonly name: string
  readonly core: Beacons
  readonly address: Address
  readonly heard: Set<string>
  readonly effects: BeaconEffect[]
  wakeAt: Millis
}

/** Machines on one wire that loses some of what is sent, in virtual time. */
class Wire {
  readonly machines: Machine[] = []
  readonly sent = { announcements: 0, answers: 0 }
  readonly #arrivals = new DeadlineHeap<() => void>()
  readonly #prng: Prng
  readonly #lossPercent: number
  #nowMs = 0

  constructor(options: { readonly seed: number; readonly lossPercent?: number }) {
    this.#prng = new Prng(options.seed)
    this.#lossPercent = options.lossPercent ?? 0
  }

  join(options: { readonly settings?: Partial<BeaconSettings>; readonly isPlaced?: boolean } = {}): Machine {
    const number = this.machines.length
    const core = new Beacons({
      credentials: authority.admit(`m${number}`),
      crypto,
      prng: this.#prng.split(`m${number}`),
      settings: validateBeaconSettings(options.settings),
      run: new Uint8Array(8).fill(number),
      ...this.moment(),
    })
    const address = { host: `10.0.${number >> 8}.${number & 255}`, port: 4_000 }
    const machine: Machine = {
      name: `m${number}`,
      core,
      address,
      heard: new Set<string>(),
      effects: [],
      wakeAt: Infinity as Millis,
    }
    this.machines.push(machine)
    if (options.isPlaced !== false) this.place(machine)
    return machine
  }

  place(machine: Machine, addresses: readonly Address[] = [machine.address]): void {
    this.turn(machine, { type: 'placed', addresses, datagramPort: 4_000 })
  }

  moment(): Moment {
    return { now: this.#nowMs as Millis, wallNow: (noon + this.#nowMs) as WallMillis }
  }

  turn(machine: Machine, input: BeaconInput): void {
    machine.core.step(this.moment(), input)
    for (const effect of machine.core.drain()) {
      machine.effects.push(effect)
      if (effect.type === 'heard') machine.heard.add(effect.beacon.member.name)
      if (effect.type === 'announce') {
        this.sent.announcements++
        for (const other of this.machines) this.#deliver(machine, other, effect.bytes)
      }
      if (effect.type === 'send') {
        this.sent.answers++
        const to = this.machines.find(({ address }) => address.host === effect.to.host)
        if (to !== undefined) this.#deliver(machine, to, effect.bytes)
      }
    }
  }

  advance(byMs: number): void {
    const until = this.#nowMs + byMs
    for (;;) {
      const machine = this.machines.reduce((first, each) =>
        each.core.deadline() < first.core.deadline() ? each : first,
      )
      const arrivesAt = this.#arrivals.peek()?.at ?? Infinity
      const next = Math.min(machine.core.deadline(), arrivesAt)
      if (next > until) break
      this.#nowMs = Math.max(this.#nowMs, next)
      if (arrivesAt <= next) this.#arrivals.pop()?.value()
      else this.turn(machine, { type: 'wake' })
    }
    this.#nowMs = until
  }

  #deliver(from: Machine, to: Machine, bytes: Uint8Array): void {
    if (this.#prng.chance(this.#lossPercent, 100)) return
    const at = (this.#nowMs + 1 + this.#prng.below(3)) as Millis
    this.#arrivals.push(at, () => this.turn(to, { type: 'received', from: from.address, bytes }))
  }
}

const everybodyBut = (wire: Wire, self: Machine): string[] =>
  wire.machines.filter((each) => each !== self).map(({ name }) => name)

describe('a beacon', () => {
  test('goes at once, twice more soon, and then once in an interval, drawn', () => {
    const wire = new Wire({ seed: 1 })
    const machine = wire.join()
    const announced = (): number => machine.core.counts.announced ?? 0
    expect(announced()).toBe(1)
    wire.advance(500)
    expect(announced()).toBe(2)
    wire.advance(1_500)
    expect(announced()).toBe(3)
    wire.advance(500_000)
    expect(announced()).toBeGreaterThan(3 + 500 / 6)
    expect(announced()).toBeLessThanOrEqual(3 + 500 / 4)
  })

  test('does not go before there is somewhere to be found, and goes at once when an interface appears', () => {
    const wire = new Wire({ seed: 1 })
    const machine = wire.join({ isPlaced: false })
    wire.advance(60_000)
    expect(machine.effects).toEqual([])
    wire.place(machine)
    expect(machine.core.counts.announced).toBe(1)
    wire.advance(10_000)
    const before = machine.core.counts.announced ?? 0
    wire.place(machine) // Nothing has changed.
    expect(machine.core.counts.announced).toBe(before)
    wire.place(machine, [machine.address, { host: '10.9.9.9', port: 4_000 }])
    expect(machine.core.counts.announced).toBe(before + 1)
    wire.place(machine, [])
    wire.advance(60_000)
    expect(machine.core.counts.announced).toBe(before + 1)
  })

  test('keeps rising through a calendar that goes back a little', () => {
    const machine = new Wire({ seed: 1 }).join()
    const others = new Wire({ seed: 2 })
    others.join()
    const reader = others.join()
    const relay = (ms: number): string => {
      const record = machine.core.ownRecord((noon + ms) as WallMillis)
      return reader.core.openRelayed(record, { now: 0 as Millis, wallNow: noon as WallMillis }).type
    }
    expect([relay(0), relay(-1), relay(-14_000), relay(3), relay(3)]).toEqual(Array(5).fill('heard'))
  })
})

describe('a newcomer', () => {
  test('knows a hundred members within a second, and costs each of them one small answer', () => {
    const wire = new Wire({ seed: 3 })
    for (let member = 0; member < 100; member++) wire.join()
    wire.advance(6_000)
    const { announcements, answers } = wire.sent
    const newcomer = wire.join()
    wire.advance(600)
    expect([...newcomer.heard].toSorted()).toEqual(everybodyBut(wire, newcomer).toSorted())
    expect(wire.sent.answers - answers).toBeLessThanOrEqual(100)
    expect(wire.sent.announcements - announcements).toBeLessThan(50) // Those of the interval alone.
  })

  test('is known by all at once, and knows most even where a third of all is lost', () => {
    const wire = new Wire({ seed: 4, lossPercent: 33 })
    for (let member = 0; member < 20; member++) wire.join()
    wire.advance(30_000)
    const newcomer = wire.join()
    wire.advance(30_000)
    expect(newcomer.heard.size).toBe(20)
    expect(wire.machines.filter(({ heard }) => heard.has(newcomer.name))).toHaveLength(20)
  })

  test('that asks without end is not answered without end', () => {
    const wire = new Wire({ seed: 5 })
    const asked = wire.join()
    const asking = wire.join()
    for (let round = 0; round < 100; round++) {
      wire.place(asking, [{ host: asking.address.host, port: 5_000 + round }])
      wire.advance(20)
    }
    expect(asked.core.counts.answered).toBeLessThanOrEqual(3)
  })
})

test('a hundred that start in one instant all know each other, with few beacons', () => {
  const wire = new Wire({ seed: 6 })
  const machines = Array.from({ length: 100 }, () => wire.join({ isPlaced: false }))
  for (const machine of machines) wire.place(machine)
  wire.advance(2_500)
  for (const machine of machines) expect(machine.heard.size).toBe(99)
  // Three of each for being new, and at most as many as the rate lets each answer.
  expect(wire.sent.announcements).toBeLessThanOrEqual(100 * 6)
  expect(wire.sent.answers).toBeLessThanOrEqual(100 * 4)
})

test('each warning comes once in ten minutes', () => {
  const wire = new Wire({ seed: 7 })
  const machine = wire.join()
  const other = wire.join({ isPlaced: false })
  const early = { now: 0 as Millis, wallNow: (noon + 600_000) as WallMillis }
  for (let round = 0; round < 5; round++) {
    other.core.step(early, { type: 'placed', addresses: [{ host: '10.1.1.1', port: 1 + round }], datagramPort: 1 })
    for (const effect of other.core.drain()) {
      if (effect.type !== 'announce') continue
      wire.turn(machine, { type: 'received', from: other.address, bytes: effect.bytes })
    }
  }
  const warnings = machine.effects.filter(({ type }) => type === 'clock-differs')
  expect(warnings).toEqual([
    { type: 'clock-differs', difference: { id: authority.admit('m1').self, name: 'm1', aheadMs: 600_000 } },
  ])
  expect(machine.core.counts['too-new']).toBe(5)
})
