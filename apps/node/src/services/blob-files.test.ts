import type { BlobId, BlobStat, ReplicatedBlobStat } from '@flotilla/cas-store'
import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { describe, expect, test } from 'vitest'
import { putSeenFile } from './blob-files.ts'
import type { OpenBlobs } from './blob-store.ts'

const id = 'ab'.repeat(32) as BlobId
const signature = '5 1 1 7 8'
const stat: BlobStat = { id, size: 5, names: [], pinned: false, putAtMs: 0 }

function replicated(copiesWanted: number | 'all', ...alive: readonly boolean[]): ReplicatedBlobStat {
  const holders = alive.map((isAlive, index) => ({ node: `node ${index}` as NodeId, isAlive }))
  return { ...stat, copiesWanted, holders }
}

/** Blobs of which one file is remembered. */
class Remembering {
  readonly named: string[] = []
  readonly #stat: BlobStat | undefined
  readonly #refusal: string | undefined

  constructor(blob: BlobStat | undefined, refusal?: string) {
    this.#stat = blob
    this.#refusal = refusal
  }

  ask(): ReturnType<typeof putSeenFile> {
    const name = (to: string): Promise<void> => {
      if (this.#refusal !== undefined) return Promise.reject(new FlotillaError(this.#refusal, 'planted'))
      this.named.push(to)
      return Promise.resolve()
    }
    const catalogue = { seenFile: (path: string) => Promise.resolve({ path, signature, blob: id }) }
    const blobs = { local: { vault: { catalogue } }, store: { name, stat: () => Promise.resolve(this.#stat) } }
    return putSeenFile(blobs as unknown as OpenBlobs, { path: '/a', signature, name: 'x' })
  }
}

describe('a file that was put and has not changed', () => {
  test.each([
    ['on a node that is alone', stat, 1],
    ['with as many living copies as are wanted', replicated(2, true, false, true), 2],
    ['with more than are wanted', replicated(1, true, true), 2],
  ])('is named without being sent: %s', async (_, blob, copies) => {
    const blobs = new Remembering(blob)
    expect(await blobs.ask()).toMatchObject({ id, name: 'x', bytesKnown: 5, bytesStored: 0, copies })
    expect(blobs.named).toEqual(['x'])
  })

  test.each([
    ['it was deleted', undefined],
    ['copies are missing', replicated(2, true, false)],
    ['every node is to have it', replicated('all', true, true)],
  ])('is sent where %s, so that what is promised is made', async (_, blob) => {
    const blobs = new Remembering(blob)
    expect([await blobs.ask(), blobs.named]).toEqual([null, []])
  })

  test('is sent where it was deleted before it could be named; what else is wrong is said', async () => {
    expect(await new Remembering(stat, 'not-found').ask()).toBeNull()
    await expect(new Remembering(stat, 'closed').ask()).rejects.toMatchObject({ code: 'closed' })
  })
})
