import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { silentReadmes } from './readmes.ts'
import { canarySentences, canaryTree, repoTree } from './file-tree.ts'
import { described } from './finding.ts'

test('every README says what it has to', () => {
  const sentences = described(silentReadmes(repoTree('readmes')))
  assert.equal(sentences.length, 0, sentences.join('\n'))
})

test('the canary makes it fail', () => {
  expect(described(silentReadmes(canaryTree('readmes')))).toEqual(canarySentences('readmes'))
})
