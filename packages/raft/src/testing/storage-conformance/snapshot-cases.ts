import type { ConformanceCase } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import type { RaftStorage } from '../../storage/storage.ts'
import type { GroupName, SnapshotMark } from '../../types.ts'
import { begins, groupA, groupB, markOf, refuses, run, type MakeStorage } from './storage-under-test.ts'

type Check = (
  name: string,
  work: (storage: RaftStorage, next: { reopen: Next; crash: Next | undefined }) => Promise<RaftStorage | void>,
) => ConformanceCase
type Next = (storage: RaftStorage) => Promise<RaftStorage>

/** Longer than any chunk, and no multiple of one. */
const content: Uint8Array = Uint8Array.from({ length: 200_003 }, (_, at) => (at * 31 + (at >> 8)) & 0xff)

/** The contents of snapshots. */
export function snapshotCases(make: MakeStorage): readonly ConformanceCase[] {
  const check: Check = (name, work) => ({
    name: `snapshots: ${name}`,
    async run() {
      const subject = await make()
      const storage = await subject.open()
      await storage.write([begins(groupA), begins(groupB)])
      const reopen: Next = async (previous) => {
        await previous[Symbol.asyncDispose]()
        return subject.open()
      }
      const crash: Next = async () => {
        await subject.crash?.(1)
        return subject.open()
      }
      const last = await work(storage, { reopen, crash: subject.crash && crash })
      await (last ?? storage)[Symbol.asyncDispose]()
    },
  })
  return [...createdCases(check), ...receivedCases(check), ...removalCases(check)]
}

async function created(
  storage: RaftStorage,
  group: GroupName,
  index: number,
  bytes: Uint8Array,
): Promise<SnapshotMark> {
  await using writer = await storage.snapshots.create(group, markOf(index, 1))
  for (let at = 0; at < bytes.length; at += 70_001) await writer.write(bytes.subarray(at, at + 70_001))
  assert.equal(writer.position, bytes.length)
  return await writer.finish()
}

async function contentOf(
  storage: RaftStorage,
  group: GroupName,
  mark: SnapshotMark,
  from?: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of storage.snapshots.read(group, mark, from)) pieces.push(piece.slice())
  return joined(pieces)
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

function createdCases(check: Check): readonly ConformanceCase[] {
  return [
    check('one that was made is read, from any place, in the next life too', async (first, { reopen }) => {
      const mark = await created(first, groupA, 5, content)
      assert.equal(mark.bytes, content.length)
      assert.ok(mark.id.length > 0)
      assert.deepEqual(await contentOf(first, groupA, mark), content)
      await first.write([{ group: groupA, snapshot: mark }])
      const storage = await reopen(first)
      for (const from of [0, 1, 65_536, 131_071, content.length - 1, content.length]) {
        assert.deepEqual(await contentOf(storage, groupA, mark, from), content.slice(from))
      }
      return storage
    }),
    check('one without content is one', async (first, { reopen }) => {
      const mark = await created(first, groupA, 5, new Uint8Array(0))
      await first.write([{ group: groupA, snapshot: mark }])
      const storage = await reopen(first)
      assert.equal((await contentOf(storage, groupA, mark)).length, 0)
      return storage
    }),
    check('no two have the same name', async (storage) => {
      const marks = [await created(storage, groupA, 5, content), await created(storage, groupA, 5, content)]
      assert.notEqual(marks[0]?.id, marks[1]?.id)
    }),
    check('one that is not finished is none, and goes', async (storage) => {
      const mark = await (async () => {
        await using writer = await storage.snapshots.create(groupA, markOf(5, 1, { id: 'mine' }))
        await writer.write(content)
        return markOf(5, 1, { id: 'mine', bytes: content.length })
      })()
      await refuses('not-found', () => contentOf(storage, groupA, mark))
      assert.equal(storage.figures().snapshotBytes, 0)
    }),
    check('one of another group is not given', async (storage) => {
      const mark = await created(storage, groupA, 5, content)
      await refuses('not-found', () => contentOf(storage, groupB, mark))
    }),
    check('two readers do not disturb each other', async (storage) => {
      const mark = await created(storage, groupA, 5, content)
      const both = await Promise.all([contentOf(storage, groupA, mark), contentOf(storage, groupA, mark, 100)])
      assert.deepEqual(both, [content, content.slice(100)])
    }),
  ]
}

const sent: SnapshotMark = markOf(9, 2, { id: 'sentbyanother1', bytes: content.length })

async function received(storage: RaftStorage, mark: SnapshotMark): Promise<number> {
  await using writer = await storage.snapshots.receive(groupA, mark)
  const { position } = writer
  await writer.write(content.subarray(position, mark.bytes))
  assert.deepEqual(await writer.finish(), mark)
  return position
}

async function begun(storage: RaftStorage, mark: SnapshotMark): Promise<void> {
  await using writer = await storage.snapshots.receive(groupA, mark)
  assert.equal(writer.position, 0)
  await writer.write(content.subarray(0, 150_000))
}

function receivedCases(check: Check): readonly ConformanceCase[] {
  return [
    check('one that was received is read', async (storage) => {
      assert.equal(await received(storage, sent), 0)
      assert.deepEqual(await contentOf(storage, groupA, sent), content)
      await storage.write([{ group: groupA, snapshot: sent }])
      assert.deepEqual(await contentOf(storage, groupA, sent), content)
    }),
    check('one that was left half-way goes on, in the next life too', async (first, { reopen, crash }) => {
      await begun(first, sent)
      assert.ok((await received(first, sent)) > 0)
      const next = { ...sent, id: 'sentbyanother2' }
      await begun(first, next)
      let storage = await reopen(first)
      assert.ok((await received(storage, next)) > 0)
      assert.deepEqual(await contentOf(storage, groupA, next), content)
      if (crash === undefined) return storage
      const last = { ...sent, id: 'sentbyanother3' }
      await begun(storage, last)
      storage = await crash(storage)
      await received(storage, last) // From wherever it is durable.
      assert.deepEqual(await contentOf(storage, groupA, last), content)
      return storage
    }),
    check('one that is there already is not received again', async (storage) => {
      await received(storage, sent)
      await using writer = await storage.snapshots.receive(groupA, sent)
      assert.equal(writer.position, sent.bytes)
      assert.deepEqual(await writer.finish(), sent)
    }),
    check('one that is longer or shorter than it should be is refused', async (storage) => {
      await using writer = await storage.snapshots.receive(groupA, sent)
      await writer.write(content.subarray(1))
      await refuses('wrong-mark', () => writer.finish())
      await refuses('wrong-mark', () => writer.write(content.subarray(0, 2)))
    }),
    check('a name that is no name is refused', async (storage) => {
      for (const id of ['', '../../secret', 'a/b', 'UPPER', 'a'.repeat(65), '.', 'x.part', 'ö']) {
        await refuses('wrong-mark', () => storage.snapshots.receive(groupA, { ...sent, id }))
      }
      for (const bytes of [-1, 0.5, NaN, Infinity]) {
        await refuses('wrong-mark', () => storage.snapshots.receive(groupA, { ...sent, bytes }))
      }
    }),
  ]
}

function removalCases(check: Check): readonly ConformanceCase[] {
  return [
    check('the old one goes when the new one counts', async (storage) => {
      const old = await created(storage, groupA, 5, content)
      await storage.write([{ group: groupA, snapshot: old }])
      const recent = await created(storage, groupA, 8, content)
      assert.deepEqual(await contentOf(storage, groupA, old), content)
      await storage.write([{ group: groupA, snapshot: recent }])
      await refuses('not-found', () => contentOf(storage, groupA, old))
      assert.deepEqual(await contentOf(storage, groupA, recent), content)
    }),
    check('the old one stays for who is reading it', async (storage) => {
      const old = await created(storage, groupA, 5, content)
      await storage.write([{ group: groupA, snapshot: old }])
      const recent = await created(storage, groupA, 8, content)
      const pieces: Uint8Array[] = []
      for await (const piece of storage.snapshots.read(groupA, old)) {
        if (pieces.length === 0) await storage.write([{ group: groupA, snapshot: recent }])
        pieces.push(piece.slice())
      }
      assert.deepEqual(joined(pieces), content)
      await refuses('not-found', () => contentOf(storage, groupA, old))
    }),
    check('those of a group that is removed go', async (storage) => {
      const mark = await created(storage, groupA, 5, content)
      await storage.write([{ group: groupA, snapshot: mark, entries: run(6, 7, 1) }])
      await storage.write([{ group: groupA, removed: true }])
      await refuses('not-found', () => contentOf(storage, groupA, mark))
      assert.equal(storage.figures().snapshotBytes, 0)
    }),
    check('what no group needs is gone in the next life', async (first, { reopen }) => {
      await created(first, groupA, 5, content)
      await received(first, { ...sent, id: 'unneeded1' })
      await begun(first, { ...sent, id: 'unneeded2', index: sent.index })
      await first.write([{ group: groupA, snapshot: markOf(20, 4) }])
      const storage = await reopen(first)
      assert.equal(storage.figures().snapshotBytes, 0)
      return storage
    }),
  ]
}
