import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import type { ConformanceCase } from '@flotilla/core/testing'
import type { FarSide, MakeWallHarness, WallHarness } from './harness.ts'
import { pattern, Witness, writeAll } from './witness.ts'

/** More than any channel takes at once. */
const largeBytes = 2 ** 20
const reconnects = 5

/** What every `WallChannel` does. It judges order and content, never durations. */
export function wallConformance(makeHarness: MakeWallHarness): readonly ConformanceCase[] {
  const cases: Record<string, (harness: WallHarness) => Promise<void>> = {
    'before it begins it takes nothing': takesNothingBefore,
    'bytes go both ways': goesBothWays,
    'much goes to the other side whole and in order, as there is room': sendsMuch,
    'much comes from the other side whole and in order': takesMuch,
    'an other side that does not read makes it refuse, and be ready again later': waitsForRoom,
    'what was written may be used again at once': copiesWhatItTakes,
    'it tells that the other side goes, once, and takes nothing then': tellsGoing,
    'the other side comes back as often as it likes': comesBack,
    'it may be disposed of before it begins, and twice': disposesEarly,
    'it reports nothing after it was disposed of': silentAfterDisposal,
    'it may be disposed of while it reports': disposedWithinReport,
  }
  return Object.entries(cases).map(([name, check]) => ({
    name,
    run: async () => {
      await using harness = await makeHarness()
      await check(harness)
    },
  }))
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** Whatever kind of array it is; and with no list of a million differences. */
function same(actual: Uint8Array, expected: Uint8Array): void {
  strictEqual(actual.length, expected.length)
  const at = actual.findIndex((byte, index) => byte !== expected[index])
  strictEqual(at, -1, `the bytes differ from place ${at} on`)
}

async function begun({ channel, far }: WallHarness): Promise<Witness> {
  const witness = new Witness()
  channel.begin(witness)
  await far.connect()
  await witness.until(() => witness.peers.length > 0)
  deepStrictEqual(witness.peers, [true])
  return witness
}

async function takesNothingBefore(harness: WallHarness): Promise<void> {
  strictEqual(harness.channel.write(pattern(10)), 0)
  const witness = await begun(harness)
  strictEqual(witness.receivedBytes, 0)
}

async function goesBothWays(harness: WallHarness): Promise<void> {
  const witness = await begun(harness)
  strictEqual(harness.channel.write(pattern(10, 1)), 10)
  same(await harness.far.receive(10), pattern(10, 1))
  await harness.far.send(pattern(10, 2))
  await witness.until(() => witness.receivedBytes >= 10)
  same(witness.received, pattern(10, 2))
}

async function sendsMuch(harness: WallHarness): Promise<void> {
  const witness = await begun(harness)
  const sent = pattern(largeBytes)
  const [received] = await Promise.all([
    harness.far.receive(sent.length),
    writeAll(harness.channel, witness, Uint8Array.from(sent)),
  ])
  same(received, sent)
}

async function takesMuch({ channel, far }: WallHarness): Promise<void> {
  const witness = await begun({ channel, far } as WallHarness)
  const sent = pattern(largeBytes)
  await far.send(sent)
  await witness.until(() => witness.receivedBytes >= sent.length)
  same(witness.received, sent)
}

async function waitsForRoom(harness: WallHarness): Promise<void> {
  const witness = await begun(harness)
  const written: Uint8Array[] = []
  // A wall may take some MB before it is full.
  const mostBytes = 2 ** 26
  let total = 0
  let taken = -1
  for (let round = 0; total < mostBytes && taken !== 0; round++) {
    const bytes = pattern(2 ** 16, round)
    taken = harness.channel.write(bytes)
    written.push(bytes.subarray(0, taken))
    total += taken
  }
  ok(total < mostBytes, 'it takes without end what nobody reads')
  const rooms = witness.rooms
  const received = await harness.far.receive(total)
  same(received, joined(written, total))
  await witness.until(() => witness.rooms > rooms)
  strictEqual(harness.channel.write(pattern(10)), 10)
}

/** Much, so that some of it waits within the channel. */
async function copiesWhatItTakes(harness: WallHarness): Promise<void> {
  await begun(harness)
  const bytes = pattern(8 * largeBytes)
  const taken = harness.channel.write(bytes)
  ok(taken > 0, 'it takes nothing')
  bytes.fill(0)
  same(await harness.far.receive(taken), pattern(8 * largeBytes).subarray(0, taken))
}

async function tellsGoing(harness: WallHarness): Promise<void> {
  const witness = await begun(harness)
  await harness.far.leave()
  await witness.until(() => witness.peers.length > 1)
  deepStrictEqual(witness.peers, [true, false])
  strictEqual(harness.channel.write(pattern(10)), 0)
}

async function comesBack(harness: WallHarness): Promise<void> {
  const witness = await begun(harness)
  for (let round = 1; round <= reconnects; round++) {
    await roundTrip(harness, witness, round)
    await harness.far.leave()
    await witness.until(() => witness.peers.length === 2 * round)
    await harness.far.connect()
    await witness.until(() => witness.peers.length === 2 * round + 1)
  }
  await roundTrip(harness, witness, reconnects + 1)
  const told = Array.from({ length: 2 * reconnects + 1 }, (_, index) => index % 2 === 0)
  deepStrictEqual(witness.peers, told)
}

async function roundTrip({ channel, far }: WallHarness, witness: Witness, seed: number): Promise<void> {
  const before = witness.receivedBytes
  await far.send(pattern(100, seed))
  await witness.until(() => witness.receivedBytes >= before + 100)
  same(witness.received.subarray(before), pattern(100, seed))
  strictEqual(channel.write(pattern(50, seed)), 50)
  same(await far.receive(50), pattern(50, seed))
}

async function disposesEarly({ channel }: WallHarness): Promise<void> {
  await channel[Symbol.asyncDispose]()
  await channel[Symbol.asyncDispose]()
  strictEqual(channel.write(pattern(1)), 0)
}

async function silentAfterDisposal(harness: WallHarness): Promise<void> {
  const witness = await begun(harness)
  await harness.channel[Symbol.asyncDispose]()
  const { reports } = witness
  await leaveAndReturn(harness.far)
  strictEqual(harness.channel.write(pattern(1)), 0)
  strictEqual(witness.reports, reports)
}

async function disposedWithinReport({ channel, far }: WallHarness): Promise<void> {
  const witness = new Witness()
  const disposed = Promise.withResolvers<void>()
  const disposing = {
    onPeer: (isThere: boolean) => {
      witness.onPeer(isThere)
      channel[Symbol.asyncDispose]().then(disposed.resolve, disposed.reject)
    },
    onBytes: (bytes: Uint8Array) => witness.onBytes(bytes),
    onRoom: () => witness.onRoom(),
    onTrouble: (error: unknown) => witness.onTrouble(error),
  }
  channel.begin(disposing)
  await far.connect()
  await disposed.promise
  await leaveAndReturn(far)
  deepStrictEqual(witness.peers, [true])
  strictEqual(witness.receivedBytes + witness.troubles.length, 0)
}

/** Something that a channel would report. That nobody is there any more may fail it. */
async function leaveAndReturn(far: FarSide): Promise<void> {
  await far.send(pattern(10)).catch(() => {})
  await far.leave()
}
