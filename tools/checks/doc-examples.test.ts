import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { brokenExamples } from './doc-examples.ts'
import { canarySentences, canaryTree, repoTree } from './file-tree.ts'
import { described } from './finding.ts'

test('every documented example runs', async () => {
  const sentences = described(await brokenExamples(repoTree('doc-examples')))
  assert.equal(sentences.length, 0, sentences.join('\n'))
})

test('the canary makes it fail', async () => {
  expect(described(await brokenExamples(canaryTree('doc-examples')))).toEqual(canarySentences('doc-examples'))
})
