import { nodeDisk } from '@flotilla/core/disk/node'
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { memoryDisk } from '@flotilla/core/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { storageConformance, type MakeStorage } from '../testing/storage-conformance/index.ts'
import { openDiskStorage } from './disk-storage.ts'
import { memoryStorage } from './memory-storage.ts'

const small = {
  segmentBytes: 65_536,
  openingSegmentBytes: 8_192,
  readyBytes: 4_096,
  readBytes: 8_192,
  snapshotSyncBytes: 65_536,
}

function seededEntropy(seed: number): { bytes: (length: number) => Uint8Array } {
  const prng = new Prng(seed)
  return { bytes: (length) => prng.bytes(length) }
}

const inMemory: MakeStorage = () => {
  const memory = memoryStorage({ entropy: seededEntropy(1) })
  return { open: () => Promise.resolve(memory.open()), crash: (seed) => memory.crash(new Prng(seed)) }
}

const onMemoryDisk: MakeStorage = () => {
  const memory = memoryDisk()
  const entropy = seededEntropy(1)
  let disk = memory.open()
  let isFirst = true
  return {
    async open() {
      if (!isFirst) {
        await disk[Symbol.asyncDispose]()
        disk = memory.open()
      }
      isFirst = false
      return openDiskStorage({ disk, entropy, limits: small })
    },
    crash: (seed) => memory.crash(new Prng(seed)),
  }
}

const onRealDisk: MakeStorage = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-raft-storage-'))
  const disk = await nodeDisk({ folder })
  onTestFinished(async () => {
    await disk[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  return { open: () => openDiskStorage({ disk, entropy: nodeEntropy(), limits: small }) }
}

const subjects: readonly (readonly [string, MakeStorage])[] = [
  ['in memory', inMemory],
  ['on a disk in memory', onMemoryDisk],
  ['on a real disk', onRealDisk],
]

describe.each(subjects)('a storage %s', (_, make) => {
  test.each(storageConformance(make))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
