/** What every implementation of the `Network` port passes, as plain data for any test runner. */
export { conformanceLimits, type HarnessAbility, type NetworkHarness } from './harness.ts'
export { networkConformance } from './suite.ts'
