import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { serveQga } from '../../guest/index.ts'
import { memoryQgaSystem, MemoryWall } from '../../testing/index.ts'
import type { WallChannel } from '../../contract.ts'
import type { QgaCall, QgaClientEffect } from './client-core.ts'
import { talkToQga } from './client-driver.ts'

/** A client, and on the other side an agent that the test plays itself. */
function client() {
  const clock = new ManualClock()
  const wall = new MemoryWall({ clock })
  const effects: QgaClientEffect[] = []
  let asked = ''
  const play = (channel: WallChannel): void =>
    channel.begin({
      onPeer: () => {},
      onBytes: (bytes) => (asked += new TextDecoder('latin1').decode(bytes)),
      onRoom: () => {},
      onTrouble: () => {},
    })
  const talking = talkToQga({ channel: wall.host, clock, onEffect: (effect) => effects.push(effect) })
  const settle = async (passMs = 0): Promise<void> => {
    for (let round = 0; round < 60; round++) {
      clock.advance(round === 0 ? passMs : 0)
      await Promise.resolve()
    }
  }
  const call = (ticket: number, more: Partial<QgaCall> = {}): void =>
    talking.call({ ticket, command: 'guest-ping', timeoutMs: 1_000, ...more })
  const say = (text: string): void => void wall.guest.write(Uint8Array.from(text, (unit) => unit.charCodeAt(0)))
  const take = (): string => {
    const text = asked
    asked = ''
    return text
  }
  /** Brings both sides into step. */
  const sync = async (): Promise<void> => {
    await settle()
    say(`\u00ff{"return": ${/"id":(\d+)/.exec(take())?.[1]}}\n`)
    await settle()
  }
  const endings = (ticket: number) =>
    effects.flatMap((effect) => (effect.type === 'ended' && effect.ticket === ticket ? [effect.ending] : []))
  return { clock, wall, effects, play, settle, call, say, take, sync, endings, talking }
}

test('nothing is asked before both sides are in step, and old answers are skipped', async () => {
  const { wall, play, settle, call, say, take, endings } = client()
  play(wall.guest)
  wall.connect()
  await settle()
  call(1)
  const asked = take()
  expect(asked).toMatch(/^\u00ff\{"execute":"guest-sync-delimited","arguments":\{"id":\d+\}\}\n$/)
  say('{"return":{}}\n{"return":1}\n{"error":{"class":"GenericError","desc":"old"}}\n')
  await settle()
  expect(take()).toBe('')
  say(`\u00ff{"return": ${/"id":(\d+)/.exec(asked)?.[1]}}\n`)
  await settle()
  const id = /"id":("flotilla-\d+")/.exec(take())?.[1]
  say('{"event":"X"}\nnonsense\n{"return":{"not":"ours"},"id":"other"}\n')
  say(`{"return":{"a":9223372036854775807},"id":${id}}\n{"return":{}}\n`)
  await settle()
  expect(endings(1)).toEqual([{ type: 'returned', value: { a: 9_223_372_036_854_775_807n } }])
})

test('an answer that does not come leaves the next one out of step until both have found each other', async () => {
  const { wall, play, settle, call, say, take, sync, endings } = client()
  play(wall.guest)
  wall.connect()
  await sync()
  call(1)
  call(2)
  await settle()
  take()
  await settle(1_000)
  expect(endings(1)).toMatchObject([{ type: 'lost', mayHaveRun: true }])
  expect(take()).toContain('guest-sync-delimited')
  // Comes late, from an agent that does not repeat ids.
  say('{"return":{"late":true}}\n')
  await settle()
  expect(endings(2)).toEqual([])
})

test('an agent that never answers keeps nobody waiting', async () => {
  const { wall, play, settle, call, endings } = client()
  play(wall.guest)
  wall.connect()
  await settle()
  call(1, { timeoutMs: 60_000 })
  await settle(5_000)
  expect(endings(1)).toEqual([{ type: 'lost', mayHaveRun: false, message: 'no agent answers in the guest' }])
})

test('refusals, and commands that answer nothing', async () => {
  const { wall, play, settle, call, say, sync, endings } = client()
  play(wall.guest)
  wall.connect()
  await sync()
  call(1)
  call(2, { command: 'guest-shutdown', isSilent: true })
  call(3, { command: 'guest-shutdown', isSilent: true })
  await settle()
  say('{"error":{"class":"CommandNotFound","desc":"no"}}\n')
  await settle()
  expect(endings(1)).toEqual([{ type: 'refused', class: 'CommandNotFound', message: 'no' }])
  await settle(5_000)
  expect(endings(2)).toEqual([{ type: 'silent' }])
  wall.disconnect()
  await settle()
  expect(endings(3)).toEqual([{ type: 'silent' }])
})

test('it understands our own agent, and everything ends when it is closed', async () => {
  const { clock, wall, settle, call, endings, talking } = client()
  await using _ = serveQga({ channel: wall.guest, clock, system: memoryQgaSystem(), version: '1' })
  wall.connect()
  await settle()
  call(1, { command: 'guest-get-time' })
  await settle()
  expect(endings(1)).toEqual([{ type: 'returned', value: 1_795_291_529_960_737_001n }])
  call(2)
  await talking[Symbol.asyncDispose]()
  expect(endings(2)).toMatchObject([{ type: 'lost' }])
})
