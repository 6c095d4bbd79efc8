/** Members that are connected: how lists spread among them, how certificates are renewed, and what a malicious one can do. */
import { readCertificate } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import { ManualClock, memoryHub, type MemoryHub } from '@flotilla/core/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { channelName } from './channel-driver.ts'
import { answerCodec, beatCodec, requestCodec } from './channel-messages.ts'
import { clusterDefaults, renewalShares } from './config.ts'
import {
  admitted,
  outcomeOf,
  sampleAuthority,
  sampleMachine,
  sampleNowMs,
  type SampleMachine,
} from './sample-machine.ts'
import { memoryClusterStore } from './testing/index.ts'

const crypto = nodeCrypto()
const dayMs = 86_400_000
/** Of a key that nobody here has. */
const somebody = 'fl18xyguzqvncxwzem0knt7zrp687zajudf7gx9mr' as NodeId
const { heartbeatMs, certificateValidityMs } = clusterDefaults
let clock: ManualClock
let hub: MemoryHub
let told: string[]

beforeEach(() => {
  clock = new ManualClock({ wallMs: sampleNowMs })
  told = []
  hub = memoryHub({ clock, connectOnJoin: false, onHandlerError: ({ error }) => told.push(String(error)) })
})

async function settled(): Promise<void> {
  for (let turn = 0; turn < 400; turn++) await Promise.resolve()
}

/** Only the calendar, so that not every heartbeat of all those days has to be lived. */
function jump(durationMs: number): void {
  clock.setWall(clock.wallNow() + durationMs)
}

async function minutes(count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    clock.advance(60_000)
    await settled()
  }
}

async function heartbeat(count = 1): Promise<void> {
  for (let beat = 0; beat < count; beat++) {
    clock.advance(heartbeatMs)
    await settled()
  }
}

/** An authority and members that have joined, each connected to the one before it. */
async function chain(length: number): Promise<readonly SampleMachine[]> {
  const machines: SampleMachine[] = []
  for (let index = 0; index < length; index++) {
    const seed = index + 1
    const changed = {
      revocationsChanged: () => told.push(`${seed} list`),
      identityChanged: () => told.push(`${seed} id`),
    }
    const options = { crypto, clock, seed, ...changed }
    const machine = await (index === 0 ? sampleAuthority(options) : sampleMachine(options))
    if (machines[0] !== undefined) await admitted(machines[0], machine, `n${index}`)
    machines.push(machine)
    attach(machine)
    const before = machines[index - 1]
    if (before !== undefined) hub.connect(before.member.id, machine.member.id)
  }
  await settled()
  return machines
}

function attach({ member }: SampleMachine): AsyncDisposable {
  return member.attach(hub.join(member.id).network)
}

const numbers = (machines: readonly SampleMachine[]): number[] =>
  machines.map(({ member }) => member.revocations().length)

describe('a revocation', () => {
  test('reaches every member of a chain at once, without waiting for a heartbeat', async () => {
    const machines = await chain(5)
    await machines[0]?.member.revoke(idOf(machines[4]), 'stolen')
    await settled()
    expect(numbers(machines)).toEqual([1, 1, 1, 1, 1])
    expect(told).toEqual(['1 list', '2 list', '3 list', '4 list', '5 list'])
    const facts = machines[4]?.member.facts
    expect(facts && machines[2]?.member.admission(facts)).toContain('was revoked on 2026-03-01T12:00:00.000Z: stolen')
    expect(facts && machines[2]?.member.admission({ ...facts, id: idOf(machines[1]) })).toBeUndefined()
  })

  test('reaches a member that was away within a heartbeat of its return', async () => {
    const machines = await chain(3)
    hub.disconnect(idOf(machines[1]), idOf(machines[2]))
    await machines[0]?.member.revoke(idOf(machines[1]), '')
    await settled()
    expect(numbers(machines)).toEqual([1, 1, 0])
    hub.connect(idOf(machines[0]), idOf(machines[2]))
    await settled()
    expect(numbers(machines)).toEqual([1, 1, 1])
  })

  test('is kept by every member that heard of it', async () => {
    const machines = await chain(3)
    await machines[0]?.member.revoke(idOf(machines[2]), '')
    await heartbeat()
    const again = await machines[1]?.restarted()
    expect(again?.member.revocations()).toEqual(machines[0]?.member.revocations())
  })

  test('comes to a newcomer with its certificate', async () => {
    const [first, second] = await chain(2)
    await first?.member.revoke(idOf(second), '')
    const third = await sampleMachine({ crypto, clock, seed: 3 })
    if (first !== undefined) await admitted(first, third, 'third')
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
    const [first] = await chain(1)
    const second = await sampleMachine({ crypto, clock, seed: 2, store })
    if (first !== undefined) await admitted(first, second, 'second')
    attach(second)
    hub.connect(idOf(first), idOf(second))
    isFull = true
    await first?.member.revoke(somebody, '')
    await heartbeat()
    expect(second.member.revocations()).toHaveLength(1)
    expect(second.logger.entries.some(({ message }) => message.includes('could not be written down'))).toBe(true)
    expect(store.records().has('revocations')).toBe(false)
    isFull = false
    await heartbeat()
    expect((await second.restarted()).member.revocations()).toHaveLength(1)
  })

  test('of an authority that dies in its midst is finished when it is back', async () => {
    const [first, second] = await chain(2)
    let dies = false
    const store = memoryClusterStore({
      records: first?.store.records() ?? new Map(),
      interfere: (name, when) => {
        if (dies && name === 'authority' && when === 'after') throw new Error('killed')
      },
    })
    const doomed = await first?.restarted(store)
    dies = true
    await expect(doomed?.member.revoke(idOf(second), 'stolen')).rejects.toThrow('killed')
    const back = await first?.restarted(memoryClusterStore({ records: store.records() }))
    expect(back?.member.revocations()).toHaveLength(0)
    expect(back && second && back.member.admission(second.member.facts)).toContain('was revoked')
    back?.member.attach(memoryHub({ clock }).join(back.member.id).network)
    await heartbeat()
    expect(back?.member.revocations()).toMatchObject([{ id: idOf(second), reason: 'stolen' }])
  })

  test('cannot be of the authority itself, nor made by others', async () => {
    const [first, second] = await chain(2)
    await expect(first?.member.revoke(first.member.id, '')).rejects.toThrow('this machine cannot revoke itself')
    await expect(second?.member.revoke(idOf(first), '')).rejects.toThrow("does not hold the cluster's authority")
  })
})

describe('a certificate', () => {
  const lifeMs = certificateValidityMs + 300_000 // It begins five minutes early.
  const dueMs = Math.ceil(lifeMs * renewalShares.renewAtLived) - 300_000

  test('is renewed by itself after two thirds of its life, for the same key, name and role', async () => {
    const [, second] = await chain(2)
    const before = second?.member.facts
    jump(dueMs - 2 * heartbeatMs)
    await heartbeat()
    expect(second?.member.facts).toEqual(before)
    await heartbeat(3)
    const after = second?.member.facts
    expect(after).toMatchObject({ id: before?.id, name: 'n1', role: 'node' })
    expect((after?.notAfter ?? 0) - (before?.notAfter ?? 0)).toBeGreaterThan(dueMs - 10_000)
    expect(after?.serial).not.toBe(before?.serial)
    expect(told.toSorted()).toEqual(['1 id', '2 id'])
    expect((await second?.restarted())?.member.facts).toEqual(after)
  })

  test('is renewed at once on demand', async () => {
    const machines = await chain(2)
    for (const { member } of machines) {
      const { serial } = member.facts
      await member.rotate()
      expect(member.facts.serial).not.toBe(serial)
    }
  })

  test('is asked for again and again while nobody can renew it, and somebody is warned', async () => {
    const [first, second] = await chain(2)
    hub.disconnect(idOf(first))
    jump(dueMs)
    const count = (part: string): number =>
      second?.logger.entries.filter(({ message }) => message.includes(part)).length ?? 0
    await heartbeat(2)
    expect([count('could not be renewed'), count('expires soon')]).toEqual([1, 0])
    jump(5 * dayMs)
    await minutes(180)
    expect(count('could not be renewed')).toBeGreaterThan(18)
    expect(count('could not be renewed')).toBeLessThan(50)
    expect(count('expires soon')).toBe(1)
    hub.connect(idOf(first), idOf(second))
    await heartbeat(620)
    expect(second && second.member.facts.notAfter - clock.wallNow()).toBeGreaterThan(29 * dayMs)
  })

  test('of a revoked member is not renewed', async () => {
    const [first, second] = await chain(2)
    await first?.member.revoke(idOf(second), '')
    await settled()
    await expect(second?.member.rotate()).rejects.toThrow('this machine was revoked, so its certificate is not renewed')
  })

  test('cannot be renewed by somebody without the authority', async () => {
    const [first, second, third] = await chain(3)
    hub.disconnect(idOf(first))
    await settled()
    await expect(third?.member.rotate()).rejects.toThrow('no machine that holds the authority is connected')
    expect(second?.member.state).toBe('member')
  })
})

describe('a malicious member', () => {
  /** A member that says over the channel whatever the test wants. */
  async function malicious(answer: (question: string) => Uint8Array = () => new Uint8Array(0)): Promise<{
    readonly first: SampleMachine
    readonly victim: SampleMachine
    readonly channel: Channel
    readonly own: SampleMachine
  }> {
    const [first] = await chain(1)
    if (first === undefined) throw new Error('there is one')
    const own = await sampleMachine({ crypto, clock, seed: 66 })
    await admitted(first, own, 'evil')
    const victim = await sampleMachine({ crypto, clock, seed: 2 })
    await admitted(first, victim, 'victim')
    attach(victim)
    const { network } = hub.join(own.member.id)
    const channel = network.open(channelName, {
      request: ({ payload }) => Promise.resolve(answer(requestCodec.decode(payload).type)),
    })
    hub.connect(own.member.id, victim.member.id)
    hub.connect(own.member.id, first.member.id)
    await settled()
    return { first, victim, channel, own }
  }

  test('cannot revoke anybody by a list of its own', async () => {
    const stranger = await sampleAuthority({ crypto, seed: 9, clock })
    await stranger.member.revoke(somebody, '')
    const list = stranger.store.records().get('revocations') ?? new Uint8Array(0)
    const { victim, channel } = await malicious(() => answerCodec.encode({ type: 'list', list }))
    channel.notify(victim.member.id, beatCodec.encode({ number: 9, tip: new Uint8Array(8), isAuthority: false }))
    await settled()
    expect(victim.member.revocations()).toEqual([])
    expect(victim.logger.entries.some(({ message }) => message.includes('could not be fetched'))).toBe(true)
  })

  test('cannot bring back an older list', async () => {
    const [first, second, third] = await chain(3)
    await first?.member.revoke(idOf(third), '')
    await settled()
    const old = second?.store.records().get('revocations') ?? new Uint8Array(0)
    await first?.member.revoke(somebody, '')
    await settled()
    const { network } = hub.join('evil' as NodeId)
    const channel = network.open(channelName, {
      request: () => Promise.resolve(answerCodec.encode({ type: 'list', list: old })),
    })
    hub.connect('evil' as NodeId, idOf(second))
    await settled()
    channel.notify(idOf(second), beatCodec.encode({ number: 99, tip: new Uint8Array(8), isAuthority: false }))
    await heartbeat(2)
    expect(second?.member.revocations()).toHaveLength(2)
  })

  test('gets no certificate for another member, another key or another role', async () => {
    const { first, victim, channel, own } = await malicious()
    const asks = async (certificate: Uint8Array): Promise<unknown> => {
      const question = requestCodec.encode({ type: 'renew', certificate })
      return answerCodec.decode(await channel.request(idOf(first), question, { timeoutMs: 1_000 }))
    }
    expect(await asks(victim.member.identity().certificate)).toEqual({ type: 'refused', reason: 'not-yours' })
    const forged = own.member.identity().certificate.with(300, 0)
    expect(await asks(forged)).toEqual({ type: 'refused', reason: 'not-valid' })
    const renewed = (await asks(own.member.identity().certificate)) as { certificate: Uint8Array }
    expect(readCertificate(crypto, renewed.certificate)).toMatchObject({
      id: own.member.id,
      role: 'node',
      name: 'evil',
    })
  })

  test('that plays the authority gives nobody another certificate', async () => {
    let certificate: Uint8Array = new Uint8Array(0)
    const { victim, channel, own } = await malicious((question) =>
      question === 'renew'
        ? answerCodec.encode({ type: 'renewed', certificate })
        : answerCodec.encode({ type: 'list', list: new Uint8Array(0) }),
    )
    channel.notify(victim.member.id, beatCodec.encode({ number: 0, tip: new Uint8Array(8), isAuthority: true }))
    await settled()
    const before = victim.member.identity()
    for (const false_ of [new Uint8Array(10), own.member.identity().certificate, before.certificate.with(300, 0)]) {
      certificate = false_
      expect(await outcomeOf(() => victim.member.rotate())).not.toBe('done')
    }
    expect(victim.member.identity()).toEqual(before)
  })

  test('that floods or babbles costs itself its answers, and nobody else anything', async () => {
    const { victim, channel } = await malicious()
    const list = requestCodec.encode({ type: 'list' })
    const asked = Array.from({ length: 50 }, () =>
      outcomeOf(() => channel.request(idOf(victim), list, { timeoutMs: 1_000 })),
    )
    const outcomes = await Promise.all(asked)
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(8)
    for (const payload of [new Uint8Array(0), new Uint8Array(1_000).fill(0xc1), list]) {
      channel.notify(idOf(victim), payload)
      expect(await outcomeOf(() => channel.request(idOf(victim), payload.fill(9), { timeoutMs: 1_000 }))).not.toBe(
        'done',
      )
    }
    await heartbeat(2)
    expect(told).toEqual([])
    await victim.member.rotate().catch(() => {})
    expect(victim.member.state).toBe('member')
  })
})

test('a member that is revoked is refused by its certificate wherever the list has come', async () => {
  const [first, second, third] = await chain(3)
  const credentials = second?.member.credentials()
  const proof = third?.member.credentials().proof() ?? new Uint8Array(0)
  expect(credentials?.check(proof).id).toBe(idOf(third))
  await first?.member.revoke(idOf(third), 'stolen')
  await settled()
  expect(() => credentials?.check(proof)).toThrow(expect.objectContaining({ code: 'revoked' }))
})

function idOf(machine: { readonly member: { readonly id: NodeId } } | undefined): NodeId {
  if (machine === undefined) throw new Error('there is no such machine')
  return machine.member.id
}
