/**
 * For tests, of these locks and of what is built with them: a group in memory, and the conformance suite that every
 * implementation of `Locks` passes. A suite is a list of named cases for any test runner:
 *
 *     for (const { name, run } of lockConformance(makeHarness)) test(name, run)
 */
export {
  conformanceLease,
  type ConformanceLease,
  type LockClient,
  type LockHarness,
  type LockHarnessAbility,
} from './conformance/harness.ts'
export { lockConformance } from './conformance/suite.ts'
export {
  memoryReplicated,
  type LinkState,
  type MemoryLink,
  type MemoryReplicated,
  type MemoryReplicatedOptions,
} from './memory-replicated.ts'
