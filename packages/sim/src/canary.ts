/**
 * A bug that is planted on purpose, to see that the suites find it: a suite that nothing can break proves nothing. A
 * package lists its own in `suites/canaries.ts`; `pnpm canaries` plants them one at a time in a copy of the repository.
 */
export interface Canary {
  /** Lower case with dashes, unlike any other of the package. */
  readonly name: string
  /** What is wrong, as one sentence. */
  readonly bug: string
  /** From the package's folder. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
  /** Suites of the simulator, by name, or tests, by path from the package's folder; the first that sees it counts. */
  readonly caughtBy: readonly string[]
}
