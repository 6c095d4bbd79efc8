import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodePassphraseCipher } from './node.ts'
import type { PassphraseCipher } from './ports.ts'
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

/** As quick as it is worthless: the real one takes half a second on purpose. */
const quickCipher: PassphraseCipher = {
  seal: ({ passphrase: by, bytes, associated }) => Promise.resolve(tagged(by, bytes, associated)),
  open({ passphrase: by, bytes, associated }) {
    const body = bytes.subarray(32)
    const fits = Buffer.compare(tagged(by, body, associated), bytes) === 0
    return Promise.resolve(fits ? body.slice() : undefined)
  },
}

function tagged(by: string, bytes: Uint8Array, associated: Uint8Array): Uint8Array {
  return Uint8Array.from([...crypto.sha256(Buffer.concat([Buffer.from(by), associated, bytes])), ...bytes])
}

async function two(cipher = quickCipher): Promise<{ readonly first: SampleMachine; readonly second: SampleMachine }> {
  const first = await sampleAuthority({ crypto, seed: 1, cipher })
  const second = await sampleMachine({ crypto, seed: 2, clock: first.clock, cipher })
  await admitted(first, second, 'second')
  return { first, second }
}

describe('an authority', () => {
  test('is copied to another member, which can invite and revoke then', async () => {
    const { first, second } = await two()
    const file = await first.member.exportAuthority(passphrase)
    await second.member.importAuthority(file, { passphrase })
    expect((await second.restarted()).member.state).toBe('authority')
    const third = await sampleMachine({ crypto, seed: 3, clock: first.clock })
    await admitted(second, third, 'third')
    expect(third.member.facts.cluster).toBe(first.member.facts.cluster)
    await second.member.revoke(third.member.id, '')
    expect(second.member.revocations()).toHaveLength(1)
  })

  test('takes the revocations with it, those that are not on the list any more too', async () => {
    const { first, second } = await two()
    await first.member.revoke(second.member.id, 'stolen')
    const file = await first.member.exportAuthority(passphrase)
    const fresh = await sampleMachine({ crypto, seed: 5, clock: first.clock, cipher: quickCipher })
    await fresh.member.importAuthority(file, { passphrase, name: 'fresh' })
    expect((await fresh.restarted()).member.revocations()).toEqual(first.member.revocations())
    const again = await second.restarted(memoryClusterStore())
    expect(await outcomeOf(() => admitted(fresh, again, 'again'))).toBe('revoked-key')
    const thief = await again.restarted(memoryClusterStore())
    expect(await outcomeOf(() => thief.member.importAuthority(file, { passphrase, name: 'thief' }))).toBe(
      'already-revoked',
    )
  })

  test('leaves its invitations behind, so that no token is used in two places', async () => {
    const { first, second } = await two()
    const { token } = await first.member.invite({ role: 'node', addresses: [sampleAddress] })
    await second.member.importAuthority(await first.member.exportAuthority(passphrase), { passphrase })
    const third = await sampleMachine({ crypto, seed: 3, clock: first.clock })
    const joins = (host: SampleMachine): Promise<string> =>
      outcomeOf(() => third.member.join({ token, name: 'third', open: doorTo(host) }))
    expect(await joins(second)).toBe('unknown-token')
    expect(await joins(first)).toBe('done')
  })

  test('that was moved is not here any more, after a restart too', async () => {
    const { first, second } = await two()
    await second.member.importAuthority(await first.member.exportAuthority(passphrase), { passphrase })
    await first.member.forgetAuthority()
    expect([first.member.state, (await first.restarted()).member.state]).toEqual(['member', 'member'])
    expect([...first.store.records().keys()].toSorted()).toEqual(['member'])
    await expect(first.member.exportAuthority(passphrase)).rejects.toThrow("does not hold the cluster's authority")
  })

  test('that is here already takes over what its copy has revoked, and keeps its invitations', async () => {
    const { first, second } = await two()
    await second.member.importAuthority(await first.member.exportAuthority(passphrase), { passphrase })
    const third = await sampleMachine({ crypto, seed: 3, clock: first.clock })
    await admitted(second, third, 'third')
    await second.member.revoke(third.member.id, 'stolen')
    const { token } = await first.member.invite({ role: 'node', addresses: [sampleAddress] })
    await first.member.importAuthority(await second.member.exportAuthority(passphrase), { passphrase })
    expect(first.member.admission(third.member.facts)).toContain('stolen')
    const fourth = await sampleMachine({ crypto, seed: 4, clock: first.clock })
    expect(await outcomeOf(() => fourth.member.join({ token, name: 'fourth', open: doorTo(first) }))).toBe('done')
  })

  test('of another cluster is not taken', async () => {
    const { first, second } = await two()
    const other = await sampleAuthority({ crypto, seed: 9, clock: first.clock, cipher: quickCipher })
    const file = await other.member.exportAuthority(passphrase)
    await expect(second.member.importAuthority(file, { passphrase })).rejects.toThrow('this machine is a member of')
  })
})

describe('an exported authority', () => {
  test('shows nothing of its keys', async () => {
    const { first } = await two(nodePassphraseCipher())
    const file = Buffer.from(await first.member.exportAuthority(passphrase))
    const record = first.store.records().get('authority') ?? new Uint8Array(0)
    for (let at = 0; at + 16 <= record.length; at += 8)
      expect(file.includes(Buffer.from(record.subarray(at, at + 16)))).toBe(false)
    expect(file.equals(Buffer.from(await first.member.exportAuthority(passphrase)))).toBe(false)
  })

  test('opens with its passphrase only, and says whether that or the file is wrong', async () => {
    const { first, second } = await two(nodePassphraseCipher())
    const file = await first.member.exportAuthority(passphrase)
    const imports = (bytes: Uint8Array, by: string): Promise<string> =>
      outcomeOf(() => second.member.importAuthority(bytes, { passphrase: by }))
    expect(await imports(file, 'correct horse battery stapler')).toBe('wrong-passphrase')
    expect(await imports(file.with(100, (file[100] ?? 0) ^ 1), passphrase)).toBe('damaged')
    expect(await imports(resealed(file.with(100, (file[100] ?? 0) ^ 1)), passphrase)).toBe('wrong-passphrase')
    expect(await imports(resealed(file.with(30, (file[30] ?? 0) ^ 1)), passphrase)).toBe('wrong-passphrase')
    expect(await imports(file, passphrase)).toBe('done')
  }, 30_000)

  test('of which any byte is another is damaged', async () => {
    const { first, second } = await two()
    const file = await first.member.exportAuthority(passphrase)
    for (let at = 0; at < file.length; at++) {
      const damaged = file.with(at, (file[at] ?? 0) ^ (1 << (at % 8)))
      expect(await outcomeOf(() => second.member.importAuthority(damaged, { passphrase }))).toBe('damaged')
    }
    expect(second.member.state).toBe('member')
  })

  test('of any bytes never causes anything but a FlotillaError', async () => {
    const { first, second } = await two()
    const file = await first.member.exportAuthority(passphrase)
    const cut = fc.tuple(fc.nat(file.length), fc.uint8Array({ maxLength: 60 })).map(([at, put]) => {
      return resealed(Uint8Array.from([...file.subarray(0, at), ...put, ...file.subarray(at + 40)]))
    })
    await fc.assert(
      fc.asyncProperty(fc.oneof(cut, fc.uint8Array()), async (bytes) => {
        const error: unknown = await second.member.importAuthority(bytes, { passphrase }).catch((why: unknown) => why)
        expect(error === undefined || error instanceof FlotillaError).toBe(true)
      }),
    )
  })

  test.each([0, 11, 1_025])('is not made with a passphrase of %i characters', async (length) => {
    const { first } = await two()
    const exporting = first.member.exportAuthority('𝒶'.repeat(length))
    await expect(exporting).rejects.toThrow(`the passphrase has ${length} characters`)
  })

  test('opens whichever way an accent was typed', async () => {
    const { first, second } = await two()
    const file = await first.member.exportAuthority('caf\u00e9 caf\u00e9 caf\u00e9')
    const typed = 'cafe\u0301 cafe\u0301 cafe\u0301'
    expect(await outcomeOf(() => second.member.importAuthority(file, { passphrase: typed }))).toBe('done')
  })
})

/** With a right checksum, as somebody would make it who tampers on purpose. */
function resealed(file: Uint8Array): Uint8Array {
  const body = file.subarray(0, -32)
  return Uint8Array.from([...body, ...crypto.sha256(body)])
}
