import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { impurities } from './purity.ts'
import { canarySentences, canaryTree, repoTree } from './file-tree.ts'
import { described } from './finding.ts'

test('no package touches the world outside its drivers and adapters', () => {
  const sentences = described(impurities(repoTree('purity')))
  assert.equal(sentences.length, 0, sentences.join('\n'))
})

test('the canary makes it fail', () => {
  expect(described(impurities(canaryTree('purity')))).toEqual(canarySentences('purity'))
})
