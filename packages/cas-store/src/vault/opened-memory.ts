import type { OpenedChunk, Workshop } from '../sealing/contract.ts'
import { freeMemory } from '../sealing/freed-memory.ts'

/** What was opened to be looked at, and nobody has. */
export function giveBackOpened(workshop: Pick<Workshop, 'giveBack'>, opened: readonly OpenedChunk[]): void {
  workshop.giveBack?.(opened.flatMap((chunk) => (chunk.type === 'opened' ? [chunk.bytes] : [])))
}

/** What was read is needed no more once it is opened, unless a workshop gave parts of it. */
export function freeRecords(records: readonly Uint8Array[], opened: readonly OpenedChunk[]): void {
  const [first] = records
  if (first === undefined) return
  const isKept = opened.some((chunk) => chunk.type === 'opened' && chunk.bytes.buffer === first.buffer)
  if (!isKept) freeMemory(first)
}
