import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { tooLong } from './lengths.ts'
import { canarySentences, canaryTree, repoTree } from './file-tree.ts'
import { described } from './finding.ts'

test('no file, function or line is too long', () => {
  const sentences = described(tooLong(repoTree('lengths')))
  assert.equal(sentences.length, 0, sentences.join('\n'))
})

test('the canary makes it fail', () => {
  expect(described(tooLong(canaryTree('lengths')))).toEqual(canarySentences('lengths'))
})
