import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { Role } from '@flotilla/certificates'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openedSecret, sealedSecret } from './cluster-secret.ts'
import { hostCodec, type Welcome } from './join-messages.ts'
import { nodePassphraseCipher } from './node.ts'
import { authorityCodec, memberCodec } from './records.ts'
import {
  admitted,
  doorTo,
  outcomeOf,
  sampleAddress,
  sampleAuthority,
  sampleMachine,
  type SampleMachine,
} from './sample-machine.ts'
import { memoryClusterStore } from './testing/index.ts'

const crypto = nodeCrypto()
const passphrase = 'correct horse battery staple'

async function two(): Promise<{ readonly first: SampleMachine; readonly second: SampleMachine }> {
  const cipher = nodePassphraseCipher()
  const first = await sampleAuthority({ crypto, seed: 1, cipher })
  const second = await sampleMachine({ crypto, seed: 2, clock: first.clock, cipher })
  return { first, second }
}

async function joined(first: SampleMachine, second: SampleMachine, role: Role): Promise<string> {
  const { token } = await first.member.invite({ role, addresses: [sampleAddress] })
  return outcomeOf(() => second.member.join({ token, name: 'second', open: doorTo(first) }))
}

/** The records as a release has left them that knew of no secret. */
function withoutSecrets({ store }: SampleMachine): ReturnType<typeof memoryClusterStore> {
  const records = new Map(store.records())
  const [authority, member] = [records.get('authority'), records.get('member')]
  if (authority !== undefined) {
    const { secret: _, ...record } = authorityCodec.decode(authority)
    records.set('authority', authorityCodec.encode(record))
  }
  if (member !== undefined) {
    const { secret: _, ...record } = memberCodec.decode(member)
    records.set('member', memberCodec.encode(record))
  }
  return memoryClusterStore({ records })
}

describe('the secret of a cluster', () => {
  test('is drawn when it is made, or the one that its founder has, and outlives a restart', async () => {
    const { first, second } = await two()
    expect(first.member.secret).toHaveLength(32)
    expect((await first.restarted()).member.secret).toEqual(first.member.secret)
    const other = await sampleAuthority({ crypto, seed: 9 })
    expect(other.member.secret).not.toEqual(first.member.secret)
    const secret = new Uint8Array(32).fill(5)
    await second.member.init({ name: 'second', secret })
    expect(second.member.secret).toEqual(secret)
    const wrong = await sampleMachine({ crypto, seed: 3 })
    expect(await outcomeOf(() => wrong.member.init({ name: 'third', secret: secret.subarray(1) }))).toBe('wrong-field')
    expect(wrong.member.state).toBe('none')
  })

  test('that was drawn before a crash in the midst of making it is the one that counts', async () => {
    const store = memoryClusterStore({
      interfere: (name) => {
        if (name === 'member') throw new Error('killed')
      },
    })
    const machine = await sampleMachine({ crypto, seed: 1, store })
    const secret = new Uint8Array(32).fill(5)
    await expect(machine.member.init({ name: 'first', secret })).rejects.toThrow('killed')
    const again = await machine.restarted()
    await again.member.init({ name: 'first' })
    expect(again.member.secret).toEqual(secret)
  })

  test.each(['node', 'operator'] as const)('is handed over to a newcomer of role %s', async (role) => {
    const { first, second } = await two()
    expect(await joined(first, second, role)).toBe('done')
    expect(second.member.secret).toEqual(first.member.secret)
    expect((await second.restarted()).member.secret).toEqual(first.member.secret)
  })

  test.each(['agent', 'replica'] as const)('is not told to a newcomer of role %s', async (role) => {
    const { first, second } = await two()
    expect(await joined(first, second, role)).toBe('done')
    expect(second.member.facts.role).toBe(role)
    expect(second.member.secret).toBeUndefined()
    const secret = Buffer.from(first.member.secret ?? '').toString('hex')
    const kept = [...second.store.records().values()].map((bytes) => Buffer.from(bytes).toString('hex')).join(' ')
    expect(kept).not.toContain(secret)
  })

  test('is not had in no cluster, and is the asker’s own copy', async () => {
    const { first, second } = await two()
    expect(() => second.member.secret).toThrow('this machine is in no cluster')
    const before = first.member.secret
    first.member.secret?.fill(0)
    expect(first.member.secret).toEqual(before)
  })

  test('goes with the authority, and stays where that was', async () => {
    const { first, second } = await two()
    await admitted(first, second, 'second')
    const file = await first.member.exportAuthority(passphrase)
    const fresh = await sampleMachine({ crypto, seed: 3, clock: first.clock, cipher: nodePassphraseCipher() })
    await fresh.member.importAuthority(file, { passphrase, name: 'fresh' })
    expect((await fresh.restarted()).member.secret).toEqual(first.member.secret)
    await first.member.forgetAuthority()
    expect((await first.restarted()).member.secret).toEqual(fresh.member.secret)
    await second.member.importAuthority(file, { passphrase })
    expect(second.member.secret).toEqual(first.member.secret)
  }, 30_000)

  test('makes a member that holds an authority with another one refuse to start', async () => {
    const { first } = await two()
    const records = new Map(first.store.records())
    const record = memberCodec.decode(records.get('member') ?? new Uint8Array(0))
    records.set('member', memberCodec.encode({ ...record, secret: new Uint8Array(32) }))
    expect(await outcomeOf(() => first.restarted(memoryClusterStore({ records })))).toBe('damaged')
  })

  test('is in nothing that is logged', async () => {
    const { first, second } = await two()
    await joined(first, second, 'node')
    const logged = JSON.stringify([first.logger.entries, second.logger.entries, first.member.facts])
    expect(logged).not.toContain(Buffer.from(first.member.secret ?? '').toString('hex'))
    expect(logged).not.toContain(
      Buffer.from(first.member.secret ?? '')
        .toString('base64')
        .slice(0, 20),
    )
  })
})

describe('a cluster that was made before there were secrets', () => {
  test('has one all the same, the same for every copy of its authority and who joins from then on', async () => {
    const { first, second } = await two()
    const old = await first.restarted(withoutSecrets(first))
    expect(old.member.secret).toHaveLength(32)
    expect(old.member.secret).not.toEqual(first.member.secret)
    const copy = await first.restarted(withoutSecrets(first))
    expect(copy.member.secret).toEqual(old.member.secret)
    await admitted(old, second, 'second')
    expect(second.member.secret).toEqual(old.member.secret)
    await old.member.forgetAuthority()
    expect((await old.restarted()).member.secret).toEqual(second.member.secret)
  })

  test('has members that do not know it, until they hold the authority', async () => {
    const { first, second } = await two()
    await admitted(first, second, 'second')
    const oldFirst = await first.restarted(withoutSecrets(first))
    const oldSecond = await second.restarted(withoutSecrets(second))
    expect(oldSecond.member.secret).toBeUndefined()
    const file = await oldFirst.member.exportAuthority(passphrase)
    await oldSecond.member.importAuthority(file, { passphrase })
    expect(oldSecond.member.secret).toEqual(oldFirst.member.secret)
  }, 30_000)
})

describe('a host that hands over', () => {
  const welcoming = (change: (said: Welcome) => Welcome): Parameters<typeof doorTo>[1] => ({
    relay(bytes, to) {
      const said = to === 'newcomer' ? hostCodec.decode(bytes.subarray(4)) : undefined
      return said?.type === 'welcome' ? framed(hostCodec.encode(change(said))) : bytes
    },
  })

  test.each([
    ['no secret to a node', 'node', ({ type, certificate }: Welcome): Welcome => ({ type, certificate })],
    ['another secret', 'node', (said: Welcome): Welcome => ({ ...said, secret: new Uint8Array(64) })],
    ['half a secret', 'node', (said: Welcome): Welcome => ({ ...said, secret: new Uint8Array(32) })],
    ['one to a replica', 'replica', (said: Welcome): Welcome => ({ ...said, secret: new Uint8Array(64) })],
  ] as const)('%s is not believed', async (_, role, change) => {
    const { first, second } = await two()
    const { token } = await first.member.invite({ role, addresses: [sampleAddress] })
    const open = doorTo(first, welcoming(change))
    expect(await outcomeOf(() => second.member.join({ token, name: 'second', open }))).toBe('malformed')
    expect(second.member.state).toBe('none')
  })
})

test('a sealed secret opens by its own key on its own connection only, and unchanged', () => {
  const some = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(some, some, some, some, fc.nat(511), (secret, key, agreed, other, bit) => {
      const sealed = sealedSecret(crypto, { key, agreed }, secret)
      expect(openedSecret(crypto, { key, agreed }, sealed)).toEqual(secret)
      const changed = sealed.with(bit >> 3, (sealed[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
      expect(openedSecret(crypto, { key, agreed }, changed)).toBeUndefined()
      expect(openedSecret(crypto, { key, agreed }, sealed.subarray(1))).toBeUndefined()
      if (Buffer.compare(other, key) === 0 || Buffer.compare(other, agreed) === 0) return
      expect(openedSecret(crypto, { key: other, agreed }, sealed)).toBeUndefined()
      expect(openedSecret(crypto, { key, agreed: other }, sealed)).toBeUndefined()
    }),
  )
})

function framed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([0, 0, bytes.length >> 8, bytes.length & 0xff, ...bytes])
}
