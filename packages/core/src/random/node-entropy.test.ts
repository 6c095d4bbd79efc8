import { expect, test } from 'vitest'
import { nodeEntropy } from './node.ts'

test('gives as many bytes as asked, and others each time', () => {
  const entropy = nodeEntropy()
  expect(entropy.bytes(0).length).toBe(0)
  expect(entropy.bytes(32).length).toBe(32)
  expect(new Set(Array.from({ length: 100 }, () => entropy.bytes(16).join())).size).toBe(100)
})
