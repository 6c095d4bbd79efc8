import assert from 'node:assert/strict'
import { bytesOf, textOf } from './content.ts'
import { conformanceLimits, type NetworkCase } from './harness.ts'
import { messageOf, thrown } from './outcome.ts'

const timeoutMs = 60_000
const empty = new Uint8Array()
const { messageBytesMax, publicationsQueuedMax, topicsSubscribedMax, topicNameLengthMax } = conformanceLimits
const nothing = (): void => {}

export const topicLimitCases: readonly NetworkCase[] = [
  {
    name: 'where a peer takes publications too slowly, the oldest of them give way; the publisher goes on',
    async run({ nodes: [a, b, c], until }) {
      const publisher = a.open('name', {})
      const numbers: number[] = []
      const ends: string[] = []
      b.open('name', {}).subscribe('news', ({ payload }) => void numbers.push(Number(textOf(payload.subarray(0, 8)))))
      for (const node of [b, c]) node.open('end', {}).subscribe('end', () => void ends.push(node.self))
      const ending = a.open('end', {})
      await until('the subscribers are known', () => publisher.publish('news', bytesOf('0')) === 1)
      const burst = 20 * publicationsQueuedMax
      for (let number = 1; number <= burst; number++) {
        const payload = new Uint8Array(1_024)
        payload.set(bytesOf(String(number).padStart(8, '0')))
        assert.equal(publisher.publish('news', payload), 1)
      }
      await until('the last have arrived', () => {
        ending.publish('end', empty)
        return ends.includes(b.self) && ends.includes(c.self)
      })
      assert.ok(numbers.length < burst / 2, `${numbers.length} of ${burst} arrived, where the queue is much shorter`)
      const last = numbers.at(-1) ?? 0
      assert.ok(last > burst - publicationsQueuedMax, `the newest are kept, but the last that arrived is ${last}`)
      assert.ok(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] as number)))
    },
  },
  {
    name: 'publications that wait leave requests and other peers alone',
    async run({ nodes: [a, b, c], until }) {
      const publisher = a.open('name', {})
      b.open('name', { request: async ({ payload }) => payload }).subscribe('news', nothing)
      c.open('name', { request: async ({ payload }) => payload })
      await until('the subscriber is known', () => publisher.publish('news', empty) === 1)
      const payload = new Uint8Array(messageBytesMax)
      for (let count = 0; count < 100; count++) publisher.publish('news', payload)
      const answers = await Promise.all(
        [b, c].map((node) => publisher.request(node.self, bytesOf('well?'), { timeoutMs })),
      )
      assert.deepEqual(answers.map(textOf), ['well?', 'well?'])
    },
  },
  {
    name: 'a publication that is too long is refused, whoever subscribes',
    async run({ nodes: [a, b], until }) {
      const publisher = a.open('name', {})
      const tooLong = new Uint8Array(messageBytesMax + 1)
      messageOf(
        thrown(() => publisher.publish('news', tooLong)),
        'too-large',
      )
      let arrived = 0
      b.open('name', {}).subscribe('news', () => void arrived++)
      await until('a short one arrives', () => {
        messageOf(
          thrown(() => publisher.publish('news', tooLong)),
          'too-large',
        )
        publisher.publish('news', empty)
        return arrived > 0
      })
    },
  },
  {
    name: 'one topic more than the limit is refused, all channels together, until another has ended',
    async run({ nodes: [a, b], until }) {
      const channels = [a.open('one', {}), a.open('two', {})]
      const subscribe = (number: number): Disposable | undefined =>
        channels[number % 2]?.subscribe(`topic-${number}`, nothing)
      const publishers = [b.open('one', {}), b.open('two', {})]
      const known = (number: number): boolean => publishers[number % 2]?.publish(`topic-${number}`, empty) === 1
      const subscriptions = Array.from({ length: topicsSubscribedMax }, (_each, number) => subscribe(number))
      messageOf(
        thrown(() => subscribe(topicsSubscribedMax)),
        'overloaded',
      )
      subscribe(0)?.[Symbol.dispose]() // A second subscriber to a topic is no second topic.
      await until('all are known', () => subscriptions.every((_each, number) => known(number)))
      // Nobody at the far side may take a change for one too many, however fast they come.
      for (let round = 1; round <= 10; round++) {
        for (const [number, subscription] of subscriptions.entries()) {
          subscription?.[Symbol.dispose]()
          subscriptions[number] = subscribe(number + round * 100)
        }
      }
      await until('the new ones are known', () => subscriptions.every((_each, number) => known(number + 1_000)))
      assert.ok(!known(0))
      await channels[0]?.[Symbol.asyncDispose]()
      for (let number = 1; number < topicsSubscribedMax; number += 2) subscribe(number)
    },
  },
  {
    name: 'what is no name for a topic is refused',
    async run({ nodes: [a] }) {
      const channel = a.open('name', {})
      for (const name of ['', ' ', 'a b', 'a\n', 'é', '\u007f', 'x'.repeat(topicNameLengthMax + 1)]) {
        messageOf(
          thrown(() => channel.publish(name, empty)),
          'wrong-name',
        )
        messageOf(
          thrown(() => channel.subscribe(name, nothing)),
          'wrong-name',
        )
      }
      for (const name of ['x'.repeat(topicNameLengthMax), '~!/{}', '__proto__']) {
        assert.equal(channel.publish(name, empty), 0)
        channel.subscribe(name, nothing)
      }
    },
  },
  {
    name: 'a subscriber that throws harms no other, and its error is handed over',
    needs: 'handler-errors',
    async run({ nodes: [a, b], until, handlerErrors }) {
      const bug = new Error('a bug of a subscriber')
      const publisher = a.open('name', {})
      const subscriber = b.open('name', { request: async () => empty })
      let [before, after] = [0, 0]
      subscriber.subscribe('news', () => void before++)
      subscriber.subscribe('news', () => {
        throw bug
      })
      subscriber.subscribe('news', () => void after++)
      await until('the others have it', () => {
        publisher.publish('news', empty)
        return before >= 3 && after >= 3
      })
      await publisher.request(b.self, empty, { timeoutMs })
      await until('the errors are handed over', () => handlerErrors().length >= 3)
      assert.ok(handlerErrors().every((error) => error === bug))
    },
  },
  {
    name: 'closing a channel ends its subscriptions',
    async run({ nodes: [a, b], until, settle }) {
      const publisher = a.open('name', {})
      const subscriber = b.open('name', {})
      let came = 0
      const subscription = subscriber.subscribe('news', () => void came++)
      await until('it works', () => {
        publisher.publish('news', empty)
        return came > 0
      })
      publisher.publish('news', empty)
      await subscriber[Symbol.asyncDispose]()
      came = 0
      messageOf(
        thrown(() => subscriber.subscribe('news', nothing)),
        'closed',
      )
      assert.equal(subscriber.publish('news', empty), 0)
      subscription[Symbol.dispose]()
      b.open('name', {})
      await until('the publisher has learned of it', () => publisher.publish('news', empty) === 0)
      await settle()
      assert.equal(came, 0)
    },
  },
]
