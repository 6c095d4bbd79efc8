import type { CatalogueCall, CatalogueOutcome } from './calls.ts'

/** Performs calls, one after the other, in one transaction; the outcomes are in their order. It never rejects. */
export interface TransactionRunner extends AsyncDisposable {
  run(calls: readonly CatalogueCall[]): Promise<readonly CatalogueOutcome[]>
}
