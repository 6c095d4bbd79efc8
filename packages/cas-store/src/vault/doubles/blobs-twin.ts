import { assert } from '@flotilla/core/errors'
import type { Prng } from '@flotilla/core/random'
import type { BlobId } from '../../types.ts'
import type { PlainTables } from './plain-catalogue.ts'

const contentsTotal = 24

/** What a blob of the tests is: its chunks, by number; and what was promised about it. */
export interface TwinBlob {
  readonly id: BlobId
  readonly contents: readonly number[]
  /** `putting` and `deleting`: either way is right. */
  state: 'putting' | 'here' | 'deleting' | 'gone'
}

/** What a store should hold, as plainly as it can be said. */
export class BlobsTwin {
  readonly blobs: Map<BlobId, TwinBlob> = new Map()
  /** Few, so that blobs share most of them. */
  readonly contents: readonly Uint8Array[]

  constructor(prng: Prng) {
    this.contents = Array.from({ length: contentsTotal }, () => prng.bytes(prng.pick([1, 40, 300, 900, 2_500])))
  }

  begin(contents: readonly number[]): TwinBlob {
    const id = (this.blobs.size + 1).toString(16).padStart(64, '0') as BlobId
    const blob: TwinBlob = { id, contents, state: 'putting' }
    this.blobs.set(id, blob)
    return blob
  }

  content(index: number): Uint8Array {
    const content = this.contents[index]
    assert(content !== undefined, 'contents are drawn from those that there are')
    return content
  }

  here(): readonly TwinBlob[] {
    return [...this.blobs.values()].filter(({ state }) => state === 'here')
  }

  /** After a crash: what was promised is there, and what was left open is decided now. */
  adopt(tables: PlainTables): void {
    for (const blob of this.blobs.values()) {
      const isThere = tables.blobs.has(blob.id)
      if (blob.state === 'here') assert(isThere, `the blob ${blob.id} was promised and is lost`)
      if (blob.state === 'gone') assert(!isThere, `the blob ${blob.id} was deleted and is back`)
      blob.state = isThere ? 'here' : 'gone'
    }
  }
}
