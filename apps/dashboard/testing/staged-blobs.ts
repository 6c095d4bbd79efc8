import type { StagedNodeFacts } from './staged-cluster.ts'

export function blobStats(facts: readonly StagedNodeFacts[]): object {
  return {
    blobs: 1_284,
    blobBytes: 48_300_000_000,
    names: 1_190,
    chunks: 21_004,
    chunkBytes: 17_900_000_000,
    savedBytes: 30_400_000_000,
    diskBytes: 18_100_000_000,
    keyEpoch: 2,
    chunksWithOlderKeys: 3_120,
    replication: {
      blobs: 1_301,
      blobsShort: 14,
      blobsOutOfReach: [],
      bytesToRepair: 912_000_000,
      repairing: true,
      copiesSpare: 3,
      tombstones: 9,
      peers: facts.slice(1, 6).map(({ id, name, status }, index) => ({
        id,
        name,
        alive: status === 'alive',
        freeBytes: 8e10 * (index + 1),
        blobs: 1_200 - index * 31,
        lies: 0,
        untrusted: index === 1,
      })),
    },
  }
}

export function blobNames(): object {
  const names = [
    'backups/2026-11-20.tar',
    'backups/2026-11-21.tar',
    'images/web-1.qcow2',
    'notes/readme.md',
    'site/index.html',
  ]
  return {
    blobs: names.map((name, index) => ({
      name,
      id: `${index}f3ac91de8b7`.repeat(5),
      size: [8_200_000_000, 8_310_000_000, 4_100_000_000, 4_200, 18_400][index],
      putAt: new Date(Date.now() - 86_400_000 * (index + 0.3)).toISOString(),
    })),
    next: null,
  }
}

export function blobStat(facts: readonly StagedNodeFacts[], name: string): object {
  return {
    id: 'f3ac91de8b70'.repeat(5),
    size: 8_310_000_000,
    names: [name],
    pinned: false,
    putAt: new Date(Date.now() - 86_400_000).toISOString(),
    copiesWanted: 3,
    holders: facts.slice(0, 3).map((each, index) => ({ id: each.id, name: each.name, self: index === 0, alive: true })),
  }
}
