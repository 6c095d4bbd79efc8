import { describe, expect, test } from 'vitest'
import { memoryStore } from '../store/testing/node-memory-store.ts'
import { text } from '../testing/conformance/content.ts'
import { seeFile, seenFile } from './seen-files.ts'

const changedAtMs = 1_700_000_000_000
const changedNs = `${changedAtMs}000000`
const signature = `5 ${changedNs} ${changedNs} 7 8`
const path = '/a/file'
const read = { path, before: signature, after: signature, beganAtMs: changedAtMs + 2_001 }

describe('a file that somebody else has read', () => {
  test('is known by its path, as long as nothing about it has changed', async () => {
    await using store = await memoryStore()
    const { id } = await store.put(text('hello'))
    expect(await seenFile(store, { path, signature })).toBeUndefined()
    expect(await seeFile(store, read, id)).toBe(true)
    expect(await seenFile(store, { path, signature })).toBe(id)
    for (const index of [0, 1, 2, 3, 4]) {
      const changed = signature.split(' ').with(index, '9').join(' ')
      expect(await seenFile(store, { path, signature: changed })).toBeUndefined()
    }
    expect(await seenFile(store, { path: '/another', signature })).toBeUndefined()
  })

  test('is not remembered when it may have changed without a trace', async () => {
    await using store = await memoryStore()
    const { id } = await store.put(text('hello'))
    const changes = [{ beganAtMs: changedAtMs + 2_000 }, { beganAtMs: 0 }, { after: `6 ${changedNs} ${changedNs} 7 8` }]
    for (const change of changes) expect(await seeFile(store, { ...read, ...change }, id)).toBe(false)
    expect(await seenFile(store, { path, signature })).toBeUndefined()
  })

  test('is refused with what is no signature', async () => {
    await using store = await memoryStore()
    for (const wrong of ['', '1 2 3 4', `${signature} 9`, `x${signature}`, '1 2 3 4 -5', `1 2 3 4 ${'9'.repeat(21)}`]) {
      await expect(seenFile(store, { path, signature: wrong })).rejects.toMatchObject({ code: 'wrong-request' })
    }
  })
})
