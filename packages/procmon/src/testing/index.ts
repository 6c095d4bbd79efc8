/**
 * For tests, of this package and of what is built with it: a machine that does as it is told, and the conformance suite
 * that every `MachineSource` passes. A suite is a list of named cases for any test runner:
 *
 *     for (const { name, run } of machineSourceConformance(makeHarness)) test(name, run)
 */
export type { MachineSourceHarness } from './conformance/harness.ts'
export { machineSourceConformance } from './conformance/suite.ts'
export {
  ScriptedMachine,
  type ScriptedLoad,
  type ScriptedMachineOptions,
  type ScriptedOrder,
  type ScriptedProcess,
} from './scripted-machine.ts'
