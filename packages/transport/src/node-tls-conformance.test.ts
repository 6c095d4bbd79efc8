import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import type { NetworkLimits } from '@flotilla/core/network'
import { nodeEntropy } from '@flotilla/core/random/node'
import { ManualClock, networkConformance, type NetworkHarness } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { createTransport } from './driver.ts'
import { tlsLinks } from './node-tls-links.ts'
import { testCluster } from './testing/test-cluster.ts'
import type { Transport } from './transport.ts'

/** Rounds of the event loop within which all that is on its way between sockets of one process has arrived. */
const settlingRounds = 100
const roundsMax = 50_000
const stepMs = 250

const round = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const pairOf = (one: NodeId, other: NodeId): string => [one, other].toSorted((a, b) => (a < b ? -1 : 1)).join()

async function comesToPass(what: string, condition: () => boolean): Promise<void> {
  for (let rounds = 0; !condition(); rounds++) {
    if (rounds === roundsMax) throw new Error(`it did not come to pass that ${what}`)
    await round()
  }
}

async function settle(): Promise<void> {
  for (let rounds = 0; rounds < settlingRounds; rounds++) await round()
}

interface Mesh {
  readonly clock: ManualClock
  readonly transports: ReadonlyMap<NodeId, Transport>
  /** Pairs that may not be connected. */
  readonly cuts: Set<string>
  readonly errors: readonly unknown[]
  readonly stranger: NodeId
}

async function threeNodes(limits: NetworkLimits): Promise<Mesh> {
  const clock = new ManualClock()
  const cluster = testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now: clock.wallNow() })
  const errors: unknown[] = []
  const cuts = new Set<string>()
  const transports = new Map<NodeId, Transport>()
  for (const name of ['a', 'b', 'c']) {
    const identity = cluster.member(name)
    const { id } = identity
    const admission = (peer: { readonly id: NodeId }): string | undefined =>
      cuts.has(pairOf(id, peer.id)) ? 'the connection is cut' : undefined
    const transport = await createTransport({
      self: { id, cluster: cluster.id },
      links: tlsLinks({ identity, listen: [{ host: '127.0.0.1', port: 0 }], clock, admission }),
      clock,
      entropy: nodeEntropy(),
      admission,
      networkLimits: limits,
      onHandlerError: ({ error }) => errors.push(error),
    })
    transports.set(id, transport)
  }
  return { clock, transports, cuts, errors, stranger: cluster.member('nobody').id }
}

/** Three nodes with sockets and certificates, and a clock that moves only when told. */
async function tlsHarness(limits: NetworkLimits): Promise<NetworkHarness> {
  const { clock, transports, cuts, errors, stranger } = await threeNodes(limits)
  const [a, b, c] = [...transports.values()]
  if (a === undefined || b === undefined || c === undefined) throw new Error('there are three nodes')
  const of = (id: NodeId): Transport => transports.get(id) ?? a
  const lists = (one: Transport, other: Transport): boolean => one.network.peers().includes(other.network.self)
  const connected = (one: Transport, other: Transport): boolean => lists(one, other) && lists(other, one)
  const retarget = (id: NodeId): void => {
    const others = [...transports].filter(([other]) => other !== id && !cuts.has(pairOf(id, other)))
    of(id).setTargets(others.map(([other, { addresses }]) => ({ id: other, addresses })))
  }
  for (const id of transports.keys()) retarget(id)
  await comesToPass('all are connected', () => connected(a, b) && connected(b, c) && connected(a, c))
  return {
    nodes: [a.network, b.network, c.network],
    stranger,
    until: comesToPass,
    settle,
    async elapse(durationMs) {
      for (let left = durationMs; left > 0; left -= stepMs) {
        clock.advance(Math.min(left, stepMs))
        for (let rounds = 0; rounds < 5; rounds++) await round()
      }
      await settle()
    },
    close: async (id) => of(id)[Symbol.asyncDispose](),
    async cut(one, other) {
      cuts.add(pairOf(one, other))
      for (const id of [one, other]) retarget(id)
      for (const id of [one, other]) of(id).recheck()
      await comesToPass('they are cut', () => !lists(of(one), of(other)) && !lists(of(other), of(one)))
    },
    async heal(one, other) {
      cuts.delete(pairOf(one, other))
      for (const id of [one, other]) retarget(id)
      await comesToPass('they are connected', () => {
        clock.advance(1) // For the pauses between dials.
        return connected(of(one), of(other))
      })
    },
    handlerErrors: () => errors,
    async [Symbol.asyncDispose]() {
      for (const transport of transports.values()) await transport[Symbol.asyncDispose]()
    },
  }
}

test.for(networkConformance(tlsHarness))('$name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})
