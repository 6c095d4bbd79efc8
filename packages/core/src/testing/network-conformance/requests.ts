import assert from 'node:assert/strict'
import type { Network } from '../../network/index.ts'
import { bytesOf, content, equal, textOf } from './content.ts'
import { conformanceLimits, type NetworkCase } from './harness.ts'
import { heldRequests, rejection } from './outcome.ts'

const timeoutMs = 60_000
const empty = new Uint8Array()
const { messageBytesMax, requestsInFlightMax } = conformanceLimits

export const requestCases: readonly NetworkCase[] = [
  {
    name: 'requests and answers of all lengths arrive intact, from who asked',
    async run({ nodes: [a, b, c] }) {
      let askers: string[] = []
      b.open('name', {
        request: async ({ from, payload }) => {
          askers.push(from)
          return Uint8Array.from(payload, (byte) => byte ^ 0xff)
        },
      })
      for (const asker of [a, c]) {
        const channel = asker.open('name', {})
        askers = []
        for (const length of [0, 1, 255, 65_535, messageBytesMax]) {
          const asked = content(length, 1)
          const answer = await channel.request(b.self, asked, { timeoutMs })
          assert.ok(
            equal(
              answer,
              asked.map((byte) => byte ^ 0xff),
            ),
          )
        }
        assert.deepEqual(new Set(askers), new Set([asker.self]))
      }
    },
  },
  {
    name: 'requests run side by side, and each gets its own answer',
    async run({ nodes: [a, b], until }) {
      const held: { readonly text: string; readonly answer: () => void }[] = []
      b.open('name', {
        request: ({ payload }) =>
          new Promise((resolve) => {
            const text = textOf(payload)
            held.push({ text, answer: () => resolve(bytesOf(`answer to ${text}`)) })
          }),
      })
      const channel = a.open('name', {})
      const texts = Array.from({ length: requestsInFlightMax }, (_, index) => `question ${index}`)
      const asked = texts.map((text) => channel.request(b.self, bytesOf(text), { timeoutMs }))
      await until('all run', () => held.length === texts.length)
      for (const { answer } of held.toReversed()) answer()
      const answers = (await Promise.all(asked)).map(textOf)
      assert.deepEqual(
        answers,
        texts.map((text) => `answer to ${text}`),
      )
    },
  },
  {
    name: 'everyone asks everyone at once, and nothing is mixed up',
    async run({ nodes }) {
      const channels = nodes.map((node) => ({
        node,
        channel: node.open('name', {
          request: async ({ from, payload }) => bytesOf(`${node.self} to ${from}: ${textOf(payload)}`),
        }),
      }))
      const ask = async (asker: (typeof channels)[number], asked: Network, text: string): Promise<void> => {
        const answer = await asker.channel.request(asked.self, bytesOf(text), { timeoutMs })
        assert.equal(textOf(answer), `${asked.self} to ${asker.node.self}: ${text}`)
      }
      for (const round of [1, 2, 3]) {
        const asking = channels.flatMap((asker) =>
          nodes
            .filter((node) => node !== asker.node)
            .flatMap((asked) => [1, 2, 3].map((number) => ask(asker, asked, `${round}.${number}`))),
        )
        await Promise.all(asking)
      }
    },
  },
  {
    name: 'a handler runs at most once for each request, whatever becomes of it',
    async run({ nodes: [a, b], settle }) {
      const runs = new Map<string, number>()
      b.open('name', {
        request: async ({ payload }) => {
          const text = textOf(payload)
          runs.set(text, (runs.get(text) ?? 0) + 1)
          if (text.endsWith('3')) throw new Error('a failing handler')
          return payload
        },
      })
      const channel = a.open('name', {})
      for (let index = 0; index < 50; index++) {
        const cancel = new AbortController()
        const request = channel.request(b.self, bytesOf(`${index}`), { timeoutMs, signal: cancel.signal })
        if (index % 5 === 0) cancel.abort(new Error('enough'))
        await request.catch(() => {})
      }
      await settle()
      assert.deepEqual(
        [...runs.values()].filter((times) => times !== 1),
        [],
      )
      assert.ok(runs.size >= 40)
    },
  },
  {
    name: 'the caller may reuse its bytes at once, and both sides own those that they got',
    async run({ nodes: [a, b] }) {
      const answered = content(50, 2)
      let intact = true
      b.open('name', {
        request: async ({ payload }) => {
          intact &&= equal(payload, content(50, 1))
          payload.fill(0)
          return answered
        },
      })
      const channel = a.open('name', {})
      const asked = new Uint8Array(50)
      for (let round = 0; round < 10; round++) {
        asked.set(content(50, 1))
        const request = channel.request(b.self, asked, { timeoutMs })
        asked.fill(9)
        const answer = await request
        intact &&= equal(answer, content(50, 2))
        answer.fill(7)
      }
      assert.ok(intact)
      assert.ok(asked.every((byte) => byte === 9))
    },
  },
  {
    name: 'a request to nobody, or to ourselves, fails at once',
    async run({ nodes: [a], stranger }) {
      const channel = a.open('name', { request: async () => empty })
      await rejection(channel.request(stranger, empty, { timeoutMs: Infinity }), 'peer-unreachable')
      await rejection(channel.request(a.self, empty, { timeoutMs: Infinity }), 'peer-unreachable')
    },
  },
  {
    name: 'a handler may ask back while it works',
    async run({ nodes: [a, b] }) {
      const ofA = a.open('name', { request: async () => bytesOf('as you like') })
      const ofB = b.open('name', {
        request: async ({ from }) => {
          const answer = await ofB.request(from, bytesOf('really?'), { timeoutMs })
          return bytesOf(`you said: ${textOf(answer)}`)
        },
      })
      const answer = await ofA.request(b.self, empty, { timeoutMs })
      assert.equal(textOf(answer), 'you said: as you like')
    },
  },
  {
    name: 'a request that waits does not hold up another channel, another peer or a notice',
    async run({ nodes: [a, b, c], until }) {
      const held = heldRequests()
      const got: string[] = []
      b.open('slow', { request: held.handler })
      b.open('quick', { request: async () => bytesOf('quick'), notice: (from) => void got.push(from) })
      c.open('slow', { request: async () => bytesOf('quick too') })
      const [slow, quick] = [a.open('slow', {}), a.open('quick', {})]
      const waiting = slow.request(b.self, empty, { timeoutMs })
      await until('the slow one runs', () => held.calls.length === 1)
      assert.equal(textOf(await quick.request(b.self, empty, { timeoutMs })), 'quick')
      assert.equal(textOf(await slow.request(c.self, empty, { timeoutMs })), 'quick too')
      await until('a notice arrives', () => quick.notify(b.self, empty) && got.includes(a.self))
      held.calls[0]?.answer(bytesOf('at last'))
      assert.equal(textOf(await waiting), 'at last')
    },
  },
]
