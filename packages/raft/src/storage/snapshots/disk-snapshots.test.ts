import { diskPath, type DiskPath } from '@flotilla/core/disk'
import { Prng } from '@flotilla/core/random'
import {
  memoryDisk,
  type DiskFailure,
  type DiskFaults,
  type DiskOperation,
  type MemoryDisk,
} from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { begins, groupA, markOf } from '../../testing/storage-conformance/storage-under-test.ts'
import type { SnapshotMark } from '../../types.ts'
import { openDiskStorage } from '../disk-storage.ts'
import type { RaftStorage } from '../storage.ts'

const limits = { segmentBytes: 8_192, openingSegmentBytes: 4_096, snapshotSyncBytes: 70_000 }
const content = new Prng(5).bytes(150_000)
const sent: SnapshotMark = markOf(9, 2, { id: 'sentbyanother', bytes: content.length })

function open(memory: MemoryDisk): Promise<RaftStorage> {
  const prng = new Prng(1)
  return openDiskStorage({ disk: memory.open(), entropy: { bytes: (length) => prng.bytes(length) }, limits })
}

/** A disk on which one operation, counted from when `arm` is called, is the last one, or fails. */
function countingDisk(): {
  memory: MemoryDisk
  arm: (at: number, failure?: DiskFailure) => void
  met: () => DiskOperation | undefined
} {
  let left = Infinity
  let failure: DiskFailure | undefined
  let met: DiskOperation | undefined
  const begin: DiskFaults['begin'] = (operation, finish) => {
    left--
    if (left >= 0) return finish()
    if (left === -1) met = operation
    if (failure === undefined) return // It stalls, and so does all after it.
    finish(left === -1 ? failure : undefined)
  }
  const arm = (at: number, failing?: DiskFailure): void => {
    left = at
    failure = failing
  }
  return { memory: memoryDisk({ faults: { begin } }), arm, met: () => met }
}

async function contentOf(storage: RaftStorage, mark: SnapshotMark): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of storage.snapshots.read(groupA, mark)) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function receive(storage: RaftStorage): Promise<number> {
  await using writer = await storage.snapshots.receive(groupA, sent)
  const { position } = writer
  for (let at = position; at < content.length; at += 40_000) await writer.write(content.subarray(at, at + 40_000))
  await writer.finish()
  return position
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 300; turn++) await Promise.resolve()
}

describe('a snapshot that is received', () => {
  test('goes on after a crash at any step with what is as it was sent', async () => {
    const positions = new Set<number>()
    for (let step = 0; ; step++) {
      const { memory, arm, met } = countingDisk()
      const first = await open(memory)
      await first.write([begins(groupA)])
      arm(step)
      const receiving = receive(first).then(
        () => 'received',
        () => 'failed',
      )
      await settled()
      memory.crash(new Prng(step))
      arm(Infinity)
      const again = await open(memory)
      positions.add(await receive(again))
      expect(Buffer.compare(await contentOf(again, sent), content), `step ${step}`).toBe(0)
      if (met() === undefined) {
        assert.equal(await receiving, 'received')
        break
      }
    }
    expect(positions.size).toBeGreaterThan(1)
  })

  test('fails with the disk, harms nothing, and comes anew', async () => {
    for (const failure of [{ code: 'io-failed' }, { code: 'disk-full', bytesWritten: 77 }] as const) {
      for (let step = 0; ; step++) {
        const { memory, arm, met } = countingDisk()
        const storage = await open(memory)
        await storage.write([begins(groupA)])
        arm(step, failure)
        const outcome = await receive(storage).then(
          () => 'received',
          (error: unknown) => (error as { code?: string }).code,
        )
        arm(Infinity)
        await receive(storage)
        expect(Buffer.compare(await contentOf(storage, sent), content), `step ${step}`).toBe(0)
        await storage.write([{ group: groupA, snapshot: sent }])
        if (met() === undefined) {
          assert.equal(outcome, 'received')
          break
        }
        expect(['io-failed', 'disk-full', 'received']).toContain(outcome)
      }
    }
  })

  test('goes on with what a cache shows after a failed sync, and is durable then', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      let failing = false
      const begin: DiskFaults['begin'] = ({ type, path }, finish) => {
        finish(failing && type === 'sync' && path.endsWith('.part') ? { code: 'io-failed' } : undefined)
      }
      const memory = memoryDisk({ faults: { begin } })
      const storage = await open(memory)
      await storage.write([begins(groupA)])
      {
        await using writer = await storage.snapshots.receive(groupA, sent)
        failing = true
        await expect(writer.write(content)).rejects.toMatchObject({ code: 'io-failed' })
        failing = false
      }
      memory.kill(new Prng(seed))
      const again = await open(memory)
      expect(await receive(again)).toBeGreaterThan(0)
      await again.write([{ group: groupA, snapshot: sent }])
      memory.crash(new Prng(seed))
      expect(Buffer.compare(await contentOf(await open(memory), sent), content), `seed ${seed}`).toBe(0)
    }
  })

  test('whose part here is damaged goes on before the damage', async () => {
    const memory = memoryDisk()
    const storage = await open(memory)
    await storage.write([begins(groupA)])
    {
      await using writer = await storage.snapshots.receive(groupA, sent)
      await writer.write(content.subarray(0, 140_000))
    }
    memory.kill(new Prng(1))
    memory.rot(diskPath(`raft/snapshots/${sent.id}.part`), new Prng(2), { from: 70_000 })
    const again = await open(memory)
    expect(await receive(again)).toBe(65_536)
    expect(Buffer.compare(await contentOf(again, sent), content)).toBe(0)
  })
})

test('a snapshot that is finished survives a crash', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const memory = memoryDisk()
    const storage = await open(memory)
    await storage.write([begins(groupA)])
    await receive(storage)
    await storage.write([{ group: groupA, snapshot: sent }])
    memory.crash(new Prng(seed))
    expect(Buffer.compare(await contentOf(await open(memory), sent), content), `seed ${seed}`).toBe(0)
  }
})

test('a snapshot that was read while another took its place leaves nothing behind', async () => {
  const memory = memoryDisk()
  const storage = await open(memory)
  await storage.write([begins(groupA)])
  await receive(storage)
  await storage.write([{ group: groupA, snapshot: sent }])
  for await (const piece of storage.snapshots.read(groupA, sent)) {
    expect(piece.length).toBeGreaterThan(0)
    await storage.write([{ group: groupA, snapshot: markOf(20, 3) }])
  }
  await storage[Symbol.asyncDispose]()
  expect(memory.paths().filter((path) => path.startsWith('raft/snapshots'))).toEqual([])
})

describe('a snapshot that is damaged', () => {
  test('is reported, and no wrong byte given out', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const memory = memoryDisk()
      const storage = await open(memory)
      await storage.write([begins(groupA)])
      await receive(storage)
      const path: DiskPath = diskPath(`raft/snapshots/${sent.id}`)
      const at = memory.rot(path, new Prng(seed))
      let given = 0
      const reading = (async () => {
        for await (const piece of storage.snapshots.read(groupA, sent)) {
          expect(Buffer.compare(piece, content.subarray(given, given + piece.length))).toBe(0)
          given += piece.length
        }
      })()
      await expect(reading, `seed ${seed}, byte ${at}`).rejects.toMatchObject({ code: 'corrupt' })
    }
  })

  test('is reported where it was cut or is another one', async () => {
    const memory = memoryDisk()
    const storage = await open(memory)
    await storage.write([begins(groupA)])
    await receive(storage)
    await expect(contentOf(storage, { ...sent, bytes: sent.bytes - 1 })).rejects.toMatchObject({ code: 'corrupt' })
    await expect(contentOf(storage, { ...sent, index: markOf(8, 2).index })).rejects.toMatchObject({ code: 'corrupt' })
  })
})

test('a snapshot is synced in parts, so that no sync has to wait for all of it', async () => {
  let unsynced = 0
  let most = 0
  const begin: DiskFaults['begin'] = ({ type, path, bytes }, finish) => {
    if (path.startsWith('raft/snapshots') && type === 'write') unsynced += bytes
    if (path.startsWith('raft/snapshots') && type === 'sync') unsynced = 0
    most = Math.max(most, unsynced)
    finish()
  }
  const storage = await open(memoryDisk({ faults: { begin } }))
  await storage.write([begins(groupA)])
  {
    await using writer = await storage.snapshots.create(groupA, markOf(5, 1))
    await writer.write(new Uint8Array(2_000_000))
    await writer.finish()
  }
  expect(most).toBeLessThan(limits.snapshotSyncBytes + 66_000)
})
