import type { CertificateFacts, Role } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import { silentLogger } from '@flotilla/core/observe'
import { ManualClock, memoryDisk } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { BlobMembers } from './blob-members.ts'

const [ann, bob, cid, dan] = [
  'fl18xyguzqvncxwzem0knt7zrp687zajudf7gx9mr',
  'fl1vxgrxplt3009gwesvklugmnpft2htl7n3tugae',
  'fl1h5d3q0usd8505vcw84a0x34v8eyeyhzal7jncl',
  'fl16e5heqzyu7e7vstzg88kd7j4jnn03dgdvhcqaaa',
] as unknown as readonly NodeId[]

interface Scene {
  readonly clock: ManualClock
  readonly connected: Set<NodeId>
  readonly revoked: Set<NodeId>
  readonly certificates: Map<NodeId, Pick<CertificateFacts, 'role' | 'notAfter'>>
  readonly opened: () => Promise<BlobMembers>
}

function scene(): Scene {
  const clock = new ManualClock({ wallMs: 1_000_000 })
  const disk = memoryDisk().open()
  const [connected, revoked] = [new Set<NodeId>(), new Set<NodeId>()]
  const certificates = new Map<NodeId, Pick<CertificateFacts, 'role' | 'notAfter'>>()
  const opened = (): Promise<BlobMembers> =>
    BlobMembers.open({
      disk,
      clock,
      logger: silentLogger,
      self: ann as NodeId,
      connected: () => [...connected],
      certificateOf: (id) => certificates.get(id) as CertificateFacts | undefined,
      isRevoked: (id) => revoked.has(id),
    })
  return { clock, connected, revoked, certificates, opened }
}

function connects({ connected, certificates, clock }: Scene, id: NodeId | undefined, role: Role = 'node'): void {
  if (id === undefined) return
  connected.add(id)
  certificates.set(id, { role, notAfter: (clock.wallNow() + 1_000_000) as CertificateFacts['notAfter'] })
}

test('whoever was connected once stays a member, restarts included, and is away since when it was missed', async () => {
  const here = scene()
  connects(here, bob)
  const members = await here.opened()
  expect(members.all()).toEqual([{ node: bob, isAlive: true, awaySinceMs: undefined, isUntrusted: false }])
  await members.settled()
  here.connected.clear()
  here.clock.advance(5_000)
  const since = here.clock.now()
  expect(members.all()).toMatchObject([{ node: bob, isAlive: false, awaySinceMs: since }])
  here.clock.advance(5_000)
  expect(members.all()).toMatchObject([{ awaySinceMs: since }])
  here.certificates.clear()
  const again = await here.opened()
  expect(again.all()).toMatchObject([{ node: bob, isAlive: false, awaySinceMs: here.clock.now() }])
  connects(here, bob)
  expect(again.all()).toMatchObject([{ node: bob, isAlive: true, awaySinceMs: undefined, isUntrusted: false }])
})

test('who is revoked, or can never come back, is none any more', async () => {
  const here = scene()
  connects(here, bob)
  connects(here, cid)
  const members = await here.opened()
  expect(members.all()).toHaveLength(2)
  here.revoked.add(bob as NodeId)
  here.connected.clear()
  expect(members.all()).toMatchObject([{ node: cid }])
  here.clock.setWall(here.clock.wallNow() + 1_000_001)
  expect(members.all()).toEqual([])
  await members.settled()
  expect((await here.opened()).all()).toEqual([])
})

test('agents get nothing, strangers neither, and this node itself is not listed', async () => {
  const here = scene()
  connects(here, ann)
  connects(here, bob, 'agent')
  here.connected.add(dan as NodeId)
  const members = await here.opened()
  expect(members.all()).toEqual([])
  expect([bob, dan].map((id) => members.isTrusted(id as NodeId))).toEqual([false, false])
  connects(here, bob, 'operator')
  expect(members.all()).toMatchObject([{ node: bob, isUntrusted: false }])
  here.revoked.add(bob as NodeId)
  expect(members.isTrusted(bob as NodeId)).toBe(false)
})

test('replicas are listed as what they are, restarts included, and trusted by nobody', async () => {
  const here = scene()
  connects(here, bob)
  connects(here, cid, 'replica')
  const members = await here.opened()
  expect(members.all()).toMatchObject([
    { node: bob, isUntrusted: false },
    { node: cid, isUntrusted: true },
  ])
  expect(members.isTrusted(cid as NodeId)).toBe(false)
  await members.settled()
  here.connected.clear()
  here.certificates.clear()
  const again = await here.opened()
  expect(again.all()).toMatchObject([{ isUntrusted: false }, { node: cid, isAlive: false, isUntrusted: true }])
  // Nobody is trusted of whom nothing is known.
  expect([bob, cid].map((id) => again.isTrusted(id as NodeId))).toEqual([false, false])
  connects(here, bob, 'replica')
  expect(again.all()).toMatchObject([{ node: bob, isUntrusted: true }, { node: cid }])
  here.revoked.add(cid as NodeId)
  expect(again.all()).toMatchObject([{ node: bob }])
})
