import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { memoryAir, type MemoryDatagrams } from './memory-air.ts'

const port = 7
const address = (last: number) => ({ host: `10.0.0.${last}`, port })

/** Two machines, and what the second one hears. */
function place(seed = 1) {
  const clock = new ManualClock()
  const air = memoryAir({ clock, prng: new Prng(seed) })
  const [one, other] = [air.open([address(1)]), air.open([address(2)])]
  const heard: number[] = []
  one.start({ received: () => undefined, addressesChanged: () => undefined })
  other.start({ received: (_from, bytes) => void heard.push(bytes[0] ?? 0), addressesChanged: () => undefined })
  const say = (from: MemoryDatagrams, count: number): void => {
    for (let index = 0; index < count; index++) from.send(address(2), Uint8Array.of(index))
  }
  return { clock, air, one, other, heard, say }
}

test('datagrams arrive in order through calm air, at the clock’s time', () => {
  const { clock, one, heard, say } = place()
  say(one, 3)
  expect(heard).toEqual([])
  clock.advance(1)
  expect(heard).toEqual([0, 1, 2])
})

test('weather loses, doubles and reorders them', () => {
  const { clock, air, one, heard, say } = place()
  air.weather = { lossPerMille: 300, duplicationPerMille: 300, latencyMs: [1, 50] }
  say(one, 200)
  clock.advance(100)
  const distinct = new Set(heard).size
  expect(distinct).toBeGreaterThan(100)
  expect(distinct).toBeLessThan(180)
  expect(heard.length).toBeGreaterThan(distinct)
  expect(heard).not.toEqual(heard.toSorted((first, second) => first - second))
})

test('a cut is one way, and a paused machine hears afterwards what it missed', () => {
  const { clock, air, one, other, heard, say } = place()
  air.cut('10.0.0.1', '10.0.0.2')
  say(one, 3)
  clock.advance(1)
  expect(heard).toEqual([])
  air.heal()
  other.pause()
  say(one, 2)
  clock.advance(1)
  expect(heard).toEqual([])
  other.resume()
  expect(heard).toEqual([0, 1])
})

test('a machine that moved is reached where it is now, and one that is gone nowhere', async () => {
  const { clock, air, one, other, heard, say } = place()
  other.move([address(3)])
  say(one, 1)
  clock.advance(1)
  expect(heard).toEqual([])
  one.send(address(3), Uint8Array.of(9))
  one.announce(Uint8Array.of(8))
  clock.advance(1)
  expect(heard).toEqual([9, 8])
  await other[Symbol.asyncDispose]()
  one.send(address(3), Uint8Array.of(7))
  clock.advance(1)
  expect(heard).toEqual([9, 8])
  expect(() => air.open([address(1)])).toThrow('10.0.0.1 7 belongs to another machine')
})
