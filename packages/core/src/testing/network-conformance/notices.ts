import assert from 'node:assert/strict'
import type { NodeId } from '../../ids/index.ts'
import type { Network } from '../../network/index.ts'
import { bytesOf, content, equal, textOf } from './content.ts'
import { conformanceLimits, type NetworkCase } from './harness.ts'
import { messageOf, thrown } from './outcome.ts'

const timeoutMs = 60_000
const empty = new Uint8Array()
const { messageBytesMax, noticesQueuedMax, messageBytesHeldMax } = conformanceLimits

/** What came to a node; notices may come never or twice, so cases send until they have seen what they wait for. */
function inbox(node: Network, name: string): { readonly from: NodeId; readonly payload: Uint8Array }[] {
  const got: { readonly from: NodeId; readonly payload: Uint8Array }[] = []
  node.open(name, { notice: (from, payload) => void got.push({ from, payload }) })
  return got
}

export const noticeCases: readonly NetworkCase[] = [
  {
    name: 'notices of all lengths arrive intact, from who sent them',
    async run({ nodes: [a, b, c], until }) {
      const got = inbox(b, 'name')
      const lengths = [0, 1, 255, 256, 65_535, messageBytesMax]
      const senders = [a.open('name', {}), c.open('name', {})]
      for (const [salt, sender] of senders.entries()) {
        for (const length of lengths) {
          const from = salt === 0 ? a.self : c.self
          await until(`a notice of ${length} bytes arrives`, () => {
            sender.notify(b.self, content(length, salt))
            return got.some((notice) => notice.from === from && notice.payload.byteLength === length)
          })
        }
      }
      for (const { from, payload } of got) {
        assert.ok(equal(payload, content(payload.byteLength, from === a.self ? 0 : 1)))
      }
    },
  },
  {
    name: 'the sender may reuse its bytes at once, the receiver may change what it got',
    async run({ nodes: [a, b], until }) {
      const seen: Uint8Array[] = []
      let intact = true
      b.open('name', {
        notice: (_from, payload) => {
          intact &&= equal(payload, content(100, 3))
          payload.fill(0)
          seen.push(payload)
        },
      })
      const sender = a.open('name', {})
      const whole = new Uint8Array(300)
      const part = whole.subarray(100, 200)
      await until('many arrive', () => {
        part.set(content(100, 3))
        sender.notify(b.self, part)
        part.fill(9)
        return seen.length >= 20
      })
      assert.ok(intact)
      assert.ok(seen.every((payload) => payload.every((byte) => byte === 0)))
      assert.ok(whole.every((byte, index) => byte === (index >= 100 && index < 200 ? 9 : 0)))
    },
  },
  {
    name: 'a notice to nobody is not accepted',
    async run({ nodes: [a], stranger }) {
      const sender = a.open('name', {})
      assert.equal(sender.notify(stranger, empty), false)
      assert.equal(sender.notify(a.self, empty), false)
    },
  },
  {
    name: 'a notice that is too long is refused with the name of the limit',
    async run({ nodes: [a, b] }) {
      const sender = a.open('name', {})
      const error = thrown(() => sender.notify(b.self, new Uint8Array(messageBytesMax + 1)))
      assert.match(messageOf(error, 'too-large'), /messageBytesMax/)
    },
  },
  {
    name: 'more notices than the queue takes are not accepted, and accepted again when there is room',
    async run({ nodes: [a, b], until, settle }) {
      const sender = a.open('name', {})
      // What the operating system takes at once does not wait with us; it takes less than this of notices and their
      // heads.
      const takenBytesMax = 32 * 2 ** 20
      const headBytes = 32
      for (const [bytes, most] of [
        [messageBytesMax, messageBytesHeldMax / messageBytesMax],
        [0, noticesQueuedMax],
      ] as const) {
        const takenMax = takenBytesMax / (bytes + headBytes)
        let accepted = 0
        while (accepted <= most + takenMax && sender.notify(b.self, new Uint8Array(bytes))) accepted++
        assert.ok(accepted >= most, `only ${accepted} notices of ${bytes} bytes were accepted`)
        assert.ok(accepted <= most + takenMax, `notices of ${bytes} bytes were accepted without end`)
        await until('there is room again', () => sender.notify(b.self, empty))
        await settle() // There is room for one; the next round needs all of it.
      }
    },
  },
  {
    name: 'notices that nobody takes vanish without harm',
    async run({ nodes: [a, b], settle }) {
      const sender = a.open('name', {})
      assert.equal(sender.notify(b.self, empty), true)
      await settle()
      b.open('name', { request: async () => empty })
      assert.equal(sender.notify(b.self, empty), true)
      await sender.request(b.self, empty, { timeoutMs })
    },
  },
  {
    name: 'a notice handler that throws harms nothing else, and its error is handed over',
    needs: 'handler-errors',
    async run({ nodes: [a, b], until, handlerErrors }) {
      const bug = new Error('a bug in a notice handler')
      const got = new Set<string>()
      b.open('name', {
        notice: (_from, payload) => {
          got.add(textOf(payload))
          if (textOf(payload) === 'bad') throw bug
        },
      })
      const sender = a.open('name', {})
      await until('notices before and after arrive', () => {
        sender.notify(b.self, bytesOf('bad'))
        sender.notify(b.self, bytesOf('good'))
        return got.size === 2
      })
      await until('the error is handed over', () => handlerErrors().length > 0)
      assert.ok(handlerErrors().every((error) => error === bug))
    },
  },
]
