import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { emptyNames } from './names.ts'
import { canarySentences, canaryTree, repoTree } from './file-tree.ts'
import { described } from './finding.ts'

test('every file has a name that says something', () => {
  const sentences = described(emptyNames(repoTree('names')))
  assert.equal(sentences.length, 0, sentences.join('\n'))
})

test('the canary makes it fail', () => {
  expect(described(emptyNames(canaryTree('names')))).toEqual(canarySentences('names'))
})
