import { describe, expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import { sleep } from '@flotilla/core/time'
import { Newcomer, type NewcomerOptions } from '../../testing/newcomer.ts'
import { pick, trio } from '../../testing/test-cluster.ts'
import { readPosition, readVerdict } from '../../wire/offer-codec.ts'

/** 64 KiB of ballast, and what stands before it. */
const snapshotBytesMin = 64 * 1_024
const stallMs = 1_000

/** The road is held once so much of the content has arrived. */
function heldAt(bytes: number): NewcomerOptions {
  return {
    raft: { settings: { trailingBytes: 0 }, limits: { snapshotChunkBytes: 1_024, snapshotStallMs: stallMs } },
    prepare({ road }) {
      let arrived = 0
      road.onPiece = (piece) => {
        arrived += piece.byteLength
        if (arrived >= bytes) road.hold()
      }
    },
  }
}

async function halfway(): Promise<Newcomer> {
  const world = await Newcomer.begin(heldAt(snapshotBytesMin / 2))
  await world.cluster.untilTrue(() => world.trip.bytes >= snapshotBytesMin / 2)
  await world.cluster.pass(50)
  world.road.onPiece = () => {}
  return world
}

async function isBehind({ cluster, joined }: Newcomer): Promise<void> {
  for (let step = 0; step < 5; step++) {
    await cluster.pass(100)
    const bounded = joined.read({ what: 'sum' }, { consistency: 'bounded', staleMsMax: 60_000 })
    await expect(bounded).rejects.toMatchObject({ code: 'no-leader' })
    expect(await joined.read({ what: 'sum' }, { consistency: 'local' })).toEqual({ sum: 0 })
  }
}

describe('a snapshot that is cut off midway', () => {
  test('goes on where it was cut, and no byte travels twice', async () => {
    const world = await halfway()
    await using _world = world
    const { cluster, road, id, leaderId } = world
    const arrived = world.trip.bytes
    expect(world.trip.position).toBe(0)
    cluster.hub.disconnect(leaderId, id)
    await cluster.pass(50)
    road.forget(leaderId)
    road.open()
    cluster.hub.connect(leaderId, id)
    await world.caughtUp()
    expect(road.trips.map(({ position }) => position)).toEqual([0, arrived])
    expect(arrived + world.trip.bytes).toBe(world.trip.bytesOffered)
    expect(await world.cluster.until(world.leader.run({ add: 1 }))).toEqual({ sum: 2 })
  })

  test('by the end of the receiver’s process goes on from what its disk has', async () => {
    const world = await halfway()
    await using _world = world
    const { cluster, road, id } = world
    const arrived = world.trip.bytes
    cluster.crash(id)
    await cluster.pass(200)
    road.forget(...trio)
    road.open()
    world.start()
    await world.caughtUp()
    expect(road.trips).toHaveLength(2)
    const { position = 0, bytes } = world.trip
    expect(position).toBeGreaterThan(0)
    expect(position).toBeLessThanOrEqual(arrived)
    expect(position + bytes).toBe(world.trip.bytesOffered)
  })

  test('by the end of the leader is brought by the next one', async () => {
    const world = await halfway()
    await using _world = world
    const { cluster, road, leaderId } = world
    cluster.crash(leaderId)
    await cluster.pass(50)
    road.forget(leaderId)
    road.open()
    const left = world.groups.filter((_, place) => trio[place] !== leaderId)
    await cluster.untilTrue(() => left.some((group) => group.status().role === 'leader'))
    const group = pick(left, 0)
    await cluster.until(group.run({ add: 1 }))
    await cluster.untilTrue(() => (world.status?.applied ?? 0) >= group.status().commit)
    expect(world.trip.from).not.toBe(leaderId)
    expect(road.trips.filter(({ from }) => from !== leaderId)).toHaveLength(1)
    expect(world.trip.bytes).toBe(world.trip.bytesOffered)
  })
})

describe('a snapshot on its way', () => {
  test('when leadership passes to another comes to its end', async () => {
    const world = await halfway()
    await using _world = world
    const { cluster, road } = world
    const before = world.leaderId
    await cluster.until(world.leader.transferLeadership())
    await cluster.untilTrue(() => world.groups.some((group) => group.status().role === 'leader'))
    expect(world.leaderId).not.toBe(before)
    await cluster.pass(500)
    road.open()
    await cluster.until(world.leader.run({ add: 1 }))
    await world.caughtUp()
    await cluster.until(world.leader.changeMembers({ voters: [...trio, world.id], learners: [] }))
  })

  test('that stalls is given up after `snapshotStallMs`, and the next goes on there', async () => {
    const world = await halfway()
    await using _world = world
    const { cluster, road, leaderId } = world
    const arrived = world.trip.bytes
    const { term } = world.leader.status()
    expect(world.told('a snapshot could not be brought')).toBe(0)
    await cluster.pass(stallMs + 200)
    expect(world.told('a snapshot could not be brought')).toBe(1)
    road.open()
    await world.caughtUp()
    expect(pick(road.trips, 0).position).toBe(0)
    expect(world.trip).toMatchObject({ from: leaderId, position: arrived, bytes: world.trip.bytesOffered - arrived })
    expect(world.leader.status().term).toBe(term)
  })

  test('with a byte that is another one is refused, and the group goes on', async () => {
    const spoil: NewcomerOptions = {
      prepare({ road }) {
        road.onPiece = (piece, trip) => {
          const place = piece.byteLength - 1
          if (trip.bytes < snapshotBytesMin / 2 && piece.byteLength > 1_000) piece[place] = (piece[place] ?? 0) ^ 1
        }
      },
    }
    const world = await Newcomer.begin(spoil)
    await using _world = world
    const { cluster, road } = world
    await cluster.pass(3_000)
    expect(world.status).toMatchObject({ applied: 0, snapshotIndex: 0 })
    expect(world.told('a snapshot that was brought could not be loaded')).toBe(1)
    expect(await cluster.until(world.leader.run({ add: 1 }))).toEqual({ sum: 2 })
    // The content is not sent again and again; the next snapshot is another one.
    const sent = road.trips.reduce((sum, trip) => sum + trip.bytes, 0)
    expect(sent).toBeLessThan(2 * snapshotBytesMin)
    road.onPiece = () => {}
    await cluster.pass(300)
    await cluster.until(Promise.all(world.groups.map((group) => group.compact())))
    await world.caughtUp()
  })

  test('may be large: meanwhile the leader leads on, and is heard', async () => {
    const world = await Newcomer.begin(heldAt(1))
    await using _world = world
    const { cluster, road } = world
    await cluster.pass(50)
    road.onPiece = () => {}
    const { term, leader } = world.leader.status()
    let sum = 1
    for (let step = 0; step < 60; step++) {
      road.pass(1)
      await cluster.pass(100)
      expect(await cluster.until(world.leader.run({ add: 1 }))).toEqual({ sum: ++sum })
      expect(world.status).toMatchObject({ term, leader, applied: 0 })
    }
    road.open()
    await world.caughtUp()
    expect(road.trips).toHaveLength(1)
    expect(world.leader.status()).toMatchObject({ term, leader })
  })

  test('is not there yet: meanwhile its receiver knows that its state is not the leader’s', async () => {
    const world = await halfway()
    await using _world = world
    const { cluster, road, joined } = world
    await isBehind(world)
    road.open()
    await world.caughtUp()
    await cluster.pass(100)
    expect(await joined.read({ what: 'sum' }, { consistency: 'bounded' })).toEqual({ sum: 1 })
  })

  test('is not there yet: nor does its receiver think so after a restart, when it hears only heartbeats', async () => {
    const world = await halfway()
    await using _world = world
    const { cluster, road, id } = world
    cluster.crash(id)
    road.forget(...trio)
    road.open()
    road.onPiece = () => road.hold()
    world.start()
    await cluster.untilTrue(() => road.trips.length > 1)
    await isBehind(world)
    expect(world.status).toMatchObject({ applied: 0, leader: world.leaderId })
  })

  test('may take longer to load than a piece of it may take to come', async () => {
    const world = await Newcomer.begin({
      raft: { settings: { trailingBytes: 0 }, limits: { snapshotStallMs: 200 } },
      loading: ({ clock }) => sleep(clock, 2_000),
    })
    await using _world = world
    await world.caughtUp()
    expect(world.road.trips).toHaveLength(1)
    expect(world.told('a snapshot could not be brought')).toBe(0)
  })

  test('is answered once more when the answer was lost, and the next one can come', async () => {
    const world = await Newcomer.begin()
    await using _world = world
    await world.caughtUp()
    const { cluster, id, trip } = world
    await using channel = cluster.hub.join('z' as NodeId).network.open('raft', {})
    for (let attempt = 0; attempt < 2; attempt++) {
      const stream = await cluster.until(channel.openStream(id, { header: trip.header }))
      const [answers] = await cluster.until(Promise.all([Array.fromAsync(stream), stream.end()]))
      const [position, verdict] = answers.length === 2 ? answers : []
      expect(position && readPosition(position, Infinity)).toBe(trip.bytesOffered)
      expect(verdict && readVerdict(verdict)).toBe('taken')
    }
  })

  test('that is loaded for ever is given up after `snapshotLoadMs`', async () => {
    const world = await Newcomer.begin({
      raft: { settings: { trailingBytes: 0 }, limits: { snapshotLoadMs: 2_000 } },
      loading: () => new Promise(() => {}),
    })
    await using _world = world
    await world.cluster.pass(1_900)
    expect(world.told('a snapshot could not be brought')).toBe(0)
    await world.cluster.pass(300)
    expect(world.told('a snapshot could not be brought')).toBe(1)
    expect(await world.cluster.until(world.leader.run({ add: 1 }))).toEqual({ sum: 2 })
  })
})
