import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { forbiddenArrows } from './arrows.ts'
import { canarySentences, canaryTree, repoTree } from './file-tree.ts'
import { described } from './finding.ts'
import { house } from './house.ts'

test('no arrow of the house is forbidden', () => {
  const sentences = described(forbiddenArrows(repoTree('arrows'), house))
  assert.equal(sentences.length, 0, sentences.join('\n'))
})

test('the canary makes it fail', () => {
  expect(described(forbiddenArrows(canaryTree('arrows'), house))).toEqual(canarySentences('arrows'))
})

test('the house itself has no cycle', () => {
  let waiting = Object.keys(house.packages)
  for (const _ of waiting) {
    waiting = waiting.filter((name) => house.packages[name]?.some((below) => waiting.includes(below)))
  }
  expect(waiting).toEqual([])
})
