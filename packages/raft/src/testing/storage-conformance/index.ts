import type { ConformanceCase } from '@flotilla/core/testing'
import { crashCases } from './crash-cases.ts'
import { logCases } from './log-cases.ts'
import { snapshotCases } from './snapshot-cases.ts'
import type { MakeStorage } from './storage-under-test.ts'

export type { MakeStorage, StorageUnderTest } from './storage-under-test.ts'

/** What every `RaftStorage` does. `make` is called for each case, and for each seed of a case that crashes. */
export function storageConformance(make: MakeStorage): readonly ConformanceCase[] {
  return [...logCases(make), ...crashCases(make), ...snapshotCases(make)]
}
