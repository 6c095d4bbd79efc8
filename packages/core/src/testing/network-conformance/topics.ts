import assert from 'node:assert/strict'
import type { Channel, Network, Publication } from '../../network/index.ts'
import { bytesOf, content, equal, textOf } from './content.ts'
import { conformanceLimits, type NetworkCase } from './harness.ts'

const { messageBytesMax } = conformanceLimits

/** What came to a subscriber; publications may be lost, so cases publish until they have seen what they wait for. */
interface Inbox extends Disposable {
  readonly got: Publication[]
  readonly texts: () => readonly string[]
}

function subscribed(channel: Channel, topic: string): Inbox {
  const got: Publication[] = []
  const subscription = channel.subscribe(topic, (publication) => void got.push(publication))
  return {
    got,
    texts: () => got.map(({ payload }) => textOf(payload)),
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  }
}

function openAll(nodes: readonly [Network, Network, Network]): readonly [Channel, Channel, Channel] {
  const [a, b, c] = nodes
  return [a.open('name', {}), b.open('name', {}), c.open('name', {})]
}

export const topicCases: readonly NetworkCase[] = [
  {
    name: 'a publication arrives at all peers that subscribe to its topic of its channel, and at nobody else',
    async run({ nodes, until, settle }) {
      const [publisher, near, far] = openAll(nodes)
      const other = nodes[2].open('other', {})
      const wanted = [subscribed(near, 'news'), subscribed(far, 'news')]
      const unwanted = [subscribed(publisher, 'news'), subscribed(far, 'new'), subscribed(other, 'news')]
      await until('both are known as subscribers', () => publisher.publish('news', bytesOf('fresh')) === 2)
      await until('it arrives at both', () => {
        publisher.publish('news', bytesOf('fresh'))
        return wanted.every(({ got }) => got.length > 0)
      })
      await settle()
      assert.equal(publisher.publish('olds', bytesOf('stale')), 0)
      for (const { got } of wanted) {
        for (const { from, topic, payload } of got) {
          assert.deepEqual([from, topic, textOf(payload)], [nodes[0].self, 'news', 'fresh'])
        }
      }
      for (const { got } of unwanted) assert.deepEqual(got, [])
    },
  },
  {
    name: 'publications of all lengths arrive intact; the publisher may reuse its bytes at once',
    async run({ nodes, until }) {
      const [publisher, subscriber] = openAll(nodes)
      const { got } = subscribed(subscriber, 'news')
      const whole = new Uint8Array(messageBytesMax + 2)
      for (const length of [0, 1, 255, 256, 65_535, messageBytesMax]) {
        await until(`one of ${length} bytes arrives`, () => {
          const part = whole.subarray(1, 1 + length)
          part.set(content(length, length))
          publisher.publish('news', part)
          part.fill(9)
          return got.some(({ payload }) => payload.byteLength === length)
        })
      }
      assert.ok(got.every(({ payload }) => equal(payload, content(payload.byteLength, payload.byteLength))))
    },
  },
  {
    name: 'several may subscribe to one topic; each gets bytes of its own, until it has had enough',
    async run({ nodes, until, settle }) {
      const [publisher, subscriber] = openAll(nodes)
      const seen: string[][] = [[], [], []]
      const subscriptions = seen.map((texts) =>
        subscriber.subscribe('news', ({ payload }) => {
          texts.push(textOf(payload))
          payload.fill(0)
        }),
      )
      const tell = (): void => void publisher.publish('news', bytesOf('fresh'))
      await until('all have it', () => {
        tell()
        return seen.every((texts) => texts.length >= 3)
      })
      subscriptions[0]?.[Symbol.dispose]()
      subscriptions[0]?.[Symbol.dispose]()
      const before = seen[0]?.length
      seen[1]?.splice(0)
      await until('the others go on', () => {
        tell()
        return (seen[1]?.length ?? 0) >= 3
      })
      assert.equal(seen[0]?.length, before)
      subscriptions[1]?.[Symbol.dispose]()
      subscriptions[2]?.[Symbol.dispose]()
      await until('the publisher has learned of it', () => publisher.publish('news', bytesOf('fresh')) === 0)
      await settle()
      for (const text of seen.flat()) assert.equal(text, 'fresh')
    },
  },
  {
    name: 'once a subscription has ended, nothing comes any more, not even what was on its way',
    async run({ nodes, until, settle }) {
      const [publisher, subscriber] = openAll(nodes)
      const inbox = subscribed(subscriber, 'news')
      await until('it works', () => {
        publisher.publish('news', bytesOf('fresh'))
        return inbox.got.length > 0
      })
      publisher.publish('news', bytesOf('too late'))
      inbox[Symbol.dispose]()
      inbox.got.length = 0
      await settle()
      assert.deepEqual(inbox.got, [])
      assert.equal(publisher.publish('news', bytesOf('fresh')), 0)
      const again = subscribed(subscriber, 'news')
      await until('another one works', () => {
        publisher.publish('news', bytesOf('again'))
        return again.texts().includes('again')
      })
      assert.deepEqual(inbox.got, [])
    },
  },
  {
    name: 'who subscribes late gets what is published from then on',
    async run({ nodes, until, settle }) {
      const [publisher, subscriber] = openAll(nodes)
      for (let count = 0; count < 3; count++) assert.equal(publisher.publish('news', bytesOf('early')), 0)
      await settle()
      const inbox = subscribed(subscriber, 'news')
      await until('a later one arrives', () => {
        publisher.publish('news', bytesOf('late'))
        return inbox.got.length > 0
      })
      assert.ok(inbox.texts().every((text) => text === 'late'))
    },
  },
  {
    name: 'a subscription is known to a channel that is opened after it, and reopened',
    async run({ nodes: [a, b], until, settle }) {
      const inbox = subscribed(b.open('name', {}), 'news')
      await settle()
      for (const text of ['first', 'second']) {
        const publisher = a.open('name', {})
        await until(`the ${text} arrives`, () => {
          publisher.publish('news', bytesOf(text))
          return inbox.texts().includes(text)
        })
        await publisher[Symbol.asyncDispose]()
        assert.equal(publisher.publish('news', bytesOf('closed')), 0)
      }
    },
  },
  {
    name: 'publications of one publisher come in order, each at most once, between its up and its down',
    async run({ nodes: [a, b], until }) {
      const publisher = a.open('name', {})
      const told: string[] = []
      const numbers: number[] = []
      const subscriber = b.open('name', { peer: ({ type, peer }) => void told.push(`${type} ${peer}`) })
      subscriber.subscribe('news', ({ from, payload }) => {
        assert.ok(told.includes(`up ${from}`))
        numbers.push(Number(textOf(payload)))
      })
      let published = 0
      await until('many arrive', () => {
        for (let burst = 0; burst < 10; burst++) publisher.publish('news', bytesOf(String(++published)))
        return numbers.length >= 50
      })
      assert.ok(
        numbers.every((number, index) => index === 0 || number > (numbers[index - 1] as number)),
        `they came in this order: ${numbers.join()}`,
      )
    },
  },
  {
    name: 'after the connection broke and was made again, subscriptions work as before, also those that changed',
    needs: 'cut',
    async run({ nodes, cut, heal, until, settle }) {
      const [a, b] = nodes
      const [publisher, subscriber] = openAll(nodes)
      const inbox = subscribed(subscriber, 'news')
      const ended = subscribed(subscriber, 'ended')
      await until(
        'it works',
        () => publisher.publish('news', bytesOf('1')) + publisher.publish('ended', bytesOf('1')) === 2,
      )
      await settle()
      await cut(a.self, b.self)
      ended[Symbol.dispose]()
      ended.got.length = 0
      const begun = subscribed(subscriber, 'begun')
      assert.equal(publisher.publish('news', bytesOf('2')), 0)
      await heal(a.self, b.self)
      await until('both arrive', () => {
        publisher.publish('news', bytesOf('3'))
        publisher.publish('begun', bytesOf('3'))
        return inbox.texts().includes('3') && begun.texts().includes('3')
      })
      assert.equal(publisher.publish('ended', bytesOf('3')), 0)
      assert.ok(!inbox.texts().includes('2'))
      assert.deepEqual(ended.got, [])
    },
  },
]
