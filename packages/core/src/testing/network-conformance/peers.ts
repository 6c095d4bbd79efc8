import assert from 'node:assert/strict'
import type { Network, PeerChange } from '../../network/index.ts'
import type { NetworkCase } from './harness.ts'

const timeoutMs = 60_000
const empty = new Uint8Array()

/** What a node's handlers were told, in order. */
function watch(node: Network, name: string): string[] {
  const told: string[] = []
  node.open(name, { peer: ({ type, peer }: PeerChange) => void told.push(`${type} ${peer}`) })
  return told
}

export const peerCases: readonly NetworkCase[] = [
  {
    name: 'peers that are connected are reported as up once, after open has returned',
    async run({ nodes: [a, b, c], settle, until }) {
      const told = watch(a, 'name')
      assert.deepEqual(told, [])
      await until('both are reported', () => told.length >= 2)
      await settle()
      assert.equal(told.length, 2)
      assert.deepEqual(new Set(told), new Set([`up ${b.self}`, `up ${c.self}`]))
    },
  },
  {
    name: 'a peer handler may close the channel, and is not called again',
    async run({ nodes: [a], settle, until }) {
      let told = 0
      const channel = a.open('name', {
        peer: () => {
          told++
          void channel[Symbol.asyncDispose]()
        },
      })
      await until('it is told of a peer', () => told > 0)
      await settle()
      assert.equal(told, 1)
    },
  },
  {
    name: 'a connection that breaks and is made again is a down and an up, on both sides',
    needs: 'cut',
    async run({ nodes: [a, b, c], cut, heal, settle, until }) {
      const [ofA, ofB] = [watch(a, 'name'), watch(b, 'name')]
      await until('all are up', () => ofA.length >= 2 && ofB.length >= 2)
      for (const times of [1, 2]) {
        await cut(a.self, b.self)
        assert.deepEqual([a.peers(), b.peers()], [[c.self], [c.self]])
        await heal(a.self, b.self)
        assert.ok(a.peers().includes(b.self) && b.peers().includes(a.self))
        await until('both are told', () => ofA.length >= 2 + 2 * times && ofB.length >= 2 + 2 * times)
      }
      await settle()
      const about = (told: readonly string[], peer: string): readonly string[] =>
        told.filter((change) => change.endsWith(peer)).map((change) => change.split(' ')[0] as string)
      assert.deepEqual(about(ofA, b.self), ['up', 'down', 'up', 'down', 'up'])
      assert.deepEqual(about(ofB, a.self), ['up', 'down', 'up', 'down', 'up'])
      assert.deepEqual(about(ofA, c.self), ['up'])
    },
  },
  {
    name: 'everything from a peer comes between its up and its down',
    needs: 'cut',
    async run({ nodes: [a, b], cut, heal, until }) {
      let up = false
      const seen = new Set<string>()
      const seenWhileDown = new Set<string>()
      const see = (what: string): void => void (up ? seen : seenWhileDown).add(what)
      b.open('name', {
        peer: ({ type, peer }) => {
          if (peer === a.self) up = type === 'up'
        },
        notice: () => see('notice'),
        request: async () => {
          see('request')
          return empty
        },
        stream: async () => see('stream'),
      })
      const sending = a.open('name', {
        peer: ({ type, peer }) => {
          if (type === 'down' || peer !== b.self) return
          sending.notify(b.self, empty)
          sending.request(b.self, empty, { timeoutMs }).catch(() => {})
          sending.openStream(b.self).catch(() => {})
        },
      })
      for (const _round of [1, 2, 3]) {
        await until('all kinds come', () => {
          sending.notify(b.self, empty)
          return seen.size === 3 || seenWhileDown.size > 0
        })
        assert.deepEqual([...seenWhileDown], [])
        await cut(a.self, b.self)
        seen.clear() // Before they are connected, as that is when the first of what is looked for goes.
        await heal(a.self, b.self)
      }
    },
  },
  {
    name: 'a peer handler that throws harms nothing else, and its error is handed over',
    needs: 'handler-errors',
    async run({ nodes: [a, b, c], until, handlerErrors }) {
      const bug = new Error('a bug in a peer handler')
      a.open('name', {
        peer: () => {
          throw bug
        },
        request: async () => empty,
      })
      const told = watch(a, 'other')
      await until('the other channel is told of both', () => told.length >= 2)
      await until('the errors are handed over', () => handlerErrors().length >= 2)
      assert.deepEqual(handlerErrors(), [bug, bug])
      await b.open('name', {}).request(a.self, empty, { timeoutMs })
      await c.open('name', {}).request(a.self, empty, { timeoutMs })
    },
  },
]
