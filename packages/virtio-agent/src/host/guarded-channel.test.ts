import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import type { WallChannel, WallChannelEvents } from '../contract.ts'
import { GuardedChannel } from './guarded-channel.ts'
import { validateGuestHostLimits } from './limits.ts'
import { SharedRoom } from './shared-room.ts'

/** A channel of which we are the machine. */
class FarChannel implements WallChannel {
  events: WallChannelEvents | undefined
  isDisposed = false

  begin(events: WallChannelEvents): void {
    this.events = events
    events.onPeer(true)
  }

  write(bytes: Uint8Array): number {
    return bytes.length
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true
    return Promise.resolve()
  }

  send(text: string): void {
    this.events?.onBytes(new TextEncoder().encode(text))
  }
}

const limits = validateGuestHostLimits({
  bytesPerSecondMax: 100_000,
  burstBytesMax: 200_000,
  lineBytesMax: 300_000,
  holdOffMs: 1_000,
  holdOffMsMax: 4_000,
})

function guarded(clock: ManualClock, room = new SharedRoom(1_000_000)) {
  const channels: FarChannel[] = []
  const said: string[] = []
  let bytes = 0
  const channel = new GuardedChannel({
    open() {
      const far = new FarChannel()
      channels.push(far)
      return far
    },
    clock,
    limits,
    room,
    onHeldOff: (isHeldOff, why) => said.push(isHeldOff ? `off: ${why}` : 'on'),
    onConnected: () => {},
  })
  const peers: boolean[] = []
  channel.begin({
    onPeer: (isThere) => peers.push(isThere),
    onBytes: (piece) => (bytes += piece.length),
    onRoom: () => {},
    onTrouble: () => {},
  })
  return { channel, channels, said, peers, taken: () => bytes, last: () => channels.at(-1) as FarChannel }
}

test('whoever floods is closed, for longer each time, and heard again after', () => {
  const clock = new ManualClock()
  const end = guarded(clock)
  const flood = (): void => {
    for (let piece = 0; piece < 100; piece++) end.last().send(`${'x'.repeat(9_999)}\n`)
  }
  for (const pauseMs of [1_000, 2_000, 4_000, 4_000]) {
    const before = end.taken()
    flood()
    expect(end.taken() - before).toBe(200_000)
    expect(end.last().isDisposed).toBe(true)
    const { length } = end.channels
    clock.advance(pauseMs - 1)
    expect(end.channels.length).toBe(length)
    clock.advance(1)
    expect(end.channels.length).toBe(length + 1)
  }
  expect(end.peers).toEqual([true, false, true, false, true, false, true, false, true])
  // Good for long, so the next time is the first again.
  clock.advance(8_000)
  flood()
  clock.advance(1_000)
  expect(end.last().isDisposed).toBe(false)
})

test('what it may send in the long run is never held off', () => {
  const clock = new ManualClock()
  const end = guarded(clock)
  for (let second = 0; second < 60; second++) {
    for (let piece = 0; piece < 10; piece++) end.last().send(`${'x'.repeat(9_999)}\n`)
    clock.advance(1_000)
  }
  expect(end.said).toEqual([])
  expect(end.taken()).toBe(60 * 100_000)
})

test('lines that do not end share one room, and who fills it gives way, not who has little', () => {
  const clock = new ManualClock()
  const room = new SharedRoom(250_000)
  const [greedy, modest] = [guarded(clock, room), guarded(clock, room)]
  greedy.last().send('x'.repeat(200_000))
  modest.last().send('y'.repeat(60_000))
  expect([greedy.said, modest.said]).toEqual([[], []])
  modest.last().send('y'.repeat(30_000))
  expect(modest.said).toEqual([expect.stringContaining('room')])
  // What it had is given back.
  expect(greedy.last().isDisposed).toBe(false)
  clock.advance(1_000)
  greedy.last().send('\n')
  modest.last().send('y'.repeat(150_000))
  expect(modest.said.at(-1)).toBe('on')
})

test('nothing of a channel that is closed is heard, and disposing ends the waiting', async () => {
  const clock = new ManualClock()
  const end = guarded(clock)
  const old = end.last()
  for (let piece = 0; piece < 30; piece++) old.send('x'.repeat(9_999))
  const before = end.taken()
  old.events?.onBytes(new Uint8Array(10))
  old.events?.onPeer(true)
  expect(end.taken()).toBe(before)
  await end.channel[Symbol.asyncDispose]()
  clock.advance(10_000)
  expect(end.channels.length).toBe(1)
})
