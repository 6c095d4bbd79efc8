import assert from 'node:assert/strict'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canarySentences, isUnmasked, repoRoot } from './file-tree.ts'
import { described } from './finding.ts'
import { unusedThings } from './unused.ts'

const canary = join(import.meta.dirname, 'canaries/unused')

test('every file, export and dependency is used', async () => {
  const findings = [...(await unusedThings(repoRoot)), ...(isUnmasked('unused') ? await unusedThings(canary) : [])]
  const sentences = described(findings)
  assert.equal(sentences.length, 0, sentences.join('\n'))
})

test('the canary makes it fail', async () => {
  expect(described(await unusedThings(canary))).toEqual(canarySentences('unused'))
})
