import { describe, expect, test } from 'vitest'
import { LentChunks } from './lent-chunks.ts'

function lentChunks(): { readonly lent: LentChunks; readonly given: readonly ArrayBufferLike[] } {
  const given: ArrayBufferLike[] = []
  const giveBack = (pieces: Iterable<Uint8Array>): void => {
    for (const { buffer } of pieces) given.push(buffer)
  }
  return { lent: new LentChunks({ giveBack }), given }
}

const shared = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length))

describe('lent chunks', () => {
  test('give memory back when the last view of it is let go of', () => {
    const { lent, given } = lentChunks()
    const run = shared(30)
    const lending = lent.begin(run.subarray(0, 10))
    const one = lending.lend(run.subarray(0, 10))
    const two = lending.lend(run.subarray(10, 20))
    const three = lending.lend(run.subarray(0, 10))
    lent.letGo([one])
    lending.settle()
    lent.letGo([three])
    expect(given).toEqual([])
    lent.letGo([two])
    expect(given).toEqual([run.buffer])
  })

  test('wait until all views have been given, though those before were let go of', () => {
    const { lent, given } = lentChunks()
    const run = shared(30)
    const lending = lent.begin(run)
    lent.letGo([lending.lend(run.subarray(0, 10))])
    expect(given).toEqual([])
    const late = lending.lend(run.subarray(10))
    lending.settle()
    expect(given).toEqual([])
    lent.letGo([late])
    expect(given).toEqual([run.buffer])
  })

  test('do not count what is let go of twice, is a part of a chunk, or comes from elsewhere', () => {
    const { lent, given } = lentChunks()
    const run = shared(30)
    const lending = lent.begin(run)
    const one = lending.lend(run.subarray(0, 10))
    lending.lend(run.subarray(10))
    lending.settle()
    lent.letGo([one, one, one.subarray(), run, shared(5)])
    expect(given).toEqual([])
  })

  test('give back at once what nobody has seen, and apart what was decompressed', () => {
    const { lent, given } = lentChunks()
    const run = shared(30)
    const content = new Uint8Array(100)
    const lending = lent.begin(run)
    const [one, two] = [lending.lend(content), lending.lend(content)]
    lending.settle()
    expect(given).toEqual([run.buffer])
    lent.letGo([one])
    expect(given).toHaveLength(1)
    lent.letGo([two])
    expect(given).toEqual([run.buffer, content.buffer])
  })
})
