import type { Codec } from '@flotilla/core/codec'
import { ProtocolError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { hybridTime } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BlobId } from '../../types.ts'
import { cheapNode } from '../doubles/node-cheap-keys.ts'
import { HostilePeer } from '../doubles/node-hostile-peer.ts'
import { bytesOf, MeshWorld, type MeshNode } from '../doubles/node-mesh-world.ts'
import { sealStatement } from '../statements/sealing.ts'
import type { Said } from '../statements/statement.ts'
import { feedCodecs, type FeedAnswer } from './messages.ts'

const feed = 'f'.repeat(32)
const content = new Prng(5).bytes(3_000)
const unknownId = 'ab'.repeat(32) as BlobId

/** Two honest nodes that have a blob, and one that is not honest. */
async function trouble(world: MeshWorld): Promise<{ ann: MeshNode; bob: MeshNode; mal: HostilePeer; id: BlobId }> {
  const ann = await world.add('ann')
  const bob = await world.add('bob')
  await world.pass(1_500)
  const { id } = await world.outcome(ann.store.put(content, { name: 'notes' }))
  return { ann, bob, mal: new HostilePeer(world, 'mal'), id }
}

async function expectWell(
  world: MeshWorld,
  { ann, bob, id }: { ann: MeshNode; bob: MeshNode; id: BlobId },
): Promise<void> {
  expect(await ann.store.list()).toMatchObject([{ name: 'notes', id }])
  expect((await ann.store.listIds()).map((stat) => stat.id)).toEqual([id])
  await world.outcome(ann.store.name('again', id))
  await world.pass(500)
  expect(await world.outcome(bob.store.get('again').then(bytesOf))).toEqual(content)
}

function stated(said: Said, author: string, wallMs: number): Uint8Array {
  const { keys, id } = cheapNode(author)
  return sealStatement({ said, stamp: hybridTime(wallMs, 0) }, keys, id).envelope
}

function pageOf(statements: readonly Uint8Array[], to = statements.length): FeedAnswer {
  const fed = statements.map((statement, index) => ({ seq: index + 1, statement }))
  return { type: 'statements', feed, to, statements: fed, freeBytes: 0 }
}

describe('a member that answers', () => {
  const wrongPages: Record<string, (since: number, asked: number) => FeedAnswer | Uint8Array> = {
    'with bytes that are no answer': () => new Uint8Array([1, 2, 3]),
    'something else than it was asked for': () => ({ type: 'kept', isKept: true }),
    'with a statement that is none': () => pageOf([new Uint8Array(50)]),
    'with places that do not rise': () => ({
      ...(pageOf([]) as Extract<FeedAnswer, { readonly type: 'statements' }>),
      to: 9,
      statements: [5, 5].map((seq) => ({ seq, statement: stated({ type: 'gone', key: 'name/notes' }, 'mal', 1) })),
    }),
    'with places behind the end of its page': () => ({
      ...(pageOf([]) as Extract<FeedAnswer, { readonly type: 'statements' }>),
      to: 1,
      statements: [{ seq: 7, statement: stated({ type: 'gone', key: 'name/notes' }, 'mal', 1) }],
    }),
    'as another feed each time': (since, asked) => ({ ...pageOf([]), feed: `feed ${since} ${asked}` }),
    'with pages without end, and nothing in them': (since) => pageOf([], since + 1),
  }

  test.for(Object.entries(wrongPages))('%s costs itself only', async ([, answer]) => {
    await using world = new MeshWorld()
    const honest = await trouble(world)
    const { mal, ann } = honest
    mal.answer = (request) => {
      if (request.type !== 'statements') return new Error('not now')
      return answer(request.since, mal.asked.length)
    }
    mal.notify(ann.cheap.id)
    await world.pass(5_000)
    expect(mal.asked.length).toBeGreaterThan(0)
    expect(mal.asked.length).toBeLessThan(5_000)
    await expect(expectWell(world, honest)).resolves.toBeUndefined()
  })
})

describe('a statement', () => {
  const now = 1_735_689_600_000

  test('with a wrong signature, of a stranger, or about another blob is not taken, from nobody', async () => {
    await using world = new MeshWorld()
    const honest = await trouble(world)
    const { ann, mal, id } = honest
    const gone: Said = { type: 'gone', key: `blob/${id}` }
    const forged = stated(gone, 'bob', now + 9_000)
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    const stranger = stated(gone, 'nobody', now + 9_000)
    const known = (await ann.store.local.resolve(id)) as NonNullable<
      Awaited<ReturnType<typeof ann.store.local.resolve>>
    >
    const descriptor = { size: known.size, depth: known.depth, root: known.root }
    const other: Said = { type: 'blob', id: unknownId, descriptor, copies: 1, lot: 1, putAtMs: 1 }
    const aboutAnother = stated(other, 'mal', now + 9_000)
    for (const statement of [forged, stranger, aboutAnother]) {
      mal.answer = (request) =>
        request.type === 'statements' ? pageOf(request.since === 0 ? [statement] : [], 1) : new Error('not now')
      await mal.ask(ann.id, { type: 'take', statements: [statement], blob: '' }).catch(() => undefined)
      mal.notify(ann.id)
      await world.pass(1_500)
    }
    await expect(expectWell(world, honest)).resolves.toBeUndefined()
  })

  test('from far ahead is taken when its time has come, and what comes after it at once', async () => {
    await using world = new MeshWorld()
    const { ann, mal, id } = await trouble(world)
    const wallMs = world.clock.wallNow() + 86_400_000 + 5_000
    const ahead = stated({ type: 'name', name: 'ahead', blob: id }, 'mal', wallMs)
    const sane = stated({ type: 'name', name: 'sane', blob: id }, 'mal', wallMs - 80_000_000)
    mal.answer = (request) => {
      if (request.type !== 'statements') return new Error('not now')
      if (request.feed !== feed) return pageOf([], request.since)
      return request.since === 0 ? pageOf([ahead, sane]) : pageOf([], request.since)
    }
    mal.notify(ann.id)
    await world.pass(1_000)
    expect((await ann.store.list()).map(({ name }) => name)).toEqual(['notes', 'sane'])
    // It is not acknowledged as long as it is put off.
    const haves = mal.asked.flatMap((request) => (request.type === 'statements' ? [request.have] : []))
    expect(Math.max(...haves)).toBe(0)
    world.clock.advance(6_000)
    await world.pass(3_000)
    expect((await ann.store.list()).map(({ name }) => name)).toEqual(['ahead', 'notes', 'sane'])
  })
})

test('a peer that is no member is answered nothing, and a member that asks nonsense no more than that', async () => {
  await using world = new MeshWorld()
  const honest = await trouble(world)
  const { ann, mal } = honest
  await expect(mal.ask(ann.id, new Uint8Array([9, 9]))).rejects.toMatchObject({ code: 'remote-failed' })
  expect(await mal.ask(ann.id, { type: 'statements', feed: 'x', since: 5, have: 5 })).toMatchObject({ statements: [] })
  world.members.delete(mal.cheap.id)
  await expect(mal.ask(ann.id, { type: 'holdings', feed: 'x', since: 0, have: 0 })).rejects.toMatchObject({
    code: 'remote-failed',
  })
  await expectWell(world, honest)
})

test('an untrusted replica is told of blobs, and no names', async () => {
  await using world = new MeshWorld()
  const { ann, mal } = await trouble(world)
  world.members.set(mal.cheap.id, { isAlive: true, awaySinceMs: undefined, isUntrusted: true })
  const first = await mal.ask(ann.id, { type: 'statements', feed: '', since: 0, have: 0 })
  const page = await mal.ask(ann.id, { type: 'statements', feed: 'feed' in first ? first.feed : '', since: 0, have: 0 })
  if (page.type !== 'statements') throw new Error('it is a page')
  expect(page.statements.length).toBe(1)
  expect(page.to).toBe(2)
  const text = Buffer.concat(page.statements.map(({ statement }) => statement)).toString('latin1')
  expect(text).not.toContain('notes')
  // And what it says is not taken.
  const taken = mal.ask(ann.id, { type: 'take', statements: [], blob: '' })
  await expect(taken).rejects.toMatchObject({ code: 'remote-failed' })
})

test('an older copy of a catalogue is noticed by who has read more of it, and read anew', async () => {
  await using world = new MeshWorld()
  const { ann, mal } = await trouble(world)
  const first = await mal.ask(ann.id, { type: 'statements', feed: '', since: 0, have: 0 })
  const id = 'feed' in first ? first.feed : ''
  const beyond = await mal.ask(ann.id, { type: 'statements', feed: id, since: 1_000, have: 1_000 })
  expect('feed' in beyond && beyond.feed !== id).toBe(true)
  // Who says so again without reason changes nothing.
  const now = 'feed' in beyond ? beyond.feed : ''
  const again = await mal.ask(ann.id, { type: 'statements', feed: now, since: 1_000, have: 1_000 })
  expect(again).toMatchObject({ feed: now, statements: [] })
})

test('whatever bytes come, they are a message with just these bytes, or a protocol error', () => {
  const { request, answer } = feedCodecs()
  const sample = request.encode({ type: 'take', statements: [new Uint8Array(9)], blob: unknownId })
  const page = answer.encode(pageOf([new Uint8Array(40)]))
  const changed = (bytes: Uint8Array) =>
    fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)).map(([at, byte]) => bytes.with(at, byte))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed(sample), changed(page)), (bytes) => {
      for (const codec of [request, answer] as unknown as readonly Codec<unknown>[]) {
        const again = againBy(codec, bytes)
        expect(again === 'refused' ? bytes : again).toEqual(bytes)
      }
    }),
    { numRuns: 2_000 },
  )
})

/** Anything but a protocol error is passed on. */
function againBy(codec: Codec<unknown>, bytes: Uint8Array): Uint8Array | 'refused' {
  try {
    return codec.encode(codec.decode(bytes))
  } catch (error) {
    if (error instanceof ProtocolError) return 'refused'
    throw error
  }
}
