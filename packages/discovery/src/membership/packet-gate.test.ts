import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import { memoryAuthority } from '../testing/index.ts'
import { comparisonAnswerCodec, comparisonRequestCodec } from './comparison-messages.ts'
import type { MemberEntry } from './member-table.ts'
import { decodePacket, encodeGossip, encodePacket } from './messages.ts'
import { PacketGate } from './packet-gate.ts'
import { sealPacket, takeApartPacket } from './packet-seal.ts'
import { recordCodec } from './record.ts'
import { validateMembershipSettings } from './settings.ts'
import { signatureVouching } from './vouching.ts'

const crypto = nodeCrypto()
const authority = memoryAuthority({ crypto, cluster: 'gate' })
const settings = validateMembershipSettings({})
const path = { host: '10.0.0.1', port: 1 }
const now = 0 as Millis

const sender = authority.admit('sender')
const vouching = signatureVouching({ credentials: sender, crypto, metadataBytesMax: 1_024 })
const { record, signed } = vouching.signRecord({
  id: sender.self,
  incarnation: 5,
  session: 77,
  leaving: false,
  datagrams: [path],
  metadata: { name: 'sender', roles: ['node'], capabilities: [], version: '1', addresses: [path], load: 0.25 },
})
const claim = vouching.signClaim({ about: sender.self, incarnation: 5, kind: 'silent', from: sender.self })
const packet = encodePacket({ type: 'ping', sequence: 9 }, [
  encodeGossip({ type: 'record', signed: { body: signed.body, signature: signed.signature } }),
  encodeGossip({ type: 'claim', claim }),
  encodeGossip({ type: 'news', about: sender.self, incarnation: 6 }),
])

function gateFor(self: NodeId = authority.admit('self').self) {
  const entry = {
    id: sender.self,
    publicKey: sender.check(sender.proof()).publicKey,
    record: { ...record },
  } as unknown as MemberEntry
  const entryOf = (id: NodeId) => (id === sender.self ? entry : undefined)
  const gate = new PacketGate({ settings, crypto, self, vouching, entryOf, proofOf: () => undefined }, now)
  return { gate, entry }
}

function sealed(changes: Partial<Parameters<typeof sealPacket>[0]> = {}): Uint8Array {
  return sealPacket({
    sender: sender.self,
    session: 77,
    counter: 1,
    packet,
    sign: (bytes) => sender.sign(bytes),
    ...changes,
  })
}

const why = (opened: ReturnType<PacketGate['open']>): string => (opened.type === 'refused' ? opened.why : opened.type)

describe('the gate', () => {
  test('opens what a member signed, once', () => {
    const { gate } = gateFor()
    const opened = gate.open(now, sealed(), path)
    expect(opened).toMatchObject({ type: 'packet', from: sender.self, message: { type: 'ping', sequence: 9 } })
    expect(opened.type === 'packet' && opened.gossip.map(({ gossip }) => gossip.type)).toEqual([
      'record',
      'claim',
      'news',
    ])
    expect(why(gate.open(now, sealed(), path))).toBe('replayed')
  })

  test('refuses everything else, and says why', () => {
    const { gate } = gateFor()
    const stranger = authority.admit('stranger')
    expect(why(gate.open(now, new Uint8Array(), path))).toBe('malformed')
    expect(why(gate.open(now, sealed().subarray(0, 100), path))).toBe('malformed')
    expect(why(gate.open(now, Uint8Array.of(9, 9, 9), path))).toBe('unsupported-version')
    expect(why(gate.open(now, new Uint8Array(1_201).fill(1), path))).toBe('too-large')
    expect(gate.open(now, sealed({ sender: stranger.self }), path)).toEqual({
      type: 'refused',
      why: 'unknown-sender',
      ask: stranger.self,
    })
    expect(why(gate.open(now, sealed({ sign: (bytes) => stranger.sign(bytes) }), path))).toBe('wrong-signature')
    expect(why(gate.open(now, sealed(), 'connection', stranger.self))).toBe('wrong-sender')
    expect(why(gate.open(now, sealed({ packet: Uint8Array.of(0xc1) }), path))).toBe('wrong-shape')
    expect(why(gateFor(sender.self).gate.open(now, sealed(), path))).toBe('own')
  })

  test('does not let a forged counter push honest ones out', () => {
    const { gate } = gateFor()
    const forger = authority.admit('forger')
    const forged = sealed({ counter: Number.MAX_SAFE_INTEGER, sign: (bytes) => forger.sign(bytes) })
    expect(why(gate.open(now, forged, path))).toBe('wrong-signature')
    expect(why(gate.open(now, sealed(), path))).toBe('packet')
  })

  test('takes datagrams of the present session only, and counts anew in each', () => {
    const { gate, entry } = gateFor()
    expect(why(gate.open(now, sealed({ counter: 50 }), path))).toBe('packet')
    expect(why(gate.open(now, sealed({ session: 78 }), path))).toBe('other-session')
    entry.record = { ...record, session: 78 }
    expect(why(gate.open(now, sealed({ session: 78 }), path))).toBe('packet')
    expect(why(gate.open(now, sealed({ counter: 51 }), path))).toBe('other-session') // A recording of the life before.
  })

  test('verifies only so many of one source in a second', () => {
    const { gate } = gateFor()
    const spoofed = sealed({ sign: () => new Uint8Array(64) })
    const reasons = Array.from({ length: 1_100 }, () => why(gate.open(now, spoofed, path)))
    expect(reasons.filter((reason) => reason === 'too-many')).toHaveLength(100)
    expect(why(gate.open(now, sealed(), { host: '10.0.0.2', port: 1 }))).toBe('packet')
  })
})

describe('bytes of strangers', () => {
  const seeds = Array.from({ length: 200 }, (_, index) => index + 1)

  test('never get through the gate when they were changed, and never throw', () => {
    for (const seed of seeds) {
      const prng = new Prng(seed)
      const { gate } = gateFor()
      for (let round = 0; round < 20; round++) {
        const opened = gate.open(now, mutated(prng, sealed()), path)
        expect({ seed, type: opened.type }).toEqual({ seed, type: 'refused' })
      }
    }
  })

  test('never get through it as a greeting of somebody unknown', () => {
    const greeting = encodePacket({ type: 'meet', question: 5, answer: null, padding: new Uint8Array(400) }, [
      encodeGossip({ type: 'record', signed }),
    ])
    const padding = new Uint8Array(400 + 1_200 - sealed({ packet: greeting }).length)
    const whole = encodePacket({ type: 'meet', question: 5, answer: null, padding }, [
      encodeGossip({ type: 'record', signed }),
    ])
    const gate = new PacketGate(
      {
        settings: validateMembershipSettings({
          strangersPerSourcePerSecondMax: 100_000,
          strangersPerSecondMax: 100_000,
        }),
        crypto,
        self: authority.admit('self').self,
        vouching,
        entryOf: () => undefined,
        proofOf: () => sender.proof(),
      },
      now,
    )
    expect(why(gate.open(now, sealed({ packet: whole }), path))).toBe('stranger')
    expect(why(gate.open(now, sealed({ packet: whole }), 'connection', sender.self))).toBe('unknown-sender')
    for (const seed of seeds) {
      const prng = new Prng(seed)
      for (let round = 0; round < 20; round++) {
        const opened = gate.open(now, mutated(prng, sealed({ packet: whole })), path)
        expect({ seed, type: opened.type }).toEqual({ seed, type: 'refused' })
      }
    }
  })

  test('decode as what they are or are refused as a protocol error', () => {
    const state = { signed, death: { ageMs: 5, claims: [claim] } }
    const decoders: readonly (readonly [Uint8Array, (bytes: Uint8Array) => unknown])[] = [
      [packet, decodePacket],
      [signed.body, (bytes) => recordCodec(1_024).decode(bytes)],
      [sealed(), (bytes) => takeApartPacket(bytes, 1_200)],
      [
        comparisonRequestCodec.encode({ type: 'swap', give: [state], want: [sender.self] }),
        (bytes) => comparisonRequestCodec.decode(bytes),
      ],
      [
        comparisonAnswerCodec.encode({
          type: 'differ',
          own: signed,
          buckets: [1],
          digests: [{ id: sender.self, incarnation: 1, standing: 'dead' }],
        }),
        (bytes) => comparisonAnswerCodec.decode(bytes),
      ],
    ]
    for (const seed of seeds) {
      const prng = new Prng(seed)
      for (const [bytes, decode] of decoders) {
        for (let round = 0; round < 20; round++) {
          const outcome = outcomeOf(decode, mutated(prng, bytes))
          expect({ seed, outcome }).toEqual({ seed, outcome: 'fine' })
        }
      }
    }
  })
})

function outcomeOf(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): string {
  try {
    decode(bytes)
    return 'fine'
  } catch (error) {
    return error instanceof Error && error.name === 'ProtocolError' ? 'fine' : String(error)
  }
}

/** A few bytes changed, cut, or added. */
function mutated(prng: Prng, bytes: Uint8Array): Uint8Array {
  const kind = prng.below(4)
  if (kind === 0) return bytes.slice(0, prng.below(bytes.length))
  if (kind === 1) return Uint8Array.from([...bytes, ...prng.bytes(prng.between(1, 40))])
  const changed = bytes.slice()
  const changes = prng.between(1, 6)
  for (let change = 0; change < changes; change++) {
    const place = prng.below(changed.length)
    changed[place] = kind === 2 ? (changed[place] ?? 0) ^ (1 << prng.below(8)) : prng.below(256)
  }
  return changed.every((byte, index) => byte === bytes[index]) ? changed.slice(1) : changed
}
