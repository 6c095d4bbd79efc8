import { expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import { ManualClock } from '@flotilla/core/testing'
import { raftDefaults } from '../settings.ts'
import type { BootNumber } from '../wire/call.ts'
import { Beats } from './beats.ts'
import type { GroupDriver } from './group-driver.ts'
import { PeerTable } from './peer-table.ts'

/** One peer, which says nothing after its first word, and one group shared with it. */
function silentPeer(): {
  readonly clock: ManualClock
  readonly beats: Beats
  quiet: boolean
  readonly told: boolean[]
} {
  const clock = new ManualClock()
  const peers = new PeerTable()
  const told: boolean[] = []
  const status = (): { readonly quiet: boolean } => ({ quiet: scene.quiet })
  const group = { core: { status }, step: ({ reachable }: { reachable: boolean }) => told.push(reachable) }
  const boot = 1 as BootNumber
  const beaten = (): void => {}
  const host = { clock, settings: raftDefaults, boot, peers, notify: beaten, groupVersions: () => [], beaten }
  const scene = { clock, beats: new Beats(host), quiet: true, told }
  const id = 'b' as NodeId
  peers.of(id).shared.add(group as unknown as GroupDriver)
  scene.beats.up(id)
  return scene
}

test('when a group wakes, a peer that spoke seldom until then has a whole election timeout to speak', () => {
  const scene = silentPeer()
  for (let passed = 0; passed < 600; passed += 50) scene.clock.advance(50)
  expect(scene.told).toEqual([true])
  scene.quiet = false
  for (let passed = 0; passed < 500; passed += 50) scene.clock.advance(50)
  expect(scene.told).toEqual([true])
  for (let passed = 0; passed < 200; passed += 50) scene.clock.advance(50)
  expect(scene.told).toEqual([true, false])
  scene.beats.close()
})

test('a quiet peer is given up when two of its beats are missing', () => {
  const scene = silentPeer()
  for (let passed = 0; passed < 700; passed += 50) scene.clock.advance(50)
  expect(scene.told).toEqual([true])
  for (let passed = 0; passed < 250; passed += 50) scene.clock.advance(50)
  expect(scene.told).toEqual([true, false])
  scene.beats.close()
})
