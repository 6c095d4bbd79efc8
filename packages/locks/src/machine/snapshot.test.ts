import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameHeadBytes, writeFrameHead } from '@flotilla/core/codec'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import { ScriptRunner } from '../testing/script-runner.ts'
import { snapshotScript } from '../testing/snapshot-script.ts'
import { lockMachine } from './lock-machine.ts'
import { snapshotRecordCodec, type SnapshotRecord } from './snapshot-records.ts'

function records(): readonly SnapshotRecord[] {
  const machine = lockMachine.create()
  new ScriptRunner(machine).run(snapshotScript)
  const bytes = Uint8Array.from([...machine.snapshot()].flatMap((piece) => [...piece]))
  const found: SnapshotRecord[] = []
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < bytes.length;) {
    const end = at + frameHeadBytes + view.getUint32(at)
    found.push(snapshotRecordCodec.decode(bytes.subarray(at + frameHeadBytes, end)))
    at = end
  }
  return found
}

function written(all: readonly SnapshotRecord[]): Uint8Array {
  const frames = all.map((record) => {
    const bytes = snapshotRecordCodec.encode(record)
    const frame = new Uint8Array(frameHeadBytes + bytes.length)
    writeFrameHead(frame, 0, bytes.length)
    frame.set(bytes, frameHeadBytes)
    return frame
  })
  return Uint8Array.from(frames.flatMap((frame) => [...frame]))
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** With the right number of records in the last one. */
function counted(all: readonly SnapshotRecord[]): readonly SnapshotRecord[] {
  return all.map((record, place) => (record.type === 'end' ? { ...record, records: place } : record))
}

const all = records()
const types = all.map(({ type }) => type)

test('the script brings about every kind of record', () => {
  const kinds = ['head', 'session', 'owner', 'resource', 'hold', 'waiter', 'deadlock', 'end'] as const
  for (const kind of kinds) expect(types).toContain(kind)
})

describe('what no machine wrote is refused', () => {
  test('a record that is left out, or comes twice', async () => {
    for (const [place, record] of all.entries()) {
      if (record.type === 'end') continue
      const without = all.filter((_, at) => at !== place)
      await expect(lockMachine.restore(pieces(written(without)), 1)).rejects.toThrow(ProtocolError)
      const twice = all.flatMap((each, at) => (at === place ? [each, each] : [each]))
      await expect(lockMachine.restore(pieces(written(twice)), 1)).rejects.toThrow(ProtocolError)
    }
  })

  test('one without somebody who is referred to, or without its head, even if counted right', async () => {
    for (const [place, record] of all.entries()) {
      if (record.type !== 'head' && record.type !== 'session' && record.type !== 'owner') continue
      const without = counted(all.filter((_, at) => at !== place))
      await expect(lockMachine.restore(pieces(written(without)), 1)).rejects.toThrow(ProtocolError)
    }
  })

  test('a snapshot that is cut off anywhere', async () => {
    const bytes = written(all)
    for (let length = 0; length < bytes.length; length += 7) {
      await expect(lockMachine.restore(pieces(bytes.subarray(0, length)), 1)).rejects.toThrow(ProtocolError)
    }
  })

  test('bytes that were changed: a refusal, or a state that can be gone on with', async () => {
    const bytes = written(all)
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const changed = bytes.slice()
        for (const [at, value] of changes) changed[at] = value
        expect(await outcomeOf(changed)).toMatch(/^(whole|refused)$/)
      }),
      { numRuns: 500 },
    )
  })
})

async function outcomeOf(bytes: Uint8Array): Promise<string> {
  try {
    const machine = await lockMachine.restore(pieces(bytes), 1)
    new ScriptRunner(machine).run('show X')
    return [...machine.snapshot()].length > 0 ? 'whole' : 'empty'
  } catch (error) {
    return error instanceof FlotillaError ? 'refused' : String(error)
  }
}

test('two holders of an exclusive lock, or too many permits, are refused', async () => {
  const holds = all.filter((record) => record.type === 'hold')
  const [writer] = holds.filter(({ mode }) => mode === 'exclusive')
  const shared = all.map((record) => {
    return record.type === 'hold' && record.mode === 'shared' && writer ? { ...record, mode: writer.mode } : record
  })
  await expect(lockMachine.restore(pieces(written(shared)), 1)).rejects.toThrow('is held by a writer and others')
  const greedy = all.map((record) =>
    record.type === 'resource' && record.capacity > 0 ? { ...record, capacity: 1 } : record,
  )
  await expect(lockMachine.restore(pieces(written(greedy)), 1)).rejects.toThrow('more permits of S are held')
})

test('a snapshot is what the state was when it was taken, whatever happens while it is read', () => {
  const machine = lockMachine.create()
  const runner = new ScriptRunner(machine)
  runner.run(snapshotScript)
  const before = [...machine.snapshot()].flatMap((piece) => [...piece])
  const later = machine.snapshot()
  runner.run('a release-all t\na acquire R shared as v\na value 5 other\na close\n+100')
  expect([...later].flatMap((piece) => [...piece])).toEqual(before)
})
