import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { CertificateFacts } from '@flotilla/certificates'
import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel, ChannelHandlers, Network } from '@flotilla/core/network'
import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { askedValue } from '../../http/asked-value.ts'
import type { Caller } from '../../http/caller.ts'
import { nodeLimitsDefaults } from '../../limits.ts'
import type { CheckupAnswer } from './neighbour-answers.ts'
import { NeighboursService, type NeighboursOptions } from './neighbours.ts'
import { decodeCheckup, decodeObject, decodeQuestion, encodeMessage } from './neighbour-messages.ts'

const id = (name: string): NodeId => name as NodeId
const viewer: Caller = { name: 'somebody', role: 'viewer', via: 'socket' }

/** Two nodes whose channels lead to each other; what each answers is what was asked, and by whom. */
function pair(address: string, role = 'node') {
  const handlers = new Map<string, ChannelHandlers>()
  const [host = '', port = ''] = address.split(':')
  const addresses = [{ host, port: Number(port) }]
  const members = ['ann', 'bob'].map((name) => ({ id: id(name), status: 'alive', metadata: { name, addresses } }))
  const node = (self: string, wallMs: number): NeighboursService => {
    const options = { self: id(self), settings: {}, clock: new ManualClock({ wallMs }), members: () => members }
    const service = new NeighboursService(options as unknown as NeighboursOptions)
    service.answerWith((asked, caller) => Promise.resolve({ self, asked, caller }))
    const channel = {
      request: (to: NodeId, payload: Uint8Array) => {
        const { signal } = new AbortController()
        return handlers.get(to)?.request?.({ from: id(self), payload, signal })
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    } as unknown as Channel
    const open = (_: string, mine: ChannelHandlers): Channel => {
      handlers.set(self, mine)
      return channel
    }
    const peers = (): readonly NodeId[] => members.map((member) => member.id).filter((each) => each !== id(self))
    service.begin({
      network: { self: id(self), peers, open } as unknown as Network,
      certificateOf: () => ({ role }) as CertificateFacts,
      isRevoked: () => false,
      hostOf: () => host,
    })
    return service
  }
  return { ann: node('ann', 1_000_000), bob: node('bob', 1_060_000) }
}

function ask(service: NeighboursService, address: string): Promise<unknown> {
  return askedValue(service.routes, address, viewer)
}

describe('what another node answers', () => {
  test('comes back, asked for as a viewer', async () => {
    const { ann } = pair('127.0.0.1:1')
    const caller = { name: 'ann', role: 'viewer', via: 'node' }
    const path = encodeURIComponent('/v1/node?x=1')
    expect(await ask(ann, `/v1/relay?node=bob&path=${path}`)).toEqual({ self: 'bob', asked: '/v1/node?x=1', caller })
    expect(await ask(ann, `/v1/relay?node=ann&path=${path}`)).toMatchObject({ self: 'ann', caller: { role: 'viewer' } })
  })

  test('is refused to guests and replicas, for strangers, and where it would go round', async () => {
    const { ann } = pair('127.0.0.1:1')
    await expect(ask(ann, '/v1/relay?node=cid&path=/v1/node')).rejects.toMatchObject({ code: 'no-such-node' })
    await expect(ask(ann, '/v1/relay?node=bob&path=/v1/relay')).rejects.toMatchObject({ code: 'not-found' })
    await expect(ask(ann, '/v1/relay?node=bob&path=/v1/checkup?a')).rejects.toMatchObject({ code: 'not-found' })
    for (const role of ['agent', 'replica']) {
      const guest = pair('127.0.0.1:1', role).ann
      await expect(ask(guest, '/v1/relay?node=bob&path=/v1/node')).rejects.toMatchObject({ code: 'forbidden' })
    }
  })
})

test('others say how far their clocks are off, and whether they reach this node', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const { ann } = pair(address)
  const node = { id: 'bob', name: 'bob' }
  const entry = { node, why: null, clockAheadMs: 60_000, clockErrorMs: 0 }
  expect(await ask(ann, '/v1/checkup')).toEqual({ others: [{ ...entry, dialled: [{ address, outcome: 'open' }] }] })
  await new Promise((closed) => server.close(closed))
  expect(await ask(ann, '/v1/checkup')).toEqual({ others: [{ ...entry, dialled: [{ address, outcome: 'refuses' }] }] })
})

test('nobody is asked to knock again and again', async () => {
  const { ann } = pair('127.0.0.1:1')
  const why: unknown[] = []
  for (let turn = 0; turn <= nodeLimitsDefaults.checkupsPerNode.burst; turn++) {
    const { others } = (await ask(ann, '/v1/checkup')) as CheckupAnswer
    why.push(others[0]?.why)
  }
  expect(why.slice(0, -1).every((each) => each === null)).toBe(true)
  expect(why.at(-1)).toMatch('too often')
})

test.each([
  ['192.0.2.9', []],
  ['127.0.0.1', ['127.0.0.1:1']],
  // What the network does not tell is not held against anybody.
  [undefined, ['127.0.0.1:1']],
  ['ann.example', ['127.0.0.1:1']],
])(
  'of what it says of itself, only what is at the other end of its connection is dialled: %s',
  async (host, dialled) => {
    const { ann } = pair('127.0.0.1:1')
    let mine: ChannelHandlers = {}
    ann.begin({
      network: { open: (_: string, handlers: ChannelHandlers) => void (mine = handlers) } as unknown as Network,
      certificateOf: () => ({ role: 'node' }) as CertificateFacts,
      isRevoked: () => false,
      hostOf: () => host,
    })
    const payload = encodeMessage({ type: 'checkup', addresses: ['127.0.0.1:1'] })
    const answer = await mine.request?.({ from: id('bob'), payload, signal: new AbortController().signal })
    expect(decodeCheckup(answer ?? new Uint8Array()).dialled.map(({ address }) => address)).toEqual(dialled)
  },
)

test('nobody is sent to knock where the one who asks is not', async () => {
  const { ann } = pair('127.0.0.1:1')
  // What a node would send that names the address of somebody else.
  let mine: ChannelHandlers = {}
  ann.begin({
    network: { open: (_: string, handlers: ChannelHandlers) => void (mine = handlers) } as unknown as Network,
    certificateOf: () => ({ role: 'node' }) as CertificateFacts,
    isRevoked: () => false,
    hostOf: () => undefined,
  })
  const payload = encodeMessage({ type: 'checkup', addresses: ['192.0.2.1:22', '127.0.0.1:1'] })
  const { signal } = new AbortController()
  const answer = await mine.request?.({ from: id('bob'), payload, signal })
  expect(decodeCheckup(answer ?? new Uint8Array()).dialled.map(({ address }) => address)).toEqual(['127.0.0.1:1'])
})

describe('messages', () => {
  test('come out as they went in', () => {
    for (const question of [
      { type: 'value', address: '/v1/node' },
      { type: 'checkup', addresses: ['a:1'] },
    ] as const) {
      expect(decodeQuestion(encodeMessage(question))).toEqual(question)
    }
  })

  test.each([1, 2, 3])('of any bytes are taken or refused, and never anything else: seed %i', (seed) => {
    const prng = new Prng(seed)
    const sound = encodeMessage({
      type: 'checkup',
      addresses: ['a:1'],
      wallMs: 5,
      dialled: [{ address: 'a', outcome: 'b' }],
    })
    const thrownBy = (decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): readonly unknown[] => {
      try {
        decode(bytes)
        return []
      } catch (error) {
        return [error]
      }
    }
    for (let round = 0; round < 2_000; round++) {
      const bytes = prng.chance(1, 2) ? sound.slice() : prng.bytes(prng.below(64))
      if (bytes.length > 0) bytes[prng.below(bytes.length)] = prng.below(256)
      const thrown = [decodeQuestion, decodeCheckup, decodeObject].flatMap((decode) => thrownBy(decode, bytes))
      expect(thrown.filter((error) => !(error instanceof ProtocolError))).toEqual([])
    }
  })

  test('that are too long or too many are refused', () => {
    const refused = (message: object) => expect(() => decodeQuestion(encodeMessage(message))).toThrow(ProtocolError)
    refused({ type: 'value', address: 'x'.repeat(4_097) })
    refused({ type: 'checkup', addresses: Array.from({ length: 9 }, () => 'a:1') })
    refused({ type: 'checkup', addresses: ['x'.repeat(65)] })
    refused({ type: 'other' })
  })
})
