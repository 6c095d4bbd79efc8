import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { LocalStore } from '../store/contract.ts'
import { content, read, refusalOf } from '../testing/conformance/content.ts'
import { walkBlob } from '../tree/blob-walk.ts'
import type { WantedChunk } from '../tree/contract.ts'
import type { ChunkId } from '../types.ts'
import { digestOf, openSmallStore } from './node-small-store.ts'

/** All that a store says of what it holds. */
export interface Picture {
  readonly names: string
  /** By id the digest of what it holds, or `!` and the code with which it cannot be read. */
  readonly blobs: ReadonlyMap<string, string>
}

/** The same content in two stores of one cluster: what one of them loses the other can give. */
export interface FlipWorld extends AsyncDisposable {
  /** Where the images are, and what is made of them. */
  readonly folder: string
  /** As the store was when it was closed, and as it was while it was open, as a crash would have left it. */
  readonly images: readonly ['closed', 'open']
  readonly expected: Picture
  /** The same without what the very last commit did. */
  readonly beforeLast: Picture
  readonly bring: (id: ChunkId) => Promise<Uint8Array | undefined>
}

const identity = new Uint8Array(32).fill(7)

export function openFlipped(folder: string): Promise<LocalStore> {
  return openSmallStore(folder, { identity })
}

/** Several packs, lists of lists, small blobs, names, a pin, two keys, and chunks that nothing needs. */
export async function makeFlipWorld(): Promise<FlipWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-flips-'))
  const origin = join(folder, 'origin')
  const store = await openFlipped(origin)
  await fill(store)
  const beforeLast = await pictureOf(store)
  await store.name('last', 'large 1')
  const expected = await pictureOf(store)
  await cp(origin, join(folder, 'open'), { recursive: true })
  await store[Symbol.asyncDispose]()
  await cp(origin, join(folder, 'closed'), { recursive: true })
  const chunks = await chunksOfTwin(join(folder, 'twin'))
  return {
    folder,
    images: ['closed', 'open'],
    expected,
    beforeLast,
    bring: (id) => Promise.resolve(chunks.get(id)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

async function fill(store: LocalStore): Promise<void> {
  await store.put(content(1, 500_000), { name: 'large 1' })
  await store.put(new Uint8Array(50_000).fill(1), { name: 'compressible' })
  const { id } = await store.put(content(2, 20_000), { name: 'gone' })
  await store.rotateKey()
  // All that has the older key is sealed again, and what that leaves behind is taken away: most bytes mean something.
  await store.vault.reseal({ bytesPerSecond: Number.MAX_SAFE_INTEGER })
  await store.collectGarbage()
  await store.put(content(3, 60_000), { name: 'large 2' })
  for (let seed = 10; seed < 30; seed++) await store.put(content(seed, 10 + seed * 40), { name: `small ${seed}` })
  await store.put(content(40, 3_000))
  await store.pin('large 2')
  await store.delete(id)
}

export async function pictureOf(store: LocalStore): Promise<Picture> {
  const names: string[] = []
  const blobs = new Map<string, string>()
  for (const { name, id } of await store.list()) names.push(`${name}: ${id}`)
  for (const { id, pinned, size } of await store.listIds()) {
    names.push(`${id}: ${pinned ? 'pinned ' : ''}${size}`)
    blobs.set(id, await digestOrRefusal(store, id))
  }
  return { names: names.join('\n'), blobs }
}

async function digestOrRefusal(store: LocalStore, id: string): Promise<string> {
  let digest = ''
  const refusal = await refusalOf(read(store, id).then((bytes) => (digest = digestOf(bytes))))
  return refusal === 'nothing' ? digest : `!${refusal}`
}

async function chunksOfTwin(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const chunks = new Map<string, Uint8Array>()
  await using twin = await openFlipped(folder)
  await fill(twin)
  for (const row of await twin.vault.catalogue.blobs({ limit: 1_000 })) {
    const visit = async (wanted: readonly WantedChunk[]): Promise<readonly ChunkId[]> => {
      const found = await twin.vault.read(wanted, {})
      for (const [index, { id }] of wanted.entries()) chunks.set(id, Uint8Array.from(found[index] ?? []))
      return wanted.map(({ id }) => id)
    }
    await walkBlob(row, { source: twin.vault, visit })
  }
  assert.ok(chunks.size > 400)
  return chunks
}

export interface ImageFile {
  /** Below the image. */
  readonly path: string
  readonly bytes: Uint8Array
}

/** Every file of an image that has any bytes. */
export async function filesOf(image: string): Promise<readonly ImageFile[]> {
  const files: ImageFile[] = []
  for (const entry of await readdir(image, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || (await stat(path)).size === 0) continue
    files.push({ path: relative(image, path), bytes: await readFile(path) })
  }
  return files.toSorted((one, other) => (one.path < other.path ? -1 : 1))
}
