import type { Crypto } from '@flotilla/core/crypto'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { Millis, WallMillis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import type { Credentials } from '../ports.ts'
import { memoryAuthority } from '../testing/memory-authority.ts'
import type { BeaconBody } from './beacon.ts'
import { BeaconGate, type Moment } from './gate.ts'
import { sealBeacon } from './layout.ts'
import { validateBeaconSettings, type BeaconSettings } from './limits.ts'

const noon = 1_735_700_000_000
const at = (ms: number): Moment => ({ now: ms as Millis, wallNow: (noon + ms) as WallMillis })
const from = { host: '192.0.2.7', port: 4_000 }

const counting = (): { readonly crypto: Crypto; verified: number } => {
  const node = nodeCrypto()
  const counts = {
    verified: 0,
    crypto: {
      ...node,
      ed25519: {
        ...node.ed25519,
        verify: (...given: Parameters<Crypto['ed25519']['verify']>) => {
          counts.verified++
          return node.ed25519.verify(...given)
        },
      },
    },
  }
  return counts
}

function world(settings: Partial<BeaconSettings> = {}) {
  const counts = counting()
  const authority = memoryAuthority({ crypto: counts.crypto, cluster: 'fc1ours' })
  const proofs = { checked: 0 }
  const admitted = authority.admit('self')
  const self: Credentials = {
    ...admitted,
    check: (proof) => {
      proofs.checked++
      return admitted.check(proof)
    },
  }
  const complete = validateBeaconSettings(settings)
  const gate = new BeaconGate({
    credentials: self,
    crypto: counts.crypto,
    settings: complete,
    run: new Uint8Array(8).fill(1),
    startedAt: (noon - 1_000) as WallMillis,
  })
  const seal = (by: Credentials, ms: number, body: Partial<BeaconBody> = {}): Uint8Array =>
    sealBeacon(
      by,
      {
        run: new Uint8Array(8).fill(2),
        timestamp: (noon + ms) as WallMillis,
        addresses: [{ host: '192.0.2.7', port: 5_000 }],
        datagramPort: 4_000,
        seeking: false,
        ...body,
      },
      complete.beaconBytesMax,
    )
  const open = (bytes: Uint8Array, ms = 0): string => {
    const opened = gate.open(bytes, from, at(ms))
    return opened.type === 'heard' ? opened.beacon.member.name : opened.why
  }
  return { authority, self, gate, seal, open, counts, proofs }
}

function changed(bytes: Uint8Array, place: number): Uint8Array {
  const copy = new Uint8Array(bytes)
  const index = (place + copy.length) % copy.length
  copy[index] = (copy[index] ?? 0) ^ 1
  return copy
}

describe('a beacon of a member', () => {
  test('is heard once, with all that it says', () => {
    const { authority, gate, seal } = world()
    const ben = authority.admit('ben', 'agent')
    const bytes = seal(ben, 0, { seeking: true })
    expect(gate.open(bytes, from, at(5))).toEqual({
      type: 'heard',
      beacon: {
        member: { id: ben.self, name: 'ben', role: 'agent', publicKey: expect.any(Uint8Array) as unknown },
        addresses: [{ host: '192.0.2.7', port: 5_000 }],
        datagramAddresses: [{ host: '192.0.2.7', port: 4_000 }],
        timestamp: noon,
        seeking: true,
        isNew: true,
        proof: ben.proof(),
        record: bytes,
      },
    })
    expect(gate.open(bytes, from, at(6))).toEqual({ type: 'refused', why: 'repeated' })
  })

  test('is new again when the member has started anew, and not otherwise', () => {
    const { authority, gate, seal } = world()
    const ben = authority.admit('ben')
    const isNew = (bytes: Uint8Array): unknown => {
      const opened = gate.open(bytes, from, at(100))
      return opened.type === 'heard' && opened.beacon.isNew
    }
    expect([seal(ben, 1), seal(ben, 2), seal(ben, 3, { run: new Uint8Array(8).fill(3) })].map(isNew)).toEqual([
      true,
      false,
      true,
    ])
  })

  test('keeps what it costs to look at it small', () => {
    const { authority, open, seal, counts } = world()
    const ben = authority.admit('ben')
    open(seal(ben, 0))
    expect(counts.verified).toBe(2) // The proof and the beacon.
    open(seal(ben, 1))
    expect(counts.verified).toBe(3)
    open(seal(ben, 1))
    open(seal(ben, 0))
    expect(counts.verified).toBe(3)
  })
})

describe('ignored, each by its own name', () => {
  test('what is no beacon of ours', () => {
    const { authority, open, seal, self, counts } = world()
    const bytes = seal(authority.admit('ben'), 0)
    const stranger = memoryAuthority({ crypto: nodeCrypto(), cluster: 'fc1others' }).admit('eve')
    expect(open(new Uint8Array())).toBe('malformed')
    expect(open(new Uint8Array(1_201).fill(1))).toBe('too-large')
    expect(open(bytes.subarray(0, 60))).toBe('malformed')
    expect(open(changed(bytes, 0))).toBe('unsupported-version')
    expect(open(changed(bytes, 3))).toBe('other-cluster')
    expect(open(seal(stranger, 0))).toBe('other-cluster')
    expect(open(seal(self, 0, { run: new Uint8Array(8).fill(1) }))).toBe('own')
    expect(counts.verified).toBe(0)
  })

  test('strangers who call our cluster theirs, and those who were let go', () => {
    const { authority, open, seal, proofs } = world()
    const eve = { ...memoryAuthority({ crypto: nodeCrypto(), cluster: 'fc1others' }).admit('eve'), cluster: 'fc1ours' }
    expect(open(seal(eve, 0))).toBe('stranger')
    for (let ms = 1; ms < 100; ms++) expect(open(seal(eve, ms))).toBe('stranger')
    expect(proofs.checked).toBe(1)
    // Later it may be another matter.
    expect(open(seal(eve, 60_001), 60_001)).toBe('stranger')
    expect(proofs.checked).toBe(2)

    const mallory = authority.admit('mallory')
    expect(open(seal(mallory, 0))).toBe('mallory')
    authority.revoke(mallory.self)
    expect(open(seal(mallory, 1))).toBe('revoked')
  })

  test('what somebody has changed or put together', () => {
    const { authority, open, seal } = world()
    const ben = authority.admit('ben')
    const bytes = seal(ben, 0)
    expect(open(changed(bytes, -1))).toBe('wrong-signature')
    expect(open(changed(bytes, -65))).not.toBe('ben')
    const inAnna = { ...authority.admit('anna'), proof: () => ben.proof() }
    expect(open(seal(inAnna, 1))).toBe('wrong-signature')
    expect(open(bytes)).toBe('ben')
  })

  test('every single bit of it counts', () => {
    const { authority, open, seal } = world({
      beaconsPerSourcePerSecondMax: 100_000,
      verificationsPerSecondMax: 100_000,
    })
    const bytes = seal(authority.admit('ben'), 0)
    for (let place = 0; place < bytes.length; place++) {
      expect([place, open(changed(bytes, place))]).not.toEqual([place, 'ben'])
    }
  })

  test('what is old, or comes again', () => {
    const { authority, open, seal } = world()
    const ben = authority.admit('ben')
    const [first, second] = [seal(ben, 0), seal(ben, 5)]
    expect(open(second, 10)).toBe('ben')
    expect(open(first, 11)).toBe('replayed')
    expect(open(second, 12)).toBe('repeated')
    expect(open(seal(ben, 10), 30_011)).toBe('too-old')
    expect(open(seal(ben, 60_002), 30_001)).toBe('too-new')
    expect(open(seal(ben, 60_001), 30_001)).toBe('ben')
  })

  test('our own key in another process, but not what we said before we started anew', () => {
    const { open, seal, self } = world()
    expect(open(seal(self, -1_001))).toBe('own')
    expect(open(seal(self, 0))).toBe('own-key-elsewhere')
  })
})

describe('clocks', () => {
  test('a member whose clock is off is named, and nobody else can make us say so', () => {
    const { authority, gate, seal } = world()
    const ben = authority.admit('ben')
    const ahead = gate.open(seal(ben, 40_000), from, at(0))
    expect(ahead).toEqual({ type: 'refused', why: 'too-new', clock: { id: ben.self, name: 'ben', aheadMs: 40_000 } })
    expect(gate.open(changed(seal(ben, -40_000), -1), from, at(0))).toEqual({ type: 'refused', why: 'too-old' })
  })

  test('when ours was far ahead and is set right, members are heard again', () => {
    const { authority, gate, seal, open } = world()
    const ben = authority.admit('ben')
    const year = 31_536_000_000
    expect(gate.open(seal(ben, year), from, at(year)).type).toBe('heard')
    expect(open(seal(ben, 10), 10)).toBe('ben')
  })
})

describe('a flood', () => {
  test('of one source is cut off at its rate, and the others are heard', () => {
    const { authority, gate, seal } = world({ beaconsPerSourcePerSecondMax: 10 })
    const ben = authority.admit('ben')
    const noise = changed(seal(ben, 0), -1)
    const refusals = Array.from({ length: 1_000 }, () => gate.open(noise, from, at(0)))
    expect(refusals.filter((each) => each.type === 'refused' && each.why === 'source-over-rate')).toHaveLength(980)
    expect(gate.open(seal(ben, 0), { host: '192.0.2.8', port: 1 }, at(0)).type).toBe('heard')
  })

  test('of forged signatures from everywhere costs a bounded number of verifications', () => {
    const { authority, gate, seal, counts } = world({ verificationsPerSecondMax: 100 })
    const noise = changed(seal(authority.admit('ben'), 0), -1)
    const open = (source: number, ms: number): unknown =>
      gate.open(noise, { host: `198.51.${source >> 8}.${source & 255}`, port: 1 }, at(ms))
    for (let source = 0; source < 10_000; source++) open(source, 0)
    expect(counts.verified).toBe(100)
    for (let source = 0; source < 10_000; source++) open(source, 1_000)
    expect(counts.verified).toBe(200)
  })

  test('with the proof of a member uses up little of the budget', () => {
    const { authority, gate, seal, counts } = world({ beaconsPerSourcePerSecondMax: 100_000 })
    const noise = changed(seal(authority.admit('ben'), 0), -1)
    for (let round = 0; round < 1_000; round++) gate.open(noise, from, at(0))
    expect(counts.verified).toBe(1 + 32)
    expect(gate.open(seal(authority.admit('anna'), 0), from, at(0)).type).toBe('heard')
  })
})

describe('what others relay', () => {
  const relayed = (gate: BeaconGate, bytes: Uint8Array, ms = 0): string => {
    const opened = gate.openRelayed(bytes, at(ms))
    return opened.type === 'heard' ? opened.beacon.member.name : opened.why
  }

  test('is believed for half an hour, and never over something newer', () => {
    const { authority, gate, seal, open } = world()
    const ben = authority.admit('ben')
    expect(relayed(gate, seal(ben, -1_800_001))).toBe('too-old')
    expect(relayed(gate, seal(ben, -1_700_000))).toBe('ben')
    expect(relayed(gate, seal(ben, -1_700_001))).toBe('replayed')
    expect(open(seal(ben, 0))).toBe('ben')
    expect(relayed(gate, seal(ben, -1))).toBe('replayed')
    expect(relayed(gate, changed(seal(ben, 1), -1))).toBe('wrong-signature')
    expect(relayed(gate, seal(ben, 30_001))).toBe('too-new')
  })

  test('says nothing of addresses that mean something only where they were heard', () => {
    const { authority, gate, seal } = world()
    const addresses = ['192.0.2.9', 'fe80::9', '127.0.0.1', '224.0.0.1', '::'].map((host) => ({ host, port: 5 }))
    const bytes = seal(authority.admit('ben'), 0, { addresses })
    const opened = gate.openRelayed(bytes, at(0))
    expect(opened.type === 'heard' && opened.beacon.addresses).toEqual([{ host: '192.0.2.9', port: 5 }])
  })
})
