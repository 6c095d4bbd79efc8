/** Members that are connected: how lists spread among them, and how their certificates are renewed. */
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { memoryHub } from '@flotilla/core/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { clusterDefaults, renewalShares } from './config.ts'
import { admitted, sampleMachine, type SampleMachine } from './sample-machine.ts'
import { SampleMesh, somebody } from './sample-mesh.ts'
import { memoryClusterStore } from './testing/index.ts'

const crypto = nodeCrypto()
const dayMs = 86_400_000
const { heartbeatMs, certificateValidityMs } = clusterDefaults
let mesh: SampleMesh

beforeEach(() => {
  mesh = new SampleMesh(crypto)
})

const numbers = (...machines: readonly SampleMachine[]): number[] =>
  machines.map(({ member }) => member.revocations().length)

describe('a revocation', () => {
  test('reaches every member of a chain at once, without waiting for a heartbeat', async () => {
    const machines = await mesh.chain(5)
    const [first, second, third, , fifth] = machines
    await first.member.revoke(fifth.member.id, 'stolen')
    await mesh.settled()
    expect(numbers(...machines)).toEqual([1, 1, 1, 1, 1])
    expect(mesh.told).toEqual(['1 list', '2 list', '3 list', '4 list', '5 list'])
    expect(third.member.admission(fifth.member.facts)).toContain('was revoked on 2026-03-01T12:00:00.000Z: stolen')
    expect(third.member.admission(second.member.facts)).toBeUndefined()
  })

  test('reaches a member that was away as soon as it is back', async () => {
    const [first, second, third] = await mesh.chain(3)
    mesh.hub.disconnect(second.member.id, third.member.id)
    await first.member.revoke(second.member.id, '')
    await mesh.settled()
    expect(numbers(first, second, third)).toEqual([1, 1, 0])
    mesh.connect(first, third)
    await mesh.settled()
    expect(numbers(first, second, third)).toEqual([1, 1, 1])
  })

  test('is kept by every member that heard of it', async () => {
    const [first, second, third] = await mesh.chain(3)
    await first.member.revoke(third.member.id, '')
    await mesh.heartbeats()
    expect((await second.restarted()).member.revocations()).toEqual(first.member.revocations())
  })

  test('comes to a newcomer with its certificate', async () => {
    const [first, second] = await mesh.chain(2)
    await first.member.revoke(second.member.id, '')
    const third = await sampleMachine({ crypto, clock: mesh.clock, seed: 3 })
    await admitted(first, third, 'third')
    expect(third.member.revocations()).toHaveLength(1)
    expect((await third.restarted()).member.revocations()).toHaveLength(1)
  })

  test('is written down later if the disk was full', async () => {
    let isFull = false
    const store = memoryClusterStore({
      interfere: () => {
        if (isFull) throw new Error('disk full')
      },
    })
    const [first] = await mesh.chain(1)
    const second = await sampleMachine({ crypto, clock: mesh.clock, seed: 2, store })
    await admitted(first, second, 'second')
    mesh.attach(second)
    mesh.connect(first, second)
    isFull = true
    await first.member.revoke(somebody, '')
    await mesh.heartbeats()
    expect(second.member.revocations()).toHaveLength(1)
    expect(second.logger.entries.some(({ message }) => message.includes('could not be written down'))).toBe(true)
    expect(store.records().has('revocations')).toBe(false)
    isFull = false
    await mesh.heartbeats()
    expect((await second.restarted()).member.revocations()).toHaveLength(1)
  })

  test('by an authority that dies in its midst is finished when it is back', async () => {
    const [first, second] = await mesh.chain(2)
    let dies = false
    const store = memoryClusterStore({
      records: first.store.records(),
      interfere: (name, when) => {
        if (dies && name === 'authority' && when === 'after') throw new Error('killed')
      },
    })
    const doomed = await first.restarted(store)
    dies = true
    await expect(doomed.member.revoke(second.member.id, 'stolen')).rejects.toThrow('killed')
    const { member } = await first.restarted(memoryClusterStore({ records: store.records() }))
    expect(member.revocations()).toHaveLength(0)
    expect(member.admission(second.member.facts)).toContain('was revoked')
    member.attach(memoryHub({ clock: mesh.clock }).join(member.id).network)
    await mesh.heartbeats()
    expect(member.revocations()).toMatchObject([{ id: second.member.id, reason: 'stolen' }])
  })

  test('cannot be of the authority itself, nor made by others', async () => {
    const [first, second] = await mesh.chain(2)
    await expect(first.member.revoke(first.member.id, '')).rejects.toThrow('this machine cannot revoke itself')
    await expect(second.member.revoke(first.member.id, '')).rejects.toThrow("does not hold the cluster's authority")
  })

  test('makes the certificate of a member worth nothing wherever the list has come', async () => {
    const [first, second, third] = await mesh.chain(3)
    const credentials = second.member.credentials()
    const proof = third.member.credentials().proof()
    expect(credentials.check(proof).id).toBe(third.member.id)
    await first.member.revoke(third.member.id, 'stolen')
    await mesh.settled()
    expect(() => credentials.check(proof)).toThrow(expect.objectContaining({ code: 'revoked' }))
  })
})

describe('a certificate', () => {
  const dueMs = Math.ceil(certificateValidityMs * renewalShares.renewAtLived)

  test('is renewed by itself after two thirds of its life, for the same key, name and role', async () => {
    const [, { member, restarted }] = await mesh.chain(2)
    const before = member.facts
    mesh.jump(dueMs - 2 * heartbeatMs)
    await mesh.heartbeats()
    expect(member.facts).toEqual(before)
    await mesh.heartbeats(3)
    expect(member.facts).toMatchObject({ id: before.id, name: 'n1', role: 'node' })
    expect(member.facts.notAfter - before.notAfter).toBeGreaterThan(dueMs - 10_000)
    expect(member.facts.serial).not.toBe(before.serial)
    expect(mesh.told.toSorted()).toEqual(['1 id', '2 id'])
    expect((await restarted()).member.facts).toEqual(member.facts)
  })

  test('is renewed at once on demand', async () => {
    for (const { member } of await mesh.chain(2)) {
      const { serial } = member.facts
      await member.rotate()
      expect(member.facts.serial).not.toBe(serial)
    }
  })

  test('is asked for again and again while nobody can renew it, and somebody is warned', async () => {
    const [first, second] = await mesh.chain(2)
    const count = (part: string): number => second.logger.entries.filter(({ message }) => message.includes(part)).length
    mesh.hub.disconnect(first.member.id)
    mesh.jump(dueMs)
    await mesh.heartbeats(2)
    expect([count('could not be renewed'), count('expires soon')]).toEqual([1, 0])
    mesh.jump(5 * dayMs)
    for (let minute = 0; minute < 180; minute++) {
      mesh.clock.advance(60_000)
      await mesh.settled()
    }
    expect(count('could not be renewed')).toBeGreaterThan(18)
    expect(count('could not be renewed')).toBeLessThan(50)
    expect(count('expires soon')).toBe(1)
    mesh.connect(first, second)
    await mesh.heartbeats(620)
    expect(second.member.facts.notAfter - mesh.clock.wallNow()).toBeGreaterThan(29 * dayMs)
  })

  test('of a revoked member is not renewed', async () => {
    const [first, second] = await mesh.chain(2)
    await first.member.revoke(second.member.id, '')
    await mesh.settled()
    await expect(second.member.rotate()).rejects.toThrow('this machine was revoked, so its certificate is not renewed')
  })

  test('cannot be renewed by somebody without the authority', async () => {
    const [first, , third] = await mesh.chain(3)
    mesh.hub.disconnect(first.member.id)
    await mesh.settled()
    await expect(third.member.rotate()).rejects.toThrow('no machine that holds the authority is connected')
  })
})
