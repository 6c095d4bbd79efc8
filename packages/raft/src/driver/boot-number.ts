import type { Entropy } from '@flotilla/core/random'
import type { BootNumber } from '../wire/call.ts'

/** Six bytes of chance, and never 0, which stands for nobody. */
export function drawBoot(entropy: Entropy): BootNumber {
  let drawn = 1
  for (const byte of entropy.bytes(6)) drawn = drawn * 0x100 + byte
  return (drawn % Number.MAX_SAFE_INTEGER) as BootNumber
}
