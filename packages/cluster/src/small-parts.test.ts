import { checkCertificate, readAuthority, type CertificateFacts } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { ProtocolError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import type { Millis, WallMillis } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equalInConstantTime } from './byte-string.ts'
import { answerCodec, beatCodec, requestCodec } from './channel-messages.ts'
import { clusterDefaults, validateClusterSettings, type ClusterSettings } from './config.ts'
import { DurableRecord } from './durable-record.ts'
import { InvitationTable } from './invitation-table.ts'
import { hostCodec, newcomerCodec } from './join-messages.ts'
import { authorityCodec, authorityFileCodec, memberCodec } from './records.ts'
import { Renewal } from './renewal.ts'
import { outcomeOf, sampleAuthority, sampleMachine } from './sample-machine.ts'
import { memoryClusterStore } from './testing/index.ts'
import { readToken } from './token.ts'

const crypto = nodeCrypto()
const names = Object.keys(clusterDefaults) as (keyof ClusterSettings)[]

describe('settings', () => {
  test('are completed with the defaults', () => {
    expect(validateClusterSettings()).toEqual(clusterDefaults)
    expect(validateClusterSettings({ heartbeatMs: 100 })).toEqual({ ...clusterDefaults, heartbeatMs: 100 })
  })

  test.each(names)('of which %s is wrong are refused with a sentence that names it', (name) => {
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 40]) {
      expect(() => validateClusterSettings({ [name]: wrong })).toThrow(
        `cluster: ${name} is ${wrong}; it must be a whole`,
      )
    }
  })

  test('do not let the first pause be longer than the longest', () => {
    const wrong = { renewalRetryMsFirst: 1_000, renewalRetryMsMax: 999 }
    expect(() => validateClusterSettings(wrong)).toThrow(
      'renewalRetryMsFirst is 1000; it must be a whole number from 10',
    )
  })
})

test('every decoder answers hostile bytes with a ProtocolError and nothing else', async () => {
  const { store } = await sampleAuthority({ crypto, seed: 1 })
  const decoders = [
    authorityCodec,
    authorityFileCodec,
    memberCodec,
    beatCodec,
    requestCodec,
    answerCodec,
    hostCodec,
    newcomerCodec,
    { decode: (bytes: Uint8Array): unknown => new InvitationTable(10, bytes) },
  ]
  const samples = [
    ...store.records().values(),
    beatCodec.encode({ number: 1, tip: new Uint8Array(8), isAuthority: true }),
  ]
  const edit = fc.record({ at: fc.nat(600), byte: fc.nat(255) })
  const mutated = fc.tuple(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 5 }))
  const bytes = fc.oneof(
    mutated.map(([sample, edits]) =>
      edits.reduce((of, { at, byte }) => (at < of.length ? of.with(at, byte) : of), sample),
    ),
    fc.uint8Array({ maxLength: 200 }),
  )
  fc.assert(
    fc.property(bytes, fc.constantFrom(...decoders), (some, decoder) => {
      expect(isReadOrRefused(() => decoder.decode(some))).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('bytes are compared whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (one, other) => {
      expect(equalInConstantTime(one, other)).toBe(Buffer.compare(one, other) === 0)
      expect(equalInConstantTime(one, one.slice())).toBe(true)
    }),
  )
})

describe('a durable record', () => {
  test('is durable when persist resolves, and saved once for all who wait', async () => {
    let saves = 0
    const store = memoryClusterStore({ interfere: (_, when) => void (when === 'before' && saves++) })
    let value = 0
    const record = new DurableRecord(store, 'member', () => Uint8Array.of(value))
    const change = (): Promise<void> => {
      value++
      record.changed()
      return record.persist()
    }
    await Promise.all([change(), change(), change(), change()])
    expect(store.records().get('member')).toEqual(Uint8Array.of(4))
    expect(saves).toBe(2)
    await record.persist()
    expect([saves, record.isDurable]).toEqual([2, true])
  })

  test('tells everybody who waits that it could not be saved, and is saved the next time', async () => {
    let isFull = true
    const store = memoryClusterStore({
      interfere: () => {
        if (isFull) throw new Error('disk full')
      },
    })
    const record = new DurableRecord(store, 'member', () => Uint8Array.of(1))
    record.changed()
    const outcomes = await Promise.all([outcomeOf(() => record.persist()), outcomeOf(() => record.persist())])
    expect(outcomes).toEqual(['Error: disk full', 'Error: disk full'])
    isFull = false
    await record.persist()
    expect(store.records().get('member')).toEqual(Uint8Array.of(1))
  })
})

describe('renewal', () => {
  const facts = { notBefore: -300_000, notAfter: 900_000_000 } as CertificateFacts
  const at = (ms: number): Millis => ms as Millis
  const wall = (ms: number): WallMillis => ms as WallMillis
  const renewal = (): Renewal => new Renewal(clusterDefaults, new Prng(1), facts, at(0))

  test('is due after two thirds of the life, and warned of when a fifth is left', () => {
    const one = renewal()
    expect(one.step(at(0), wall(600_000_000))).toEqual([])
    expect(one.step(at(1), wall(600_400_000))).toEqual(['renew'])
    expect(one.step(at(2), wall(720_000_001))).toEqual(['warn'])
    expect(one.step(at(3), wall(720_000_002))).toEqual([])
  })

  test('is tried again after pauses that grow, counted by the monotonic clock', () => {
    const one = renewal()
    let now = 0
    let last = 0
    const pauses: number[] = []
    for (let attempt = 0; attempt < 12; attempt++) {
      while (!one.step(at(now), wall(700_000_000)).includes('renew')) now += 100
      pauses.push(now - last)
      last = now
      one.failed(at(now))
    }
    expect(pauses[1]).toBeLessThanOrEqual(clusterDefaults.renewalRetryMsFirst + 100)
    expect(pauses.at(-1)).toBeGreaterThan(clusterDefaults.renewalRetryMsMax / 2 - 100)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(clusterDefaults.renewalRetryMsMax + 100)
  })

  test('is over for a while when it has succeeded', () => {
    const one = renewal()
    expect(one.step(at(0), wall(800_000_000))).toEqual(['warn', 'renew'])
    one.renewed(at(1), { ...facts, notBefore: wall(800_000_000), notAfter: wall(1_700_000_000) })
    expect(one.step(at(2), wall(800_000_001))).toEqual([])
  })
})

describe('credentials', () => {
  test('show and check certificates of this cluster, and sign by the key in them', async () => {
    const { member, secretKey, clock } = await sampleAuthority({ crypto, seed: 1 })
    const credentials = member.credentials()
    const proof = credentials.proof()
    const proven = credentials.check(proof)
    expect(proven).toEqual(member.facts)
    expect(credentials.self).toBe(member.id)
    const message = new TextEncoder().encode('hello')
    expect(crypto.ed25519.verify(proven.publicKey, message, credentials.sign(message))).toBe(true)
    expect(crypto.ed25519.publicKey(secretKey)).toEqual(proven.publicKey)
    await member.rotate()
    expect(credentials.proof()).not.toEqual(proof)
    expect(credentials.check(proof)).toEqual(proven)
    clock.setWall(proven.notAfter + 2_000)
    expect(() => credentials.check(proof)).toThrow(expect.objectContaining({ code: 'expired' }))
  })

  test('refuse those of another cluster, and damaged ones', async () => {
    const { member } = await sampleAuthority({ crypto, seed: 1 })
    const stranger = await sampleAuthority({ crypto, seed: 9 })
    const credentials = member.credentials()
    expect(() => credentials.check(stranger.member.credentials().proof())).toThrow(
      expect.objectContaining({ code: 'foreign-authority' }),
    )
    expect(() => credentials.check(credentials.proof().with(300, 0))).toThrow(ProtocolError)
  })
})

describe('what is kept', () => {
  test('is refused when it is damaged, and left as it is', async () => {
    const { store } = await sampleAuthority({ crypto, seed: 1 })
    for (const name of ['authority', 'member'] as const) {
      const records = new Map(store.records())
      records.set(name, (records.get(name) ?? new Uint8Array(0)).subarray(1))
      const damaged = memoryClusterStore({ records })
      await expect(sampleMachine({ crypto, seed: 1, store: damaged })).rejects.toMatchObject({
        code: 'damaged',
        hint: 'restore it from a backup; it was left as it is',
      })
      expect(damaged.records()).toEqual(records)
    }
  })

  test('is refused when it belongs to another key, or another cluster', async () => {
    const { store } = await sampleAuthority({ crypto, seed: 1 })
    await expect(sampleMachine({ crypto, seed: 2, store })).rejects.toThrow("which is not its key's id")
    const stranger = await sampleAuthority({ crypto, seed: 9 })
    const records = new Map(store.records()).set(
      'authority',
      stranger.store.records().get('authority') ?? new Uint8Array(0),
    )
    const mixed = memoryClusterStore({ records })
    await expect(sampleMachine({ crypto, seed: 1, store: mixed })).rejects.toMatchObject({ code: 'damaged' })
  })

  test('does not hold the secret of any token', async () => {
    const { member, store } = await sampleAuthority({ crypto, seed: 1 })
    const { token } = await member.invite({ role: 'node', addresses: [{ host: 'a', port: 1 }] })
    const secret = Buffer.from(readToken(crypto, token).secret).toString('hex')
    const kept = [...store.records().values()].map((bytes) => Buffer.from(bytes).toString('hex')).join(' ')
    expect(kept).not.toContain(secret)
    expect(kept.length).toBeGreaterThan(1_000)
  })
})

test('an expired member is still a member, which can be told why it is alone', async () => {
  const machine = await sampleAuthority({ crypto, seed: 1 })
  machine.clock.setWall(machine.clock.wallNow() + 31 * 86_400_000)
  const { member } = await machine.restarted()
  expect(member.state).toBe('authority')
  const authority = readAuthority(crypto, member.identity().authority)
  const now = machine.clock.wallNow()
  const { certificate } = member.identity()
  expect(() => checkCertificate({ crypto, authority, certificate, now })).toThrow('has expired on 2026-03-31')
  await member.rotate()
  expect(checkCertificate({ crypto, authority, certificate: member.identity().certificate, now }).id).toBe(member.id)
})

function isReadOrRefused(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    return error instanceof ProtocolError
  }
}
