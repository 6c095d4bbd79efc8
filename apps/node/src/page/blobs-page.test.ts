import { expect, test } from 'vitest'
import type { BlobReplicationEntry, BlobsShown, BlobStatsAnswer } from '../services/blob-answers.ts'
import { blobsSection } from './blobs-page.ts'

const stats: BlobStatsAnswer = {
  blobs: 3,
  blobBytes: 4 * 2 ** 20,
  names: 1,
  chunks: 9,
  chunkBytes: 2 ** 20,
  savedBytes: 3 * 2 ** 20,
  diskBytes: 2 ** 20,
  keyEpoch: 2,
  chunksWithOlderKeys: 1,
  replication: null,
}

const replication: BlobReplicationEntry = {
  blobs: 3,
  blobsShort: 0,
  blobsOutOfReach: [],
  bytesToRepair: 0,
  repairing: false,
  copiesSpare: 0,
  tombstones: 0,
  peers: [
    { id: 'fl1qqqqqqqqqqqqqqqqq', name: '<b>', alive: true, untrusted: true, freeBytes: 2 ** 30, blobs: 2, lies: 7 },
  ],
}

const named = { name: 'a/<i> b', id: 'ab'.repeat(32), size: 1_024, putAt: '2026-01-01T00:00:00.000Z' }
const shown = (changes: Partial<BlobStatsAnswer> = {}, next: string | null = null): BlobsShown => ({
  type: 'shown',
  stats: { ...stats, ...changes },
  names: { blobs: [named], next },
})

test('shows what is kept, what that saves, and the names, and takes nothing for markup', () => {
  const { text } = blobsSection(shown())
  for (const words of ['3 blobs, 4.0 MiB', '3.0 MiB (75 %)', '9 pieces', 'number 2, 1 piece still', 'abababababab…']) {
    expect(text).toContain(words)
  }
  expect(text).toContain('a/&lt;i&gt; b</a>')
  expect(text).toContain('href="/v1/blobs/a%2F%3Ci%3E%20b"')
  expect(text).not.toMatch(/<i>|<b>|copies/)
})

test('says whether copies are missing', () => {
  expect(blobsSection(shown({ replication })).text).toContain('Every blob has its copies.')
  const short = { ...replication, blobsShort: 1, bytesToRepair: 2_048, repairing: true }
  expect(blobsSection(shown({ replication: short })).text).toMatch(/1 blob short of copies, 2\.0 KiB being copied now/)
  const lost = { ...short, blobsOutOfReach: ['x', 'y'] }
  expect(blobsSection(shown({ replication: lost })).text).toMatch(/Out of reach.*all of 2 blobs/)
})

test('shows who keeps copies', () => {
  const { text } = blobsSection(shown({ replication }))
  for (const words of ['&lt;b&gt;', 'untrusted replica', '1.0 GiB', '<td>7</td>']) expect(text).toContain(words)
})

test('says where there is nothing, more, or no answer', () => {
  expect(blobsSection(shown({}, 'x')).text).toContain('Only the first 1 names')
  const nothing: BlobsShown = { type: 'shown', stats, names: { blobs: [], next: null } }
  expect(blobsSection(nothing).text).toContain('No blob has a name')
  expect(blobsSection({ type: 'silent' }).text).toContain('does not answer')
  expect(blobsSection({ type: 'off', why: 'the <key> is wrong' }).text).toContain('the &lt;key&gt; is wrong')
})

test('says of a replica what it is, and nothing that it cannot know', () => {
  const unreadable: BlobsShown = { type: 'unreadable', stats: { ...stats, blobBytes: null, savedBytes: null } }
  const { text } = blobsSection(unreadable)
  expect(text).toContain('keeps copies that it cannot read')
  expect(text).toContain('3 blobs<')
  expect(text).toContain('9 pieces')
  expect(text).not.toContain('sharing')
})
