import type { CertificateFacts } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import { memoryDisk } from '@flotilla/core/testing'
import type { Member } from '@flotilla/discovery'
import type { Replicated } from '@flotilla/raft'
import { describe, expect, test } from 'vitest'
import { MemberNote } from './founding-note.ts'
import { autopilotMembers, mayBeMember, mayRunCommands, type Standings } from './group-members.ts'
import { MovingGroup } from './moving-group.ts'

const [self, other] = ['self', 'other'] as [string, string] as unknown as [NodeId, NodeId]

interface Known {
  readonly role?: CertificateFacts['role']
  readonly revoked?: boolean
  readonly connected?: boolean
  readonly status?: Member['status']
}

/** What is known of `other`. */
function standings({ role, revoked = false, connected = true, status }: Known): Standings {
  return {
    self,
    certificateOf: (id) => (id === other && role !== undefined ? ({ id, role } as CertificateFacts) : undefined),
    isRevoked: (id) => id === other && revoked,
    isConnected: (id) => id === other && connected,
    members: () => (status === undefined ? [] : [{ id: other, status } as Member]),
  }
}

describe('who may do what is read from the certificate', () => {
  test.each([
    [{ role: 'node' }, { member: true, commands: true }],
    [{ role: 'operator' }, { member: false, commands: true }],
    [{ role: 'agent' }, { member: false, commands: false }],
    [
      { role: 'node', revoked: true },
      { member: false, commands: false },
    ],
    [{}, { member: false, commands: false }],
  ] as const)('%j: %j', (known, { member, commands }) => {
    expect(mayBeMember(standings(known), other)).toBe(member)
    expect(mayRunCommands(standings(known), other)).toBe(commands)
  })
})

describe('the autopilot sees', () => {
  test.each([
    [{ role: 'node', status: 'alive' }, 'alive'],
    [{ role: 'node', status: 'alive', connected: false }, 'suspect'],
    [{ status: 'alive' }, 'suspect'],
    [{ role: 'node', status: 'dead' }, 'dead'],
    [{ role: 'node', status: 'left' }, 'left'],
    [{ role: 'node', status: 'alive', revoked: true }, 'removed'],
    [{ role: 'agent', status: 'alive' }, 'removed'],
    // In the group, and nobody has heard of it.
    [{}, 'dead'],
    [{ revoked: true }, 'removed'],
  ] as const)('%j as %s', (known, status) => {
    expect(autopilotMembers(standings(known), [other])).toEqual([{ id: other, status }])
  })
})

/** A group that says where it was asked. */
class Place implements Replicated<string, string, string, string> {
  readonly name = 'locks' as Replicated<string, string, string, string>['name']
  readonly subscribed = new Map<string, (payload: Uint8Array) => void>()
  readonly #where: string

  constructor(where: string) {
    this.#where = where
  }

  run(command: string): Promise<string> {
    return Promise.resolve(`${command} at ${this.#where}`)
  }

  read(query: string): Promise<string> {
    return this.run(query)
  }

  subscribe(topic: string, take: (payload: Uint8Array) => void): Disposable {
    this.subscribed.set(topic, take)
    return { [Symbol.dispose]: () => void this.subscribed.delete(topic) }
  }
}

test('who uses a group that moves asks it where it is, and hears of it from there only', async () => {
  const [client, member] = [new Place('a client'), new Place('a member')]
  const group = new MovingGroup(client)
  const heard: number[] = []
  using topic = group.subscribe('t', (payload) => void heard.push(payload.length))
  const before = group.subscribe('u', () => {})
  before[Symbol.dispose]()
  expect(await group.run('x')).toBe('x at a client')
  group.moveTo(member)
  expect([await group.run('x'), await group.read('y')]).toEqual(['x at a member', 'y at a member'])
  expect([[...client.subscribed.keys()], [...member.subscribed.keys()]]).toEqual([[], ['t']])
  member.subscribed.get('t')?.(new Uint8Array(3))
  expect(heard).toEqual([3])
  topic[Symbol.dispose]()
  expect(member.subscribed.size).toBe(0)
})

test('the note that something was promised lasts until it is taken back', async () => {
  const disk = memoryDisk().open()
  const first = await MemberNote.read(disk)
  expect(first.isThere).toBe(false)
  await first.write()
  const second = await MemberNote.read(disk)
  expect(second.isThere).toBe(true)
  await second.remove()
  expect((await MemberNote.read(disk)).isThere).toBe(false)
})
