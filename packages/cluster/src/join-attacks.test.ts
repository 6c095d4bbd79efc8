/** What an outsider on the network, a recording, and somebody in the middle can and cannot do while a machine joins. */
import { issueCertificate, type Role } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { WallMillis } from '@flotilla/core/time'
import { beforeEach, describe, expect, test } from 'vitest'
import { clusterDefaults, readToken } from './index.ts'
import { hostCodec, newcomerCodec, type HostMessage, type NewcomerMessage } from './join-messages.ts'
import { authorityCodec } from './records.ts'
import { agreementBytes, proofOf, tokenKey } from './proof.ts'
import {
  doorTo,
  outcomeOf,
  sampleAddress,
  sampleAuthority,
  sampleMachine,
  type SampleMachine,
} from './sample-machine.ts'
import { memoryDoor, type MemoryDoorOptions } from './testing/index.ts'
import { writeToken } from './token.ts'

const crypto = nodeCrypto()
let host: SampleMachine
let guest: SampleMachine
let token: string

beforeEach(async () => {
  host = await sampleAuthority({ crypto, seed: 1 })
  guest = await sampleMachine({ crypto, seed: 2, clock: host.clock })
  token = (await host.member.invite({ role: 'node', addresses: [sampleAddress] })).token
})

const joins = (options: MemoryDoorOptions = {}, text = token, to = host): Promise<string> =>
  outcomeOf(() => guest.member.join({ token: text, name: 'second', open: doorTo(to, options) }))

interface Passed {
  readonly to: 'host' | 'newcomer'
  readonly bytes: Uint8Array
}

/** All that crosses the wire while a machine joins. */
async function recorded(): Promise<readonly Passed[]> {
  const passed: Passed[] = []
  const relay = (bytes: Uint8Array, to: 'host' | 'newcomer'): Uint8Array => {
    passed.push({ to, bytes: bytes.slice() })
    return bytes
  }
  expect(await joins({ relay })).toBe('done')
  return passed
}

/** Speaks with the host as a newcomer would, message by message. */
async function asked(
  messages: readonly (NewcomerMessage | Uint8Array)[],
  exporter?: Uint8Array,
): Promise<HostMessage[]> {
  const door = memoryDoor(exporter && { exporter })
  const served = host.member.serveDoor(door.host).catch(() => {})
  const answers: HostMessage[] = []
  const read = (async () => {
    for await (const bytes of door.newcomer.read()) answers.push(hostCodec.decode(bytes.subarray(4)))
  })().catch(() => {})
  for (const message of messages) {
    const bytes = message instanceof Uint8Array ? message : framed(newcomerCodec.encode(message))
    await door.newcomer.write(bytes)
  }
  door.newcomer.end()
  await Promise.all([served, read])
  return answers
}

function framed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([0, 0, bytes.length >> 8, bytes.length & 0xff, ...bytes])
}

const hello = (changes: Partial<NewcomerMessage> = {}): NewcomerMessage => ({
  type: 'hello',
  invitation: readToken(crypto, token).invitation,
  publicKey: crypto.ed25519.publicKey(guest.secretKey),
  name: 'second',
  wallMs: host.clock.wallNow(),
  ...(changes as object),
})

describe('an outsider on the network', () => {
  test('does not find the secret, nor what is derived from it, in what crosses the wire', async () => {
    const wire = Buffer.concat((await recorded()).map(({ bytes }) => bytes)).toString('hex')
    const read = readToken(crypto, token)
    const ofCluster = guest.member.secret ?? new Uint8Array(0)
    expect(ofCluster).toHaveLength(32)
    for (const secret of [read.secret, tokenKey(crypto, read), guest.secretKey, host.secretKey, ofCluster]) {
      expect(wire).not.toContain(Buffer.from(secret).toString('hex'))
    }
    expect(wire).toContain(Buffer.from(read.invitation).toString('hex'))
  })

  test('who knows which invitation it is, but not its secret, burns it with the fifth wrong proof', async () => {
    const proof: NewcomerMessage = { type: 'proof', proof: new Uint8Array(32), signature: new Uint8Array(64) }
    for (let wrong = 1; wrong < clusterDefaults.wrongProofsMax; wrong++) {
      expect((await asked([hello(), proof])).at(-1)).toMatchObject({ reason: 'wrong-token' })
      host = await host.restarted() // A restart forgets none of them.
    }
    expect((await asked([hello(), proof])).at(-1)).toMatchObject({ reason: 'token-burnt' })
    expect(await joins()).toBe('token-burnt')
    expect(await joins({}, token, await host.restarted())).toBe('token-burnt')
  })

  test('who knows the token cannot join with a key that it does not hold', async () => {
    const agreed = agreement(new Uint8Array(32).fill(7))
    const proof = proofOf(crypto, tokenKey(crypto, readToken(crypto, token)), agreed, 'newcomer')
    const stranger = crypto.ed25519.sign(new Uint8Array(32).fill(99), agreed)
    expect((await asked([hello(), { type: 'proof', proof, signature: stranger }])).at(-1)).toMatchObject({
      reason: 'wrong-key',
    })
    const small = { publicKey: new Uint8Array(32) }
    expect((await asked([hello(small), { type: 'proof', proof, signature: stranger }])).at(-1)).toMatchObject({
      type: 'refused',
    })
    expect(host.member.invitations()).toMatchObject([{ state: 'open' }])
  })

  test('that shows the authority’s certificate, but does not know the token, is not believed', async () => {
    const relay = (bytes: Uint8Array, to: string): Uint8Array => {
      if (to === 'host') return bytes
      const { authority: certificate } = host.member.identity()
      return framed(hostCodec.encode({ type: 'authority', certificate, proof: new Uint8Array(32) }))
    }
    expect(await joins({ relay })).toBe('wrong-inviter')
    expect(guest.member.state).toBe('none')
  })

  test('with a cluster of its own is not believed', async () => {
    const stranger = await sampleAuthority({ crypto, seed: 9, clock: host.clock })
    const relay = (bytes: Uint8Array, to: string): Uint8Array => {
      if (to === 'host') return bytes
      const { authority: certificate } = stranger.member.identity()
      return framed(hostCodec.encode({ type: 'authority', certificate, proof: new Uint8Array(32) }))
    }
    expect(await joins({ relay })).toBe('wrong-authority')
  })

  test('that welcomes a newcomer before proving anything is not believed', async () => {
    const { certificate } = host.member.identity()
    const relay = (bytes: Uint8Array, to: string): Uint8Array =>
      to === 'host' ? bytes : framed(hostCodec.encode({ type: 'welcome', certificate }))
    expect(await joins({ relay })).toBe('malformed')
  })
})

test('a host that knows the token gives no certificate for another key or another role', async () => {
  const { secretKey, certificate } = authorityCodec.decode(host.store.records().get('authority') ?? new Uint8Array(0))
  const issued = (seed: number, role: Role): Uint8Array =>
    issueCertificate({
      crypto,
      authority: { secretKey, certificate },
      subject: { publicKey: crypto.ed25519.publicKey(new Uint8Array(32).fill(seed)), name: 'second', role },
      serial: '4'.repeat(32),
      notBefore: host.clock.wallNow(),
      notAfter: (host.clock.wallNow() + 86_400_000) as WallMillis,
    })
  const welcoming = (given: Uint8Array): MemoryDoorOptions => ({
    relay(bytes, to) {
      const said = to === 'newcomer' ? hostCodec.decode(bytes.subarray(4)) : undefined
      return said?.type === 'welcome' ? framed(hostCodec.encode({ ...said, certificate: given })) : bytes
    },
  })
  expect(await joins(welcoming(issued(3, 'node')))).toBe('malformed')
  expect(await joins(welcoming(issued(2, 'operator')))).toBe('malformed')
  expect(await joins(welcoming(issued(2, 'node')))).toBe('done')
})

describe('somebody in the middle', () => {
  test('who passes everything on between two TLS sessions is found out by both', async () => {
    const other = new Uint8Array(32).fill(8)
    expect(await joins({ hostExporter: other })).toBe('wrong-inviter')
    const key = tokenKey(crypto, readToken(crypto, token))
    const agreed = agreement(new Uint8Array(32).fill(7))
    const signature = crypto.ed25519.sign(guest.secretKey, agreed)
    const relayed: NewcomerMessage = { type: 'proof', proof: proofOf(crypto, key, agreed, 'newcomer'), signature }
    expect((await asked([hello(), relayed], other)).at(-1)).toMatchObject({ reason: 'wrong-token' })
  })

  test('who changes any byte of any message brings nobody in, and gets a sentence that says so', async () => {
    const lengths = (await recorded()).map(({ bytes }) => bytes.length)
    const settings = { wrongProofsMax: 100, knocksPerMinuteMax: 60_000 }
    host = await sampleAuthority({ crypto, seed: 1, settings })
    guest = await sampleMachine({ crypto, seed: 2, clock: host.clock, settings: { joinMsMax: 1_000 } })
    token = (await host.member.invite({ role: 'node', addresses: [sampleAddress] })).token
    const outcomes = new Set<string>()
    for (const [index, length] of lengths.entries()) {
      for (let at = 0; at < length; at += length > 300 ? 3 : 1)
        outcomes.add(await joins({ relay: changing(index, at) }))
    }
    expect(guest.member.state).toBe('none')
    expect([...outcomes].toSorted()).toEqual([
      'clock-off',
      'connection-lost', // The host could not read it.
      'deadline-exceeded', // Where the changed byte is in a length, each side waits for the other.
      'malformed',
      'unknown-token',
      'wrong-authority',
      'wrong-inviter',
      'wrong-key',
      'wrong-name',
      'wrong-token',
    ])
    expect(await joins()).toBe('done')
  }, 60_000)
})

/** Changes one byte of one message; where that leaves both waiting for more bytes, the connection ends. */
function changing(index: number, at: number): (bytes: Uint8Array, to: 'host' | 'newcomer') => Uint8Array {
  let passed = 0
  return (bytes) => {
    if (passed++ === index) {
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
      if (at < 4) queueMicrotask(() => host.clock.advance(20_000))
    }
    return bytes
  }
}

describe('a recording of a joining', () => {
  test('is worth nothing on another connection, before or after a restart', async () => {
    const passed = await recorded()
    const again = passed.filter(({ to }) => to === 'host').map(({ bytes }) => bytes)
    expect((await asked(again, new Uint8Array(32).fill(8))).at(-1)).toMatchObject({ reason: 'wrong-token' })
    host = await host.restarted()
    expect((await asked(again, new Uint8Array(32).fill(8))).at(-1)).toMatchObject({ reason: 'wrong-token' })
    expect(host.member.invitations()).toMatchObject([{ state: 'used', usedBy: guest.member.id }])
  })

  test('of the host’s side does not make a newcomer a member of anything', async () => {
    const passed = await recorded()
    const said = passed.filter(({ to }) => to === 'newcomer').map(({ bytes }) => bytes)
    const late = await sampleMachine({ crypto, seed: 3, clock: host.clock })
    let next = 0
    const relay = (bytes: Uint8Array, to: string): Uint8Array => (to === 'host' ? bytes : (said[next++] ?? bytes))
    const open = doorTo(host, { relay, exporter: new Uint8Array(32).fill(8) })
    expect(await outcomeOf(() => late.member.join({ token, name: 'third', open }))).not.toBe('done')
    expect(late.member.state).toBe('none')
  })
})

describe('a token that was tampered with, checksum and all', () => {
  const flip = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes, (byte, at) => (at === 0 ? byte ^ 1 : byte))

  test.each([
    ['its secret', 'wrong-inviter'],
    ['its role', 'wrong-inviter'],
    ['its expiry', 'wrong-inviter'],
    ['its addresses', 'wrong-inviter'],
    ['its invitation', 'unknown-token'],
    ['its authority', 'wrong-authority'],
  ])('in %s is refused', async (part, expected) => {
    const read = readToken(crypto, token)
    const changed = {
      'its secret': { secret: flip(read.secret) },
      'its role': { role: 'operator' as const },
      'its expiry': { expiresAt: (read.expiresAt + 86_400_000) as WallMillis },
      'its addresses': { addresses: [{ host: '10.0.0.2', port: 1 }] },
      'its invitation': { invitation: flip(read.invitation) },
      'its authority': { authorityFingerprint: flip(read.authorityFingerprint) },
    }[part]
    expect(await joins({}, writeToken(crypto, { ...read, ...changed }))).toBe(expected)
    expect(guest.member.state).toBe('none')
  })
})

describe('hostile bytes at the door', () => {
  test.each([
    ['nothing', []],
    ['a proof first', [{ type: 'proof', proof: new Uint8Array(32), signature: new Uint8Array(64) }]],
    ['an endless frame', [Uint8Array.of(255, 255, 255, 255)]],
    ['an empty frame', [Uint8Array.of(0, 0, 0, 0)]],
    ['a frame of garbage', [framed(new Uint8Array(100).fill(0xc1))]],
    ['far too much', [new Uint8Array(100_000).fill(0x90)]],
  ] as const)('are answered by nothing: %s', async (_, messages) => {
    expect(await asked(messages)).toEqual([])
    expect(await joins()).toBe('done')
  })

  test('are answered by nothing: hello twice, a short key', async () => {
    expect((await asked([hello(), hello()])).map(({ type }) => type)).toEqual(['authority'])
    expect(await asked([hello({ publicKey: new Uint8Array(31) })])).toEqual([])
  })
})

function agreement(exporter: Uint8Array): Uint8Array {
  return agreementBytes(crypto, {
    exporter,
    invitation: readToken(crypto, token).invitation,
    authority: host.member.identity().authority,
    publicKey: crypto.ed25519.publicKey(guest.secretKey),
    name: 'second',
    wallMs: host.clock.wallNow(),
  })
}
