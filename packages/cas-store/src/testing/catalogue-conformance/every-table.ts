import type { CatalogueChange } from '../../catalogue/contract.ts'
import { adds, addsBlob, blobId, chunkId, epoch1, names, nodeId, statement, states } from './catalogue-under-test.ts'

const peer = { node: nodeId(1), seenAtMs: 1, freeBytes: 2 ** 40, hasOursTo: 2, hasTheirsTo: 3, holdingsTo: 4 }

/** Leaves one row in each table of a catalogue, and a few counters. */
export const oneOfEach: readonly CatalogueChange[] = [
  adds(1),
  addsBlob(1),
  addsBlob(2),
  { type: 'remove-blob', id: blobId(2) },
  names('a/\u{1f600}', 1),
  { type: 'add-pin', id: blobId(1) },
  { type: 'set-key', key: { epoch: epoch1, wrapped: Uint8Array.of(1, 2, 3), atMs: 5 } },
  { type: 'set-partial', partial: { id: blobId(3), size: 9, depth: 1, root: chunkId(3), untilMs: 8 } },
  { type: 'set-share', share: { blob: blobId(1), node: nodeId(1) } },
  { type: 'set-peer', peer },
  states(statement('k', '1')),
  { type: 'see-file', file: { path: '/x', signature: 's', blob: blobId(1) } },
  { type: 'set-note', key: 'one', value: 'v' },
]
