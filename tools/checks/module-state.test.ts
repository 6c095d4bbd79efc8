import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { moduleStates } from './module-state.ts'
import { canarySentences, canaryTree, repoTree } from './file-tree.ts'
import { described } from './finding.ts'

test('importing a file of a package does nothing', () => {
  const sentences = described(moduleStates(repoTree('module-state')))
  assert.equal(sentences.length, 0, sentences.join('\n'))
})

test('the canary makes it fail', () => {
  expect(described(moduleStates(canaryTree('module-state')))).toEqual(canarySentences('module-state'))
})
