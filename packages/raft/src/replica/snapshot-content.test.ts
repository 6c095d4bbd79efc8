import { FlotillaError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { EntryFeed } from '../testing/entry-feed.ts'
import { notebookKind } from '../testing/notebook.ts'
import type { MachineKind } from '../state-machine.ts'
import type { Replica } from './replica-contract.ts'
import { createReplica, restoreReplica } from './replica.ts'

const machineKind = notebookKind(2)

/** A bit of everything. */
function busyReplica(): { replica: Replica; feed: EntryFeed } {
  const replica = createReplica({ machineKind })
  const feed = new EntryFeed(replica)
  feed.time = 1_700_000_000_000
  feed.open(3, { resultsKeptMax: 8 })
  feed.open(4, { resultsKeptMax: 8 })
  feed.version(2)
  feed.command(1, 1, 'a')
  feed.command(1, 4, 'no “ü”', 1)
  feed.command(2, 9, 'in 500', 9)
  return { replica, feed }
}

function contentOf(replica: Replica): Uint8Array {
  return new Uint8Array(Buffer.concat([...replica.snapshot()]))
}

async function* pieces(content: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes)
}

/** This content is on disks: it must be loaded for ever. */
const stored =
  '46525331000000000000020000000000000600018bcfe56800000000000010000000000036ee800000000000000800000000' +
  '400000000000000000020000000000000100018bcfe568000000000000000100000000000008030303030303030300000000' +
  '00000200000000000001000000000000000131000000000000040100000000000013726566757365642d62792d6e6f746562' +
  '6f6f6b0000000000000f6e6f74206e6f20e2809cc3bce2809d010000000000000f61736b20666f7220616e6f746865720000' +
  '000000000200018bcfe568000000000000000900000000000008040404040404040400000000000001000000000000090000' +
  '000000000001337b2276657273696f6e223a322c226c696e6573223a5b223420617420313730303030303030303030302076' +
  '323a2061222c223520617420313730303030303030303030302076323a206e6f20e2809cc3bce2809d222c22362061742031' +
  '3730303030303030303030302076323a20696e20353030225d2c22616c61726d73223a5b313730303030303030303530305d' +
  '7d'

describe('the content of a snapshot', () => {
  test('is the bytes that are on disks', () => {
    const hex = Buffer.from(contentOf(busyReplica().replica)).toString('hex')
    expect(hex).toBe(stored)
  })

  test('makes the same replica again, cut anywhere, which goes on alike', async () => {
    const { replica } = busyReplica()
    const content = contentOf(replica)
    for (const pieceBytes of [1, 2, 7, 64, content.length]) {
      const again = await restoreReplica(pieces(content, pieceBytes), { machineKind })
      expect(contentOf(again)).toEqual(content)
      const { applied, time, version, sessions } = again
      expect({ applied, time, version, sessions, deadline: again.deadline() }).toEqual({
        applied: 6,
        time: 1_700_000_000_000,
        version: 2,
        sessions: 2,
        deadline: 1_700_000_000_500,
      })
    }
    const one = await restoreReplica(pieces(content, 50), { machineKind })
    const feed = new EntryFeed(busyReplica().replica, one)
    feed.time = 1_700_000_000_700
    // The feed throws if the two differ.
    expect(feed.command(1, 4, 'no “ü”')).toMatchObject({ message: 'not no “ü”', hint: 'ask for another' })
    feed.command(1, 5, 'b')
  })

  test('is as it was when it was asked for, while entries are applied', () => {
    const { replica, feed } = busyReplica()
    const before = contentOf(replica)
    const later = replica.snapshot()
    feed.command(1, 5, 'b', 5)
    feed.close(2)
    expect(new Uint8Array(Buffer.concat([...later]))).toEqual(before)
    expect(contentOf(replica)).not.toEqual(before)
  })

  test('is that of then even where a machine writes it as a generator', () => {
    const seen: string[] = []
    const machine = machineKind.create()
    const kind: typeof machineKind = {
      ...machineKind,
      create: () => ({
        ...machineOf(machine, seen),
        *snapshot() {
          yield new TextEncoder().encode(seen.join())
        },
      }),
    }
    const replica = createReplica({ machineKind: kind })
    const feed = new EntryFeed(replica)
    feed.bare('a')
    const content = replica.snapshot()
    feed.bare('b')
    expect(Buffer.concat([...content]).toString()).toMatch(/a$/)
  })

  test('of a newer version, or cut short, or longer than it was, is not loadable', async () => {
    const content = contentOf(busyReplica().replica)
    const load = async (bytes: Uint8Array, version: number = 2): Promise<unknown> =>
      restoreReplica(pieces(bytes, 60), { machineKind: notebookKind(version) })
    await expect(load(content, 1)).rejects.toMatchObject({
      code: 'snapshot-unloadable',
      message: 'a snapshot cannot be loaded: it is of version 2 of the machine, and this program knows 1',
      hint: 'start a newer version of this program',
    })
    for (let length = 0; length < content.length; length++) {
      await expect(load(content.subarray(0, length))).rejects.toMatchObject({ code: 'snapshot-unloadable' })
    }
    await expect(load(Uint8Array.of(...content, 0))).rejects.toMatchObject({ code: 'snapshot-unloadable' })
  })

  test('that was harmed is not loadable, or is some state; nothing worse', async () => {
    const content = contentOf(busyReplica().replica)
    const prng = new Prng(1)
    let loaded = 0
    for (let turn = 0; turn < 3_000; turn++) {
      const harmed = content.slice()
      for (let flips = prng.between(1, 3); flips > 0; flips--) harmed[prng.below(harmed.length)] = prng.below(256)
      if (await isLoadable(harmed)) loaded++
    }
    expect(loaded).toBeLessThan(3_000)
  })

  test('lets go of its pieces where it is not loadable', async () => {
    let isClosed = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(10)
      } finally {
        isClosed = true
      }
    }
    await expect(restoreReplica(endless(), { machineKind })).rejects.toThrow('a snapshot cannot be loaded')
    expect(isClosed).toBe(true)
  })
})

/** Throws what must never be thrown. */
async function isLoadable(content: Uint8Array): Promise<boolean> {
  try {
    return contentOf(await restoreReplica(pieces(content, 100), { machineKind })).length > 0
  } catch (error) {
    if (!(error instanceof FlotillaError && error.code === 'snapshot-unloadable')) throw error
    return false
  }
}

type Machine = ReturnType<(typeof machineKind)['create']>

function machineOf(machine: Machine, seen: string[]): Machine {
  const { codecs } = machine
  const kind: MachineKind<string, number, string, string> = machineKind
  return {
    codecs,
    apply: (command) => seen.push(command),
    query: () => '',
    snapshot: () => kind.create().snapshot(),
  }
}
