import assert from 'node:assert/strict'
import type {
  BlobRow,
  Catalogue,
  ChunkRow,
  Fed,
  NameRow,
  Page,
  SeenBlobRow,
  ShareRow,
  StatementRow,
} from '../../catalogue/contract.ts'
import type { BlobId, ChunkId, KeyEpoch } from '../../types.ts'
import type { CatalogueTwin } from './catalogue-twin.ts'
import { drawnEpochMax, drawnKeys } from './drawn-changes.ts'

/** Small, so that there are several. */
const pageLimit = 3

/** All that a catalogue tells of itself, as text: equal exactly if they hold the same. */
export async function observed(catalogue: Catalogue): Promise<string> {
  const packs = await catalogue.packs()
  const chunks = []
  for (const { pack } of packs) {
    const after = ({ place }: { readonly place: { readonly position: number } }): number => place.position
    chunks.push(...(await paged((page: Page<number>) => catalogue.chunksOf(pack, page), after)))
  }
  const blobs = await paged<BlobRow, BlobId>(
    (page) => catalogue.blobs(page),
    ({ id }) => id,
  )
  const statements = await catalogue.statementsSince(0, 1_000)
  const feed = await catalogue.blobsSince(0, 1_000)
  for (const numbers of [statements, feed] as readonly (readonly Fed<unknown>[])[]) expectRising(numbers)
  const newest = drawnEpochMax as KeyEpoch
  return shown({
    chunks: chunks.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    packs: new Map(packs.map(({ pack, ...use }) => [pack, use])),
    older: await paged<ChunkRow, ChunkId>(
      (page) => catalogue.chunksBefore(newest, page),
      ({ id }) => id,
    ),
    olderCount: await catalogue.chunkCountBefore(newest),
    blobs,
    feed: feed.map(({ row }) => row),
    names: await paged<NameRow, string>(
      (page) => catalogue.names({ prefix: '', ...page }),
      ({ name }) => name,
    ),
    namesOf: await Promise.all(drawnKeys.blobs.map((id) => catalogue.namesOf(id))),
    nameRows: await Promise.all(drawnKeys.names.map((name) => catalogue.name(name))),
    pins: await catalogue.pins(),
    partials: await catalogue.partials(),
    keys: await catalogue.keys(),
    shares: await paged<ShareRow, ShareRow>(
      (page) => catalogue.shares(page),
      (share) => share,
    ),
    sharesOf: await Promise.all(drawnKeys.blobs.map((id) => catalogue.sharesOf(id))),
    peers: await catalogue.peers(),
    statements: await paged<StatementRow, string>(
      (page) => catalogue.statements({ prefix: '', ...page }),
      ({ key }) => key,
    ),
    statementFeed: statements.map(({ row }) => row),
    seen: await Promise.all(drawnKeys.paths.map((path) => catalogue.seenFile(path))),
    seenHere: await catalogue.seenFiles(drawnKeys.paths),
    notes: await Promise.all(drawnKeys.notes.map((key) => catalogue.note(key))),
    counts: await catalogue.counts(),
  })
}

/** The same of the twin. */
export function expected(twin: CatalogueTwin): string {
  const chunks = sortedBy([...twin.chunks.values()], ({ id }) => id)
  const packs = new Map<string, { chunks: number; bytes: number }>()
  for (const { place } of chunks) {
    const use = packs.get(place.pack) ?? { chunks: 0, bytes: 0 }
    packs.set(place.pack, { chunks: use.chunks + 1, bytes: use.bytes + place.length })
  }
  const older = chunks.filter(({ epoch }) => epoch < drawnEpochMax)
  const blobs = sortedBy([...twin.blobs.values()], ({ id }) => id)
  const names = sortedBy([...twin.names.values()], ({ name }) => name)
  const shares = sortedBy([...twin.shares.values()], ({ blob, node }) => `${blob} ${node}`)
  return shown({
    chunks,
    packs,
    older,
    olderCount: older.length,
    blobs,
    feed: [...twin.blobFeed].map(([id, isGone]) => ({ id, isGone })),
    names: names.flatMap((row) => {
      const blob = twin.blobs.get(row.blob)
      return blob === undefined ? [] : [{ ...row, size: blob.size }]
    }),
    namesOf: drawnKeys.blobs.map((id) => names.filter(({ blob }) => blob === id).map(({ name }) => name)),
    nameRows: drawnKeys.names.map((name) => twin.names.get(name)),
    pins: [...twin.pins].toSorted(),
    partials: sortedBy([...twin.partials.values()], ({ id }) => id),
    keys: [...twin.keys.values()].toSorted((one, other) => one.epoch - other.epoch),
    shares,
    sharesOf: drawnKeys.blobs.map((id) => shares.filter(({ blob }) => blob === id).map(({ node }) => node)),
    peers: sortedBy([...twin.peers.values()], ({ node }) => node),
    statements: sortedBy([...twin.statements.values()], ({ key }) => key),
    statementFeed: [...twin.statements.values()],
    seen: drawnKeys.paths.map((path) => twin.seen.get(path)),
    seenHere: drawnKeys.paths.map((path) => seenHere(twin, path)),
    notes: drawnKeys.notes.map((key) => twin.notes.get(key)),
    counts: {
      blobs: blobs.length,
      blobBytes: blobs.reduce((sum, { size }) => sum + size, 0),
      names: names.length,
      chunks: chunks.length,
      chunkBytes: chunks.reduce((sum, { place }) => sum + place.length, 0),
    },
  })
}

async function paged<Row, After>(
  read: (page: Page<After>) => Promise<readonly Row[]>,
  afterOf: (row: Row) => After,
): Promise<readonly Row[]> {
  const all: Row[] = []
  let page = await read({ limit: pageLimit })
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    all.push(...page)
    page = await read({ limit: pageLimit, after: afterOf(last) })
  }
  return all
}

function expectRising(numbers: readonly Fed<unknown>[]): void {
  for (const [at, { seq }] of numbers.entries())
    assert.ok(seq > (numbers[at - 1]?.seq ?? 0), 'numbers rise from row to row')
}

function sortedBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  return rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
}

/** Fields and keys in one order, and what JSON has no form for in another. */
function shown(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown): unknown => {
    if (each instanceof Uint8Array) return { bytes: [...each] }
    if (each === undefined) return 'undefined'
    const entries = each instanceof Map ? ([...each] as [string, unknown][]) : undefined
    if (entries === undefined && (typeof each !== 'object' || each === null || Array.isArray(each))) return each
    const pairs = entries ?? Object.entries(each as object)
    return Object.fromEntries(pairs.toSorted(([one], [other]) => (one < other ? -1 : 1)))
  })
}

function seenHere(twin: CatalogueTwin, path: string): SeenBlobRow | undefined {
  const seen = twin.seen.get(path)
  const blob = seen && twin.blobs.get(seen.blob)
  return seen && blob && { ...seen, size: blob.size }
}
