import type { ConformanceCase } from '@flotilla/core/testing'
import { closingCases } from './closing-cases.ts'
import { deletingCases } from './deleting-cases.ts'
import { gettingCases } from './getting-cases.ts'
import type { BlobCase, BlobHarness, BlobHarnessAbility } from './harness.ts'
import { listingCases } from './listing-cases.ts'
import { namingCases } from './naming-cases.ts'
import { puttingCases } from './putting-cases.ts'
import { racingCases } from './racing-cases.ts'

/**
 * The cases that an implementation of `BlobStore` must pass, each on a harness of its own. `without` names what its
 * harness cannot do; the cases that need it are left out.
 */
export function blobConformance(
  make: () => Promise<BlobHarness>,
  options: { readonly without?: readonly BlobHarnessAbility[] } = {},
): readonly ConformanceCase[] {
  const { without = [] } = options
  const cases: readonly BlobCase[] = [
    ...puttingCases,
    ...gettingCases,
    ...namingCases,
    ...listingCases,
    ...deletingCases,
    ...racingCases,
    ...closingCases,
  ]
  return cases
    .filter(({ needs }) => needs === undefined || !without.includes(needs))
    .map(({ name, run }) => ({
      name,
      async run() {
        await using harness = await make()
        await run(harness)
      },
    }))
}
