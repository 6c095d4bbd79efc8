const gibibyte = 2 ** 30
/** Less than this, and a node takes nothing new. */
const fullBelowBytes: number = gibibyte
/** What stands for the last one is still a whole number that is held exactly. */
const stepsMax = 23

/**
 * Free space in coarse steps, each twice as much as the one before, so that what goes where does not change with every
 * blob: 0 is full, 1 begins at 1 GiB. A node tells its own step to all others, so that all compute with the same one. A
 * step is left only when the free space is clearly beyond it: by a quarter.
 */
export function freeStep(freeBytes: number, before: number | undefined): number {
  const step = stepAt(freeBytes)
  if (before === undefined || step === before) return step
  if (step > before) return Math.max(before, stepAt(freeBytes / 1.25))
  return Math.min(before, stepAt(freeBytes * 1.25))
}

/** What is to stand for that step in the figures of free bytes: its lower end. */
export function bytesOfStep(step: number): number {
  return step <= 0 ? 0 : fullBelowBytes * 2 ** (Math.min(step, stepsMax) - 1)
}

/** How much of what is put belongs there, in relation to others. */
export function weightOf(freeBytes: number): number {
  // A node that is full keeps its place among the last, so that what it has need not be moved at once.
  return Math.max(freeBytes, fullBelowBytes / 16) / fullBelowBytes
}

export function isFull(freeBytes: number): boolean {
  return freeBytes < fullBelowBytes
}

function stepAt(freeBytes: number): number {
  if (!(freeBytes >= fullBelowBytes)) return 0
  return Math.min(Math.floor(Math.log2(freeBytes / fullBelowBytes)) + 1, stepsMax)
}
