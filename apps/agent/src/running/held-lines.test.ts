import { expect, test } from 'vitest'
import { HeldLines } from './held-lines.ts'

test('lines wait for the release, in order, and of too many the newest are kept and the others counted', () => {
  const put: string[] = []
  const lines = new HeldLines((line) => put.push(line))
  lines.write('before')
  lines.hold()
  for (let index = 0; index < 1_005; index++) lines.write(`line ${index}`)
  expect(put).toEqual(['before'])
  lines.release()
  lines.write('after')
  expect(put.slice(0, 3)).toEqual(['before', '5 lines were left out while file systems were frozen', 'line 5'])
  expect(put).toHaveLength(1_003)
  expect(put.slice(-2)).toEqual(['line 1004', 'after'])
  lines.release()
  expect(put).toHaveLength(1_003)
})
