/** What a member of the cluster that means harm can and cannot do to the others over the channel `cluster`. */
import { readCertificate } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import { beforeEach, describe, expect, test } from 'vitest'
import { channelName } from './channel-driver.ts'
import { answerCodec, beatCodec, requestCodec } from './channel-messages.ts'
import { clusterLimits } from './config.ts'
import { admitted, outcomeOf, sampleAuthority, sampleMachine, type SampleMachine } from './sample-machine.ts'
import { SampleMesh, somebody } from './sample-mesh.ts'

const crypto = nodeCrypto()
const nobodyKnows: Uint8Array = new Uint8Array(0)
let mesh: SampleMesh

beforeEach(() => {
  mesh = new SampleMesh(crypto)
})

interface Scene {
  readonly first: SampleMachine
  readonly victim: SampleMachine
  readonly own: SampleMachine
  /** Of the malicious member. */
  readonly channel: Channel
}

/** A member that answers over the channel whatever the test wants, connected with the authority and a victim. */
async function malicious(answer: (question: string) => Uint8Array = () => nobodyKnows): Promise<Scene> {
  const [first] = await mesh.chain(1)
  const own = await sampleMachine({ crypto, clock: mesh.clock, seed: 66 })
  const victim = await sampleMachine({ crypto, clock: mesh.clock, seed: 2 })
  await admitted(first, own, 'evil')
  await admitted(first, victim, 'victim')
  mesh.attach(victim)
  const channel = mesh.hub.join(own.member.id).network.open(channelName, {
    request: ({ payload }) => Promise.resolve(answer(requestCodec.decode(payload).type)),
  })
  mesh.connect(own, victim)
  mesh.connect(own, first)
  await mesh.settled()
  return { first, victim, channel, own }
}

describe('a malicious member', () => {
  test('cannot revoke anybody by a list of its own', async () => {
    const stranger = await sampleAuthority({ crypto, seed: 9, clock: mesh.clock })
    await stranger.member.revoke(somebody, '')
    const list = stranger.store.records().get('revocations') ?? nobodyKnows
    const { victim, channel } = await malicious(() => answerCodec.encode({ type: 'list', list }))
    channel.notify(victim.member.id, beatCodec.encode({ number: 9, tip: new Uint8Array(8), isAuthority: false }))
    await mesh.settled()
    expect(victim.member.revocations()).toEqual([])
    expect(victim.logger.entries.some(({ message }) => message.includes('could not be fetched'))).toBe(true)
  })

  test('cannot bring back an older list', async () => {
    const [first, second, third] = await mesh.chain(3)
    await first.member.revoke(third.member.id, '')
    await mesh.settled()
    const old = second.store.records().get('revocations') ?? nobodyKnows
    await first.member.revoke(somebody, '')
    await mesh.settled()
    const evil = 'evil' as NodeId
    const channel = mesh.hub.join(evil).network.open(channelName, {
      request: () => Promise.resolve(answerCodec.encode({ type: 'list', list: old })),
    })
    mesh.hub.connect(evil, second.member.id)
    await mesh.settled()
    channel.notify(second.member.id, beatCodec.encode({ number: 99, tip: new Uint8Array(8), isAuthority: false }))
    await mesh.heartbeats(2)
    expect(second.member.revocations()).toHaveLength(2)
  })

  test('gets no certificate for another member, another key or another role', async () => {
    const { first, victim, channel, own } = await malicious()
    const asks = async (certificate: Uint8Array): Promise<unknown> => {
      const question = requestCodec.encode({ type: 'renew', certificate })
      return answerCodec.decode(await channel.request(first.member.id, question, { timeoutMs: 1_000 }))
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
    let certificate = nobodyKnows
    const { victim, channel, own } = await malicious((question) =>
      question === 'renew'
        ? answerCodec.encode({ type: 'renewed', certificate })
        : answerCodec.encode({ type: 'list', list: nobodyKnows }),
    )
    channel.notify(victim.member.id, beatCodec.encode({ number: 0, tip: new Uint8Array(8), isAuthority: true }))
    await mesh.settled()
    const before = victim.member.identity()
    for (const wrong of [new Uint8Array(10), own.member.identity().certificate, before.certificate.with(300, 0)]) {
      certificate = wrong
      expect(await outcomeOf(() => victim.member.rotate())).not.toBe('done')
    }
    expect(victim.member.identity()).toEqual(before)
  })

  test('that floods or babbles costs itself its answers, and nobody else anything', async () => {
    const { first, victim, channel } = await malicious()
    const ask = (payload: Uint8Array): Promise<string> =>
      outcomeOf(() => channel.request(victim.member.id, payload, { timeoutMs: 1_000 }))
    const list = requestCodec.encode({ type: 'list' })
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => ask(list)))
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(clusterLimits.requestsPerPeerBurst)
    for (const payload of [nobodyKnows, new Uint8Array(1_000).fill(0xc1), new Uint8Array(100_000)]) {
      channel.notify(victim.member.id, payload)
      expect(await ask(payload)).toBe('remote-failed')
    }
    await mesh.heartbeats(2)
    expect(mesh.told).toEqual([])
    mesh.connect(first, victim)
    await mesh.settled()
    expect(await outcomeOf(() => victim.member.rotate())).toBe('done')
  })
})
