import { randomFillSync } from 'node:crypto'
import type { Entropy } from './entropy.ts'

export function nodeEntropy(): Entropy {
  return { bytes: (length) => randomFillSync(new Uint8Array(length)) }
}
