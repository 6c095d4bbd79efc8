import { readCertificate } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { describe, expect, test } from 'vitest'
import { clusterDefaults, clusterLimits } from './index.ts'
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
const minuteMs = 60_000

async function two(): Promise<{ readonly host: SampleMachine; readonly guest: SampleMachine }> {
  const host = await sampleAuthority({ crypto, seed: 1 })
  return { host, guest: await sampleMachine({ crypto, seed: 2, clock: host.clock }) }
}

const invited = async (host: SampleMachine, ttlMs?: number): Promise<string> =>
  (await host.member.invite({ role: 'node', addresses: [sampleAddress], ...(ttlMs && { ttlMs }) })).token
const joins = (guest: SampleMachine, host: SampleMachine, token: string, name = 'second'): Promise<string> =>
  outcomeOf(() => guest.member.join({ token, name, open: doorTo(host) }))

describe('a machine', () => {
  test('that makes a cluster is its first member and holds its authority', async () => {
    const { host } = await two()
    expect(host.member.state).toBe('authority')
    expect(host.member.facts).toMatchObject({ id: host.member.id, name: 'first', role: 'node' })
    expect((await host.restarted()).member.facts).toEqual(host.member.facts)
  })

  test('that joins has a certificate of that authority, after a restart too', async () => {
    const { host, guest } = await two()
    expect(await joins(guest, host, await invited(host))).toBe('done')
    const { member } = await guest.restarted()
    expect(member.state).toBe('member')
    expect(member.facts).toMatchObject({ id: guest.member.id, name: 'second', role: 'node' })
    expect(member.facts.cluster).toBe(host.member.facts.cluster)
    expect(member.facts.notAfter - host.clock.wallNow()).toBe(clusterDefaults.certificateValidityMs)
    expect(member.identity().authority).toEqual(host.member.identity().authority)
  })

  test.each(['node', 'agent', 'operator', 'replica'] as const)(
    'gets the role %s that the invitation says',
    async (role) => {
      const { host, guest } = await two()
      const { token } = await host.member.invite({ role, addresses: [sampleAddress] })
      expect(await joins(guest, host, token)).toBe('done')
      expect(guest.member.facts.role).toBe(role)
    },
  )

  test('is in one cluster only', async () => {
    const { host, guest } = await two()
    await admitted(host, guest, 'second')
    expect(await joins(guest, host, await invited(host))).toBe('already-member')
    expect(await outcomeOf(() => guest.member.init({ name: 'second' }))).toBe('already-member')
  })

  test('that is in none has no identity, and one that is no authority invites nobody', async () => {
    const { host, guest } = await two()
    expect(() => guest.member.identity()).toThrow('this machine is in no cluster')
    await admitted(host, guest, 'second')
    await expect(guest.member.invite({ role: 'node', addresses: [sampleAddress] })).rejects.toThrow(
      "this machine does not hold the cluster's authority",
    )
  })

  test('that dies in the midst of making a cluster finishes it later', async () => {
    const store = memoryClusterStore({
      interfere: (name) => {
        if (name === 'member') throw new Error('killed')
      },
    })
    const machine = await sampleMachine({ crypto, seed: 1, store })
    await expect(machine.member.init({ name: 'first' })).rejects.toThrow('killed')
    const again = await machine.restarted()
    expect(again.member.state).toBe('none')
    await again.member.init({ name: 'first' })
    expect(again.member.state).toBe('authority')
    expect((await again.restarted()).member.facts.cluster).toBe(again.member.facts.cluster)
  })
})

describe('a token', () => {
  test('is used once', async () => {
    const { host, guest } = await two()
    const token = await invited(host)
    expect(await joins(guest, host, token)).toBe('done')
    const third = await sampleMachine({ crypto, seed: 3, clock: host.clock })
    expect(await joins(third, host, token)).toBe('token-used')
    expect(await joins(third, await host.restarted(), token)).toBe('token-used')
  })

  test('expires after 15 minutes, or when it was told to', async () => {
    const { host, guest } = await two()
    const [usual, short] = [await invited(host), await invited(host, minuteMs)]
    host.clock.advance(minuteMs)
    expect(await joins(guest, host, short)).toBe('token-expired')
    host.clock.advance(13.9 * minuteMs)
    expect(await joins(guest, host, usual)).toBe('done')
    host.clock.advance(minuteMs)
    const third = await sampleMachine({ crypto, seed: 3, clock: host.clock })
    expect(await joins(third, host, short)).toBe('token-expired')
    expect(await joins(third, await host.restarted(), short)).toBe('token-expired')
  })

  test('of another authority is unknown there', async () => {
    const { host, guest } = await two()
    const other = await sampleAuthority({ crypto, seed: 9, clock: host.clock })
    expect(await joins(guest, host, await invited(other))).toBe('unknown-token')
  })

  test('that was withdrawn is refused, after a restart too', async () => {
    const { host, guest } = await two()
    const { token, id } = await host.member.invite({ role: 'node', addresses: [sampleAddress] })
    const hex = Buffer.from(id).toString('hex')
    expect(await host.member.withdraw(hex)).toBe(true)
    expect(await host.member.withdraw(hex)).toBe(false)
    expect(await joins(guest, host, token)).toBe('token-withdrawn')
    expect(await joins(guest, await host.restarted(), token)).toBe('token-withdrawn')
    expect(host.member.invitations()).toMatchObject([{ id: hex, state: 'withdrawn', usedBy: undefined }])
  })

  test('lasts a week at most', async () => {
    const { host } = await two()
    expect(await outcomeOf(() => invited(host, clusterLimits.invitationTtlMsMax))).toBe('done')
    expect(await outcomeOf(() => invited(host, clusterLimits.invitationTtlMsMax + 1))).toBe('wrong-field')
    expect(await outcomeOf(() => invited(host, 999))).toBe('wrong-field')
  })

  test('gives the same certificate again to the same machine, whose answer was lost', async () => {
    const { host, guest } = await two()
    const token = await invited(host)
    const lost = doorTo(host, {
      relay(bytes, to) {
        if (to === 'newcomer' && bytes.length > 600) throw new Error('cut')
        return bytes
      },
    })
    expect(await outcomeOf(() => guest.member.join({ token, name: 'second', open: lost }))).not.toBe('done')
    expect(guest.member.state).toBe('none')
    const [used] = host.member.invitations()
    expect(used).toMatchObject({ state: 'used', usedBy: guest.member.id })
    const again = await guest.restarted()
    expect(await joins(again, await host.restarted(), token)).toBe('done')
    expect(again.member.facts.id).toBe(guest.member.id)
    const third = await guest.restarted(memoryClusterStore())
    expect(await joins(third, host, token)).toBe('done')
    expect(third.member.identity()).toEqual(again.member.identity())
    host.clock.advance(16 * minuteMs)
    expect(await joins(await guest.restarted(memoryClusterStore()), host, token)).toBe('token-expired')
  })

  test('and only so many are remembered, of which finished ones make room', async () => {
    const host = await sampleAuthority({ crypto, seed: 1, settings: { invitationsMax: 2 } })
    await invited(host, minuteMs)
    await invited(host)
    expect(await outcomeOf(() => invited(host))).toBe('overloaded')
    host.clock.advance(minuteMs)
    expect(await outcomeOf(() => invited(host))).toBe('done')
    expect(host.member.invitations()).toHaveLength(2)
  })
})

describe('a newcomer is refused', () => {
  test('when its clock is off, by a sentence that says by how much', async () => {
    const { host, guest } = await two()
    const token = await invited(host)
    const off = async (ms: number): Promise<unknown> => {
      const late = await sampleMachine({ crypto, seed: 2 })
      late.clock.setWall(host.clock.wallNow() + ms)
      return late.member.join({ token, name: 'second', open: doorTo(host) })
    }
    await expect(off(-121_000)).rejects.toThrow("this machine's clock is 121 s behind the inviter's")
    await expect(off(3_600_000)).rejects.toThrow("this machine's clock is 3600 s ahead of the inviter's")
    expect(await outcomeOf(() => off(-120_000))).toBe('done')
    expect(guest.member.state).toBe('none')
  })

  test('when its name is none', async () => {
    const { host, guest } = await two()
    expect(await joins(guest, host, await invited(host), 'no name')).toBe('wrong-field')
  })

  test('when its key was revoked, whatever token it has, and for ever', async () => {
    const { host, guest } = await two()
    await admitted(host, guest, 'second')
    await host.member.revoke(guest.member.id, 'stolen')
    const again = await guest.restarted(memoryClusterStore())
    expect(await joins(again, host, await invited(host))).toBe('revoked-key')
    host.clock.advance(3 * 365 * 86_400_000)
    const later = await host.restarted()
    expect(await joins(again, later, await invited(later))).toBe('revoked-key')
  })

  test('when it knocks at a machine that does not hold the authority', async () => {
    const { host, guest } = await two()
    await admitted(host, guest, 'second')
    const third = await sampleMachine({ crypto, seed: 3, clock: host.clock })
    expect(await joins(third, guest, await invited(host))).toBe('not-the-authority')
  })

  test('when too many knock, until a moment later', async () => {
    const host = await sampleAuthority({ crypto, seed: 1, settings: { knocksPerMinuteMax: 2 } })
    const token = await invited(host)
    const guest = await sampleMachine({ crypto, seed: 2, clock: host.clock })
    const other = await invited(await sampleAuthority({ crypto, seed: 9, clock: host.clock }))
    expect([await joins(guest, host, other), await joins(guest, host, other)]).toEqual([
      'unknown-token',
      'unknown-token',
    ])
    await expect(guest.member.join({ token, name: 'second', open: doorTo(host) })).rejects.toMatchObject({
      code: 'overloaded',
      hint: 'try again in 30 s',
    })
    host.clock.advance(30_000)
    expect(await joins(guest, host, token)).toBe('done')
  })

  test('when the inviter cannot write down that the token is used, and may come again', async () => {
    let isFull = false
    const store = memoryClusterStore({
      interfere: () => {
        if (isFull) throw new Error('disk full')
      },
    })
    const host = await sampleAuthority({ crypto, seed: 1, store })
    const guest = await sampleMachine({ crypto, seed: 2, clock: host.clock })
    const token = await invited(host)
    isFull = true
    expect(await joins(guest, host, token)).toBe('host-failed')
    isFull = false
    expect(await joins(guest, host, token)).toBe('done')
  })

  test('when the inviter takes too long', async () => {
    const { host, guest } = await two()
    const token = await invited(host)
    const silent = doorTo(host, { relay: () => new Promise<Uint8Array>(() => {}) })
    const joining = outcomeOf(() => guest.member.join({ token, name: 'second', open: silent }))
    for (let turn = 0; turn < 100; turn++) await Promise.resolve()
    host.clock.advance(clusterDefaults.joinMsMax)
    expect(await joining).toBe('deadline-exceeded')
    expect(guest.member.state).toBe('none')
  })

  test('when nobody is at any of the addresses, which the sentence names', async () => {
    const { host, guest } = await two()
    const addresses = [sampleAddress, { host: 'fe80::1%eth0', port: 1 }]
    const { token } = await host.member.invite({ role: 'node', addresses })
    const open = (): Promise<never> => Promise.reject(new Error('refused'))
    await expect(guest.member.join({ token, name: 'second', open })).rejects.toThrow(
      'the inviter does not let us in at 10.0.0.1:4711, fe80::1%eth0:1 (refused)',
    )
  })

  test('and finds the inviter at its second address if somebody else is at the first', async () => {
    const { host, guest } = await two()
    const stranger = await sampleAuthority({ crypto, seed: 9, clock: host.clock })
    const { token } = await host.member.invite({ role: 'node', addresses: [sampleAddress, { host: 'b', port: 2 }] })
    const impostor = doorTo(stranger)
    const garbage = doorTo(host, { relay: (bytes) => bytes.fill(255) })
    const real = doorTo(host)
    for (const first of [impostor, garbage]) {
      const one = await guest.restarted(memoryClusterStore())
      const open = ({ host: at }: { readonly host: string }): ReturnType<typeof real> => (at === 'b' ? real() : first())
      expect(await outcomeOf(() => one.member.join({ token, name: 'second', open }))).toBe('done')
    }
  })
})

test('giving up joining leaves the machine as it was', async () => {
  const { host, guest } = await two()
  const token = await invited(host)
  const given = new AbortController()
  const silent = doorTo(host, { relay: () => new Promise<Uint8Array>(() => {}) })
  const joining = guest.member.join({ token, name: 'second', open: silent, signal: given.signal })
  given.abort(new Error('enough'))
  await expect(joining).rejects.toThrow('enough')
  expect(await joins(guest, host, token)).toBe('done')
  expect(readCertificate(crypto, guest.member.identity().certificate).name).toBe('second')
})
