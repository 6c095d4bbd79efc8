import { ProtocolError } from '@flotilla/core/errors'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProcessFigures, SystemFigures } from '../../figures.ts'
import { cut, processForWire, systemForWire, systemFromWire } from './fitted.ts'
import { figuresCodec, historyCodec, noticeCodec, processesCodec, requestCodec, treeCodec } from './messages.ts'
import { wireLimits } from './wire-limits.ts'

const codecs = [figuresCodec, historyCodec, noticeCodec, processesCodec, requestCodec, treeCodec] as const

const process: ProcessFigures = {
  bootId: 'b',
  pid: 42,
  startTicks: 7,
  parent: 1,
  name: 'sh',
  command: 'sh -c true',
  user: 'root',
  state: 'sleeping',
  processor: 0.25,
  residentBytes: 4_096,
  memory: 0.001,
  threads: 1,
  nice: -5,
  startedAtMs: 1_000.5,
}

const system: SystemFigures = {
  wallMs: 1,
  bootId: 'b',
  processor: { usage: 0.5, cores: [{ core: 0, usage: 0.5 }, { core: 2 }], load: [1, 2, 3] },
  memory: { totalBytes: 10, usedBytes: 5, availableBytes: 5, swapTotalBytes: 0, swapUsedBytes: 0 },
  pressure: { io: { some10s: 0.1, some60s: 0.2, someTotalMs: 5 } },
  extra: { 'gpu.load': 0.5 },
  problems: [{ part: 'power', code: 'not-permitted', message: 'no' }],
}

describe('what nodes say about themselves', () => {
  test('comes as it was sent', () => {
    const figures = systemFromWire(figuresCodec.decode(figuresCodec.encode(systemForWire(system))))
    expect({ ...figures, extra: { ...figures.extra } }).toEqual(system)
    const answer = { processes: [process, { ...process, vm: 'guest' }], matching: 2, total: 3 }
    expect(processesCodec.decode(processesCodec.encode(answer))).toEqual(answer)
  })

  test('is cut to what a message may hold, whatever programs call themselves', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), fc.nat(5), (text, times) => {
        const long = text.repeat(times)
        const row = processForWire({ ...process, name: long, command: long, user: long })
        expect(processesCodec.decode(processesCodec.encode({ processes: [row], matching: 1, total: 1 }))).toBeTruthy()
        figuresCodec.encode(
          systemForWire({
            ...system,
            extra: { [long]: 1, never: Number.NaN },
            problems: Array.from({ length: 300 }, () => ({ part: long, code: long, message: long })),
            networks: [{ name: long, isUp: true }],
          }),
        )
      }),
      { numRuns: 100 },
    )
    expect(cut('äöü', 5)).toBe('äö')
    expect(cut('a\ud800', 100)).toBe('a\ufffd')
  })

  test('never harms whoever decodes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(codecs.length - 1), (bytes, which) => {
        expect([undefined, ProtocolError]).toContain(refusalOf(() => codecs[which]?.decode(bytes)))
      }),
      { numRuns: 3_000 },
    )
    const whole = processesCodec.encode({ processes: [process], matching: 1, total: 1 })
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = whole.with(at, byte)
        expect([undefined, ProtocolError]).toContain(refusalOf(() => processesCodec.decode(changed)))
      }),
      { numRuns: 2_000 },
    )
  })

  test('asks for no more than a node may answer', () => {
    const query = { limit: wireLimits.processesMax + 1 }
    expect(() => requestCodec.encode({ type: 'processes', query, withGuests: false })).toThrow(/from 1 to 5000/)
  })
})

/** Of which kind the error is that was thrown, if any was. */
function refusalOf(act: () => unknown): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return (error as Error).constructor
  }
}
