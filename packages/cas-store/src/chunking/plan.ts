import { FlotillaError } from '@flotilla/core/errors'
import type { ChunkPlan, ChunkSizes } from './contract.ts'

const kibibyte = 2 ** 10
const mebibyte = 2 ** 20

/**
 * Trees of small files and the heads of large ones share much in small chunks; one of 50 GiB has some 50,000 chunks and
 * not a million.
 */
export const chunkPlanDefault: ChunkPlan = [
  { from: 0, sizes: { min: 16 * kibibyte, average: 64 * kibibyte, max: 256 * kibibyte } },
  { from: 16 * mebibyte, sizes: { min: 64 * kibibyte, average: 256 * kibibyte, max: 1_024 * kibibyte } },
  { from: 256 * mebibyte, sizes: { min: 256 * kibibyte, average: 1_024 * kibibyte, max: 4_096 * kibibyte } },
]

/** What a plan may be, whatever it is for: a chunk has to fit into memory many times, and be worth its row. */
export const chunkPlanLimits: {
  readonly chunkBytesMin: number
  readonly chunkBytesMax: number
  readonly stagesMax: number
} = {
  chunkBytesMin: 64,
  chunkBytesMax: 16 * mebibyte,
  stagesMax: 16,
}

/** Returns the plan, or throws a sentence that says what is wrong with it. */
export function validateChunkPlan(plan: ChunkPlan = chunkPlanDefault): ChunkPlan {
  const { stagesMax } = chunkPlanLimits
  if (plan.length < 1 || plan.length > stagesMax) {
    throw wrong(`it has ${plan.length} stages; it must have 1 to ${stagesMax}`)
  }
  let least = 0
  for (const [index, { from, sizes }] of plan.entries()) {
    const most = index === 0 ? 0 : Number.MAX_SAFE_INTEGER
    if (!Number.isInteger(from) || from < least || from > most) {
      const rule = index === 0 ? 'it must be 0' : 'each must begin behind the one before'
      throw wrong(`stage ${index + 1} begins at byte ${from}; ${rule}`)
    }
    validateSizes(index + 1, sizes)
    least = from + 1
  }
  return plan
}

/** The largest chunk that the plan allows anywhere. */
export function chunkBytesMaxOf(plan: ChunkPlan): number {
  return plan.reduce((most, { sizes }) => Math.max(most, sizes.max), 0)
}

function validateSizes(stage: number, { min, average, max }: ChunkSizes): void {
  const { chunkBytesMin, chunkBytesMax } = chunkPlanLimits
  const isWhole = Number.isInteger(min) && Number.isInteger(average) && Number.isInteger(max)
  if (isWhole && min >= chunkBytesMin && min <= average && average <= max && max <= chunkBytesMax) return
  throw wrong(
    `the sizes of stage ${stage} are ${min}, ${average} and ${max} bytes; ` +
      `they must be whole, none less than the one before, from ${chunkBytesMin} to ${chunkBytesMax}`,
  )
}

function wrong(why: string): FlotillaError {
  return new FlotillaError('wrong-setting', `chunk plan: ${why}`)
}
