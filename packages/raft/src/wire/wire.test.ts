import { readFileSync, writeFileSync } from 'node:fs'
import { assert, property, uint8Array } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import type { SnapshotOffer } from '../messages.ts'
import { decodePayload } from '../replica/payload-codec.ts'
import { addressedAnswers, addressedCalls, sampleBoot, sampleGroup, sampleMessages } from '../testing/sample-traffic.ts'
import type { GroupName, Index, LogMillis, Term } from '../types.ts'
import type { NodeId } from '@flotilla/core/ids'
import { readAnswers, writeAnswers } from './answer-codec.ts'
import { readBeat, readHello, writeBeat, writeHello, type Beat, type Hello } from './beat-codec.ts'
import { ByteWriter } from './byte-writer.ts'
import { readCalls, writeCalls } from './call-codec.ts'
import type { BootNumber } from './call.ts'
import { stampPayload } from './command-payload.ts'
import { readOffer, readPosition, readVerdict, writeOffer, writePosition } from './offer-codec.ts'
import { readParcel, writeParcels, type Parcelled } from './parcel.ts'
import { readPublication, writePublication } from './topic.ts'

const wide = 2 ** 20
const other = 'b' as GroupName
const parcelled: readonly Parcelled[] = sampleMessages.map((message, place) => ({
  group: place % 3 === 0 ? other : sampleGroup,
  message,
}))
const beat: Beat = { boot: sampleBoot, revision: 4, knownBoot: 3 as BootNumber, knownRevision: 0 }
const hello: Hello = {
  boot: sampleBoot,
  revision: 4,
  part: 1,
  parts: 2,
  groups: [
    { group: sampleGroup, version: 3 },
    { group: other, version: 1 },
  ],
}
const members = ['a', 'b'] as NodeId[]
const offer: SnapshotOffer = {
  term: 5 as Term,
  snapshot: {
    index: 70 as Index,
    term: 4 as Term,
    id: '0123abcd',
    bytes: 99,
    configuration: { voters: members, outgoing: [], learners: ['c' as NodeId] },
  },
}

function parcels(bytesMax: number = wide): readonly Uint8Array[] {
  const notices: Uint8Array[] = []
  writeParcels(new ByteWriter(), parcelled, bytesMax, (notice) => void notices.push(notice.slice()))
  return notices
}

function calls(bytesMax: number = wide): readonly Uint8Array[] {
  const notices: Uint8Array[] = []
  let sequence = 0
  const head = { boot: sampleBoot, sequence: () => ++sequence }
  writeCalls(new ByteWriter(), head, addressedCalls(), bytesMax, (notice) => void notices.push(notice.slice()))
  return notices
}

function answers(bytesMax: number = wide): readonly Uint8Array[] {
  const notices: Uint8Array[] = []
  writeAnswers(new ByteWriter(), addressedAnswers(), bytesMax, (notice) => void notices.push(notice.slice()))
  return notices
}

const only = (notices: readonly Uint8Array[]): Uint8Array => notices[0] ?? new Uint8Array(0)

/** Everything that travels, each with its decoder. */
const kinds: readonly { name: string; bytes: Uint8Array; read: (bytes: Uint8Array) => unknown }[] = [
  { name: 'parcel', bytes: only(parcels()), read: readParcel },
  { name: 'calls', bytes: only(calls()), read: readCalls },
  { name: 'answers', bytes: only(answers()), read: readAnswers },
  { name: 'beat', bytes: writeBeat(new ByteWriter(), beat).slice(), read: readBeat },
  { name: 'hello', bytes: writeHello(new ByteWriter(), hello).slice(), read: readHello },
  { name: 'offer', bytes: writeOffer(sampleGroup, offer), read: readOffer },
  { name: 'position', bytes: writePosition(77), read: (bytes) => readPosition(bytes, 99) },
  { name: 'verdict', bytes: Uint8Array.of(1), read: readVerdict },
  {
    name: 'publication',
    bytes: writePublication(sampleGroup, 'freed/ü', Uint8Array.of(9)) ?? new Uint8Array(0),
    read: (bytes) => readPublication(bytes, sampleGroup, 'freed/ü'),
  },
]

describe('what is written is read', () => {
  test('a parcel', () => expect(readParcel(only(parcels()))).toEqual(parcelled))
  test('a beat', () => expect(readBeat(writeBeat(new ByteWriter(), beat))).toEqual(beat))
  test('a hello', () => expect(readHello(writeHello(new ByteWriter(), hello))).toEqual(hello))
  test('an offer', () => expect(readOffer(writeOffer(sampleGroup, offer))).toEqual({ group: sampleGroup, offer }))
  test('answers', () => expect(readAnswers(only(answers()))).toEqual(addressedAnswers()))

  test('calls, a command as the payload that will stand in the log', () => {
    const read = readCalls(only(calls()))
    expect(read).toMatchObject({ boot: sampleBoot, sequence: 1 })
    const [command, ...others] = read.calls
    expect(others).toEqual(addressedCalls().slice(1))
    if (command?.call.type !== 'command') throw new Error('the first call is a command')
    stampPayload(command.call.payload, 1_234_567_890_123 as LogMillis)
    const { call } = addressedCalls()[0] ?? {}
    expect(decodePayload(command.call.payload)).toEqual({ ...call, time: 1_234_567_890_123 })
  })

  test('a publication only by those who subscribe to that topic', () => {
    const publication = writePublication(sampleGroup, 'freed', Uint8Array.of(9)) ?? new Uint8Array(0)
    expect(readPublication(publication, sampleGroup, 'freed')).toEqual(Uint8Array.of(9))
    expect(readPublication(publication, sampleGroup, 'taken')).toBeUndefined()
    expect(readPublication(publication, other, 'freed')).toBeUndefined()
  })
})

describe('what is too long for one notice', () => {
  test('is split, and nothing is lost or reordered', () => {
    for (let bytesMax = 1; bytesMax < 700; bytesMax += 7) {
      expect(parcels(bytesMax).flatMap((notice) => readParcel(notice))).toEqual(parcelled)
      expect(answers(bytesMax).flatMap((notice) => readAnswers(notice))).toEqual(addressedAnswers())
      const read = calls(bytesMax).map((notice) => readCalls(notice))
      expect(read.flatMap((notice) => notice.calls.map(({ id }) => id))).toEqual(addressedCalls().map(({ id }) => id))
      expect(read.map(({ sequence }) => sequence)).toEqual(read.map((_, place) => place + 1))
    }
  })

  test('fits, unless a single one does not', () => {
    for (const notice of [...parcels(150), ...calls(150), ...answers(150)]) {
      expect(notice.length).toBeLessThanOrEqual(150)
    }
  })
})

describe('whatever bytes come', () => {
  /** Whether it is taken, or refused as it should be. */
  const refuses = (read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean => {
    try {
      read(bytes)
      return true
    } catch (error) {
      return error instanceof ProtocolError
    }
  }

  test.each(kinds)('a $name cut short is refused, or is a shorter list', ({ name, bytes, read }) => {
    const lists = ['parcel', 'calls', 'answers', 'publication', 'verdict']
    const shorter: (() => unknown)[] = []
    for (let length = 0; length < bytes.length; length++) {
      expect(refuses(read, bytes.subarray(0, length))).toBe(true)
      if (!lists.includes(name)) shorter.push(() => read(bytes.subarray(0, length)))
    }
    for (const readShorter of shorter) expect(readShorter).toThrow(ProtocolError)
  })

  test.each(kinds)('a $name with one byte changed costs nothing but a ProtocolError', ({ bytes, read }) => {
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const changed = bytes.slice()
        changed[at] = (changed[at] ?? 0) ^ flip
        expect(refuses(read, changed)).toBe(true)
      }
    }
  })

  test.each(kinds)('noise where a $name should be costs nothing but a ProtocolError', ({ read }) => {
    assert(property(uint8Array({ maxLength: 200 }), (noise) => refuses(read, noise)))
  })

  test('a count beyond what is there takes no memory', () => {
    const writer = new ByteWriter()
    writer.byte(1)
    writer.name('g')
    writer.byte(6)
    for (let field = 0; field < 5; field++) writer.number(1)
    writer.size(2 ** 32 - 1)
    expect(() => readParcel(writer.written())).toThrow('4294967295 items do not fit into 0 bytes')
  })

  test('what a stranger wants in the log is a command and nothing else', () => {
    const forged = only(calls()).slice()
    const payloadAt = 15 + 1 + sampleGroup.length + 7 + 1 + 4
    expect(forged[payloadAt]).toBe(1)
    for (const type of [0, 2, 3, 4, 5, 6]) {
      forged[payloadAt] = type
      expect(() => readCalls(forged)).toThrow('what should be a command is none')
    }
  })

  test('drawn worlds of changed bytes', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const prng = new Prng(seed)
      const { bytes, read } = prng.pick(kinds)
      const changed = bytes.slice()
      for (let changes = prng.between(1, 6); changes > 0; changes--)
        changed[prng.below(changed.length)] = prng.below(256)
      expect({ seed, fair: refuses(read, changed) }).toEqual({ seed, fair: true })
    }
  })
})

describe('stored bytes', () => {
  const file = new URL('../../fixtures/v1/wire.json', import.meta.url)

  test('of every kind are what they were', () => {
    const now = Object.fromEntries(kinds.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')]))
    if (process.env['UPDATE'] === '1') writeFileSync(file, `${JSON.stringify(now, undefined, 2)}\n`)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(now)
  })
})
