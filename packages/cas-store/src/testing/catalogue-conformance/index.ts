import type { ConformanceCase } from '@flotilla/core/testing'
import { blobCases } from './blob-cases.ts'
import { checks, type MakeCatalogue } from './catalogue-under-test.ts'
import { chunkCases } from './chunk-cases.ts'
import { fileCases } from './file-cases.ts'
import { lifeCases } from './life-cases.ts'
import { markingCases } from './marking-cases.ts'
import { replicationCases } from './replication-cases.ts'
import { twinCases } from './twin-cases.ts'

export type { CatalogueUnderTest, MakeCatalogue } from './catalogue-under-test.ts'

/** What every `Catalogue` does. `make` is called for each case, and for each seed of those with drawn calls. */
export function catalogueConformance(
  make: MakeCatalogue,
  { seeds = 4 }: { readonly seeds?: number } = {},
): readonly ConformanceCase[] {
  const check = checks(make)
  return [
    ...chunkCases(check),
    ...markingCases(check),
    ...blobCases(check),
    ...fileCases(check),
    ...replicationCases(check),
    ...lifeCases(make),
    ...twinCases(make, seeds),
  ]
}
