import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { deadLinks } from './doc-links.ts'
import { canarySentences, canaryTree, repoTree } from './file-tree.ts'
import { described } from './finding.ts'

test('every link of the documentation leads somewhere', () => {
  const sentences = described(deadLinks(repoTree('doc-links')))
  assert.equal(sentences.length, 0, sentences.join('\n'))
})

test('the canary makes it fail', () => {
  expect(described(deadLinks(canaryTree('doc-links')))).toEqual(canarySentences('doc-links'))
})
