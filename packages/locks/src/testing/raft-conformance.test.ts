import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { ManualClock, memoryHub } from '@flotilla/core/testing'
import { createRaft, createRaftClient, memoryStorage, type Group } from '@flotilla/raft'
import { describe, expect, test } from 'vitest'
import { createLocks } from '../create-locks.ts'
import { lockMachine, type LockAnswer, type LockCommand, type LockQuery, type LockResult } from '../machine/index.ts'
import type { LockGroup } from '../session/session.ts'
import { conformanceLease, type LockHarness } from './conformance/harness.ts'
import { lockConformance } from './conformance/suite.ts'

type LockMembers = Group<LockCommand, LockResult, LockQuery, LockAnswer>

const members = ['ann', 'bob', 'cid'].map((name) => `member-${name}` as NodeId)

/** Three members in memory, on a clock that is moved, and a way to connect and disconnect them. */
async function startMembers() {
  const clock = new ManualClock()
  const hub = memoryHub({ clock })
  const prng = new Prng(1)
  const made = new AsyncDisposableStack()
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 120; turn++) await Promise.resolve()
  }
  const elapse = async (durationMs: number): Promise<void> => {
    for (let leftMs = durationMs; leftMs > 0; leftMs -= 10) {
      clock.advance(Math.min(10, leftMs))
      await settle()
    }
  }
  const until = async (what: string, condition: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 2_000; tries++) {
      await settle()
      if (condition()) return
      await elapse(10)
    }
    throw new Error(`it did not come to pass: ${what}`)
  }
  const groups = new Map<NodeId, LockMembers>()
  for (const id of members) {
    const { network } = made.use(hub.join(id))
    const storage = memoryStorage({ entropy: prng.split(id) }).open()
    const node = made.use(createRaft({ network, storage, clock, entropy: prng.split(id) }))
    void node.open({ name: 'locks', machine: lockMachine, voters: members }).then((group) => groups.set(id, group))
  }
  await until('somebody leads', () => [...groups.values()].some((group) => group.status().role === 'leader'))
  return { clock, hub, prng, made, groups, settle, elapse, until }
}

/** How a client gets to the service: as one of the members, or from outside. */
type Place = (world: Awaited<ReturnType<typeof startMembers>>, count: number) => { id: NodeId; group: LockGroup }

const asMember: Place = ({ groups }, count) => {
  const id = members[count % members.length] as NodeId
  const group = groups.get(id)
  if (group === undefined) throw new Error(`${id} is not open`)
  return { id, group }
}

const fromOutside: Place = ({ hub, made, clock, prng }, count) => {
  const id = `client-${count}` as NodeId
  const { network } = made.use(hub.join(id))
  const { codecs } = lockMachine.create()
  const entropy = prng.split(id)
  const group = made.use(createRaftClient({ network, clock, entropy, group: 'locks', codecs, members: () => members }))
  return { id, group }
}

async function makeHarness(place: Place): Promise<LockHarness> {
  const world = await startMembers()
  const { clock, hub, prng, made, settle, elapse, until } = world
  let clients = 0
  return {
    async client(name) {
      const { id, group } = place(world, clients++)
      const locks = made.use(createLocks({ group, clock, entropy: prng.split(name), name, ...conformanceLease }))
      const others = members.filter((member) => member !== id)
      return {
        locks,
        cut: async () => others.forEach((other) => hub.disconnect(id, other)),
        heal: async () => others.forEach((other) => hub.connect(id, other)),
      }
    },
    settle: () => elapse(50),
    elapse,
    until,
    async [Symbol.asyncDispose]() {
      const closing = made.disposeAsync()
      await elapse(10_000)
      await settle()
      await closing
    },
  }
}

describe.each([
  ['as members of a raft group', asMember],
  ['as clients of a raft group', fromOutside],
])('%s', (_, place) => {
  test.for(lockConformance(() => makeHarness(place)))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
