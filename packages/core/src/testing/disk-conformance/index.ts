import type { ConformanceCase } from '../conformance-case.ts'
import { crashCases } from './crash-cases.ts'
import { diskCases } from './disk-cases.ts'
import type { MakeDisk } from './disk-under-test.ts'
import { fileCases } from './file-cases.ts'

export type { DiskUnderTest, MakeDisk } from './disk-under-test.ts'

/** Every sentence of the `Disk` port that can be checked from outside; crashes where the implementation can crash. */
export function diskConformance(make: MakeDisk, options: { readonly crashes: boolean }): readonly ConformanceCase[] {
  return [...fileCases(make), ...diskCases(make), ...(options.crashes ? crashCases(make) : [])]
}
