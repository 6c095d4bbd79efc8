/** One case of a conformance suite: plain data, so that any test runner can run it. It fails by rejecting. */
export interface ConformanceCase {
  readonly name: string
  readonly run: () => Promise<void>
}
